"""Release the last commit, offline: build, check, tag.

Before: set ``tome.__version__`` and the version of CITATION.cff (with ``date-released``), rename the changelog's "Unreleased" to
"VERSION (DATE)", and commit.  After: ``twine upload dist/*`` and ``git push --tags``.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-tag", action="store_true", help="build and check only, also for an unreleased changelog")
    tag = not parser.parse_args().no_tag
    version = _found(r'^__version__ = "(.+)"$', "tome/__init__.py")
    if tag:
        _check(version)
    built = _build(version)
    _run(sys.executable, "-m", "twine", "check", "--strict", *map(str, built))
    if tag:
        _run("git", "tag", "--annotate", f"v{version}", "--message", f"ToMe Explorer {version}")
    print(f"{version}: {', '.join(str(path.relative_to(ROOT)) for path in built)}{', tagged' if tag else ''}")


def _check(version: str) -> None:
    """Exit with a message if the release is not ready."""
    if _run("git", "status", "--porcelain"):
        sys.exit("Commit or discard what is changed first.")
    if _run("git", "tag", "--list", f"v{version}"):
        sys.exit(f"{version} is tagged already: set tome.__version__ to the next.")
    if (newest := _found(r"^## (.+)$", "CHANGELOG.md").split()[0]) != version:
        sys.exit(f"CHANGELOG.md must begin with {version} and its date; got {newest}.")


def _build(version: str) -> list[Path]:
    """Build the source distribution from the last commit, and the wheel from it, into ``dist``."""
    target = ROOT / "dist"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        _run("git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", str(source))
        _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source))
    return sorted(target.glob(f"tome_explorer-{version}[-.]*"))


def _found(pattern: str, name: str) -> str:
    return re.search(pattern, (ROOT / name).read_text(), re.MULTILINE)[1]


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command[:4])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
