"""What is installed can run: the wheel carries the pages, photos, settings and weights of the app."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The wheel's contents in a folder of their own, as pip lays them."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{ROOT}", source], check=True, timeout=120)
    for name in subprocess.run(
        ["git", "ls-files", "-m", "-o", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines():
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink():  # not committed yet
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_app_of_an_installed_wheel_draws_the_dog(installed, tmp_path):
    code = """
import sys
from streamlit.testing.v1 import AppTest
import explorer, tome
assert explorer.__file__.startswith(sys.argv[1]) and tome.__file__.startswith(sys.argv[1]), explorer.__file__
at = AppTest.from_file(sys.argv[1] + "/explorer/app.py", default_timeout=240).run()
print(len(at.exception), [option for pills in at.get("button_group") for option in pills.options][:3])
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(installed)],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("0 "), done.stdout


def test_a_wheel_carries_what_the_app_reads(installed):
    explorer = installed / "explorer"
    for name in (
        "_pages/layers.py",
        "_sample_images/dog.webp",
        "_sample_clips/bunny.mp4",
        "_sample_sounds/jfk.wav",
        "_sample_texts/eight.txt",
        ".streamlit/config.toml",
        "static/icon.png",
    ):
        assert (explorer / name).is_file(), name
    assert sorted(page.name for page in (explorer / "_pages").glob("*.py")) == sorted(
        page.name for page in (ROOT / "pages").glob("*.py")
    )
    assert (installed / "tome" / "py.typed").is_file()
    (scripts,) = installed.glob("*.dist-info/entry_points.txt")
    assert "tome-explorer = explorer.__main__:main" in scripts.read_text()
