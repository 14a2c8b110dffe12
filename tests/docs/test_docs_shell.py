"""Every command of a page runs here as it stands, or is listed with the reason why not."""

import os
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from page_commands import LANGUAGES, REASON, Command, blocks, commands
from PIL import Image
from test_distribution import until_healthy
from test_docs import PAGES, ROOT

SERVED = [each for each in commands() if not each.reason and re.search(r"tome-explorer$|streamlit run", each.line)]
RUN = [each for each in commands() if not each.reason and each not in SERVED]


@pytest.mark.parametrize("name", PAGES)
def test_a_block_of_a_page_says_what_it_is(name):
    found = [(language, code.split(" ")[0]) for language, code in blocks(PAGES[name])]
    assert {language for language, _ in found} <= set(LANGUAGES)
    programs = {each.line.split(" ")[0] for each in commands()}
    assert {first for language, first in found if language == "text"} & programs == set(), "a command is `sh`"


def test_no_command_is_listed_that_no_page_shows():
    assert set(REASON) - {each.line for each in commands()} == set()


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """A folder with what the commands read, with a photo of the reader's own."""
    for name in ("explorer", "pages", "tome", *(path.name for path in ROOT.glob("sample_*"))):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    Image.open(ROOT / "sample_images" / "dog.webp").convert("RGB").save(tmp_path / "dog.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.filterwarnings("ignore:.* found in sys.modules:RuntimeWarning")  # imported by other tests, too
@pytest.mark.parametrize("name", sorted({each.page for each in RUN}))
def test_the_commands_of_a_page_run_one_after_the_other(name, checkout, monkeypatch, capsys):
    for each in (each for each in RUN if each.page == name):
        python, flag, *arguments = shlex.split(each.expanded)
        assert (python, flag) == ("python", "-m"), f"{each.line} is neither run nor listed in page_commands.py"
        monkeypatch.setattr(sys, "argv", arguments)
        before = {path: path.stat().st_mtime_ns for path in checkout.rglob("*")}
        with pytest.raises(SystemExit) as end:
            runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        assert end.value.code == 0, capsys.readouterr().err
        after = {path: path.stat().st_mtime_ns for path in checkout.rglob("*") if path.is_file()}
        assert set(after) - set(before), f"{each.line} leaves no file"
        assert {path for path, changed in before.items() if after.get(path, changed) != changed} == set(), each.line


IMPORTS = """
import runpy, sys
from pathlib import Path
before, tests = sys.path[1:], str(Path("tests").resolve())
for script in sys.argv[1:]:
    sys.path[:] = [str(Path(script).parent.resolve()), *before]
    runpy.run_path(script, run_name="imported")
    for name in [name for name, module in sys.modules.items() if (getattr(module, "__file__", "") or "").startswith(tests)]:
        del sys.modules[name]
"""
SCRIPT = re.compile(r"\bpython (tests/\S+\.py)\b")


def test_every_script_in_a_page_finds_what_it_imports():
    scripts = sorted({script for text in PAGES.values() for script in SCRIPT.findall(text)})
    assert len(scripts) > 8
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *scripts], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", SERVED, ids=lambda command: command.page)
def test_a_command_that_starts_the_app_starts_it(command: Command, checkout):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    elsewhere = {"STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_HEADLESS": "true", "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(
        ["bash", "-c", command.expanded],
        env={**os.environ, **elsewhere, "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        until_healthy(started, f"http://127.0.0.1:{port}")
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.communicate()
