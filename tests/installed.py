"""Build the distribution from the files known to git, and install it into a fresh virtual environment.

Nothing is downloaded: only the declared requirements of the wheel are linked from the environment of the tests, so pip
itself checks whether they suffice.
"""

import fcntl
import os
import pickle
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable, Iterable
from importlib.metadata import PathDistribution, distribution
from pathlib import Path
from typing import TypeVar

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import tome

__all__ = ["ROOT", "Installed", "build", "once"]

ROOT = Path(__file__).parents[1]
OWN = "tome-explorer"
Result = TypeVar("Result")


class Installed:
    """A virtual environment with ``wheel``, ``extras`` and their requirements."""

    def __init__(self, folder: Path, wheel: Path, extras: tuple[str, ...] = ()):
        venv.create(folder, with_pip=False, symlinks=True)
        self.bin = folder / "bin"
        (self.site,) = folder.glob("lib/python*/site-packages")
        linked = folder / "linked" / "site-packages"  # in another folder Streamlit assumes a checkout
        linked.mkdir(parents=True)
        (self.site / "linked.pth").write_text(f"{linked}\n")
        for name in sorted(_closure(wheel, extras)):
            _link(name, linked)
        asked = f"{wheel}[{','.join(extras)}]" if extras else str(wheel)
        pip = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "install", "-q", "--no-index"]
        _call(*pip, asked)

    def run(self, *command: str, folder: Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a command of this environment in ``folder``."""
        return subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=folder,
            env=self.environment(folder),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def environment(self, home: Path) -> dict[str, str]:
        """Return environment variables without paths to other installations."""
        return {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(home), "OMP_NUM_THREADS": "1"}


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Result]) -> Result:
    """Return ``make(folder)``, called once for all test processes."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    kept = shared / f"{name}.pickle"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            (shared / name).mkdir()
            kept.write_bytes(pickle.dumps(make(shared / name)))
    return pickle.loads(kept.read_bytes())


def build(folder: Path) -> tuple[Path, Path]:
    """Release the files known to git in a clone, by ``deploy/release.py``; return the wheel and the source distribution."""
    clone = folder / "clone"
    git = ("git", "-C", str(clone))
    _call("git", "clone", "-q", "--depth", "1", f"file://{ROOT}", str(clone))
    for name in _call("git", "-C", str(ROOT), "ls-files", "-m", "-o", "--exclude-standard").splitlines():
        target = clone / name  # not committed yet
        if not (ROOT / name).exists():
            target.unlink(missing_ok=True)
        elif not (ROOT / name).is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    changes = clone / "CHANGELOG.md"
    changes.write_text(changes.read_text().replace("## Unreleased\n", f"## {tome.__version__} (today)\n", 1))
    _call(*git, "config", "user.name", "tests")
    _call(*git, "config", "user.email", "tests@localhost")
    _call(*git, "add", "-A")
    _call(*git, "commit", "-q", "--allow-empty", "-m", "Release")
    _call(sys.executable, str(clone / "deploy" / "release.py"))
    assert _call(*git, "tag") == f"v{tome.__version__}\n"
    (wheel,), (sdist,) = (list((clone / "dist").glob(pattern)) for pattern in ("*.whl", "*.tar.gz"))
    return wheel, sdist


def _call(*command: str) -> str:
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env=alone, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def _closure(wheel: Path, extras: tuple[str, ...]) -> set[str]:
    """Return the transitive requirements of ``wheel`` with ``extras``."""
    own = "-".join(wheel.name.split("-")[:2])
    requires = PathDistribution(zipfile.Path(wheel, f"{own}.dist-info/")).requires
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = _asked(requires, extras)
    while waiting:
        name, more = asked = waiting.pop()
        if asked in found:
            continue
        found.add(asked)
        waiting += _asked(requires if name == OWN else distribution(name).requires, more)
    return {name for name, _ in found} - {OWN}


def _asked(requires: Iterable[str] | None, extras: Iterable[str]) -> list[tuple[str, frozenset[str]]]:
    """Return name and extras of each of ``requires`` that applies here with ``extras``."""
    parsed = [Requirement(each) for each in requires or ()]
    return [
        (canonicalize_name(each.name), frozenset(each.extras))
        for each in parsed
        if not each.marker or any(each.marker.evaluate({"extra": extra}) for extra in ["", *extras])
    ]


def _link(name: str, folder: Path) -> None:
    """Link the importable files of the distribution ``name`` and its metadata into ``folder``."""
    installed = distribution(name)
    for first in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
        if not (folder / first).exists():
            (folder / first).symlink_to(installed.locate_file(first))
