"""The commands speak: one sentence and an exit code for whatever goes wrong, and never a traceback."""

import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from explorer import cli
from explorer.__main__ import main as one_command
from explorer.media.images import sample_pictures
from tome.lab import models as models_of_timm
from tome.lab.benchmark import __main__ as benchmark
from tome.lab.boundary import guard, sentence
from tome.lab.evaluate import __main__ as evaluate
from tome.lab.training import __main__ as training

PHOTO = str(sample_pictures()[0][1])
PAGE = [PHOTO, "--model", "random:test_vit"]
SPEED = ["test_vit", "--image-size", "32", "--batch", "1", "--rounds", "1", "--warmup", "0", "--r", "2"]
SCORE = ["test_vit", "--image-size", "32", "--train", "20", "--test", "20", "--k", "3", "--r", "2"]
RUN = ["--epochs", "1", "--r", "2"]
NUMBERS = ["0", "-1", "1.5", "many", "", "99999999999999999999999", "1e3", "²"]
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
COMMANDS = {
    "cli": (cli, PAGE),
    "benchmark": (benchmark, SPEED),
    "evaluate": (evaluate, SCORE),
    "training": (training, RUN),
}


def bad_arguments() -> list[tuple]:
    """(command, its further arguments, what the sentence says): refused with code 2, before anything is loaded."""
    number = "must be a whole number from"
    cases = [("cli", ["--side", value], number) for value in [*NUMBERS, "5", "7", "-224", "100000"]]
    cases += [("benchmark", [option, value], number)
              for option in ("--batch", "--rounds", "--threads", "--image-size") for value in NUMBERS]  # fmt: skip
    cases += [("benchmark", ["--image-size", "7"], number), ("benchmark", ["--warmup", "-1"], number)]
    cases += [("evaluate", [option, value], number)
              for option in ("--batch", "--k", "--train", "--test", "--image-size", "--threads")
              for value in ("0", "-1", "x")]  # fmt: skip
    cases += [("evaluate", ["--seed", "-1"], number), ("evaluate", ["--workers", "-1"], number)]
    cases += [("training", [option, value], number)
              for option in ("--epochs", "--threads") for value in ("0", "-1", "x")]  # fmt: skip
    cases += [(name, ["--r", value], "r must be a number like 13")
              for name in COMMANDS for value in ("many", "-1", "1,2,3", "16,", "nan", "1e400,1", "16,nan")]  # fmt: skip
    cases += [(name, ["--algorithm", "nope"], "invalid choice: 'nope'") for name in COMMANDS]
    cases += [(name, ["--device", value], "must be cpu, cuda")
              for name in ("benchmark", "evaluate") for value in ("nope", "meta", "", "cpu:")]  # fmt: skip
    if not torch.cuda.is_available():
        cases += [
            (name, ["--device", "cuda"], "must be a device of this machine") for name in ("benchmark", "evaluate")
        ]
    return [
        *cases,
        ("cli", ["--side", "15"], "--side must be at least a patch, 16 pixels; got 15"),
        ("cli", ["--crop", "round"], "invalid choice: 'round'"),
        ("cli", ["--nope"], "unrecognized arguments: --nope"),
        ("benchmark", ["--image-size", "20"], "--image-size must be a multiple of the patch, 16 pixels; got 20"),
        ("benchmark", ["--train", "--trace"], "not allowed with argument"),
        (
            "evaluate",
            ["--weights", "FILE", "--pretrained"],
            "argument --pretrained: not allowed with argument --weights",
        ),
        ("evaluate", ["--image-size", "20"], "--image-size must be a multiple"),
        ("evaluate", ["--head"], "--head must be used with --data"),
        ("evaluate", ["--k", "21"], "--k must be at most --train"),
        ("evaluate", ["--train", "1700", "--test", "98"], "must be together at most 1797"),
    ]


def failures() -> list[tuple]:
    """(command, its further arguments, what the sentence says): code 1; {} is a folder with what ``place`` puts there."""
    weights = "could not be read as weights"
    cases = [
        ("cli", ["--model", "nope"], "There is no timm model called 'nope'."),
        ("cli", ["--model", ""], "There is no timm model called ''."),
        (
            "cli",
            ["--model", "random:test_vit.wrongtag"],
            "timm has no weights 'wrongtag' for test_vit, but these: r160_in1k.",
        ),
        ("cli", ["--model", "random:resnet18"], "resnet18 cannot be merged"),
        ("cli", ["--model", "file:../x.pth"], "There is no checkpoint"),
        ("cli", ["--out", "{}/file"], "file: File exists"),
        ("cli", ["--out", "{}/file/below"], "Not a directory"),
        ("cli", ["--out", "/proc/below"], "/proc/below: No such file or directory"),
        ("training", ["--state", "{}/file"], "file: File exists"),
        ("training", ["--state", "{}/file/below"], "Not a directory"),
        ("training", ["--state", "/proc/below"], "/proc/below: No such file or directory"),
        ("training", ["--state", "{}/states"], "could not be read as the state of a run"),
        ("evaluate", ["--data", "{}/absent"], "data must be a folder with a folder 'val'"),
        ("evaluate", ["--data", "{}/empty", "--head"], "Couldn't find any class folder"),
        ("evaluate", ["--data", "{}/junk", "--head"], "for each of the head's 1000 classes in"),
        ("evaluate", ["--data", "{}/bad"], "cannot identify image file"),
        ("evaluate", ["--data", "{}/junk"], "train must be given unless head=True"),
    ]
    for name in ("benchmark", "evaluate"):
        cases += [
            (name, ["--weights", "{}/absent.pth"], "absent.pth: There is no such file"),
            (name, ["--weights", "{}"], "There is no such file"),
            (name, ["--weights", "{}/junk.pth"], f"junk.pth {weights}"),
            (name, ["--weights", "{}/junk.safetensors"], f"junk.safetensors {weights}"),
            (name, ["--weights", "{}/empty.pth"], f"empty.pth {weights}"),
            (name, ["--csv", "{}/notes.txt"], "notes.txt must have the columns"),
            (name, ["--csv", "{}"], "must be a regular file"),
            (name, ["--csv", "{}/fifo"], "fifo must be a regular file"),
            (name, ["--csv", "{}/absent/t.csv"], "t.csv: No such file or directory"),
            (name, ["--csv", "{}/file/t.csv"], "t.csv: Not a directory"),
            (name, ["--csv", "{}/loop.csv"], "loop.csv: Too many levels of symbolic links"),
        ]
    return cases


def models() -> list[tuple]:
    return [
        (name, model, said)
        for name in ("benchmark", "evaluate")
        for model, said in (("nope", "There is no timm model called 'nope'."), ("resnet18", "must take an image size"))
    ]


def place(folder: Path) -> None:
    """Put into ``folder`` what the cases name."""
    for name in ("file", "junk.pth", "junk.safetensors", "notes.txt"):
        (folder / name).write_text("no weights, no table\nand no end")
    (folder / "empty.pth").touch()
    os.mkfifo(folder / "fifo")  # and no device: run as root, a mistake would remove it
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    (folder / "empty" / "val").mkdir(parents=True)
    (folder / "junk" / "val" / "a").mkdir(parents=True)
    (folder / "junk" / "val" / "a" / "x.png").write_text("no picture")
    for split in ("train", "val"):
        (folder / "bad" / split / "a").mkdir(parents=True)
        (folder / "bad" / split / "a" / "x.png").write_text("no picture")
    (folder / "states").mkdir()
    (folder / "states" / "bipartite-r=2-seed=0.pt").write_text("no state")


def code(name: str, arguments: list[str]) -> int:
    try:
        return COMMANDS[name][0].main(arguments)
    except SystemExit as end:  # argparse's
        return end.code


def name_of(case: object) -> str:
    return " ".join(case) if isinstance(case, list) else str(case)[:20]


@pytest.mark.parametrize(("name", "more", "said"), bad_arguments(), ids=name_of)
def test_a_bad_argument_is_one_sentence_and_code_two(name, more, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert code(name, [*COMMANDS[name][1], *more]) == 2
    check(capsys.readouterr(), said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "more", "said"), failures(), ids=name_of)
def test_what_fails_is_one_sentence_and_code_one_and_leaves_the_files(name, more, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place(tmp_path)
    before = contents(tmp_path)
    assert code(name, [*COMMANDS[name][1], *(each.replace("{}", str(tmp_path)) for each in more)]) == 1
    check(capsys.readouterr(), said)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(("name", "model", "said"), models(), ids=name_of)
def test_a_model_that_cannot_be_measured_is_one_sentence(name, model, said, capsys):
    assert code(name, [model, *COMMANDS[name][1][1:]]) == 1
    check(capsys.readouterr(), said)


@pytest.mark.parametrize("photo", ["absent.png", "file", "empty", "/dev/zero", "/dev/full", "fifo", ""])
def test_a_file_that_is_not_a_photo_is_one_sentence(photo, tmp_path, capsys):
    place(tmp_path)
    out = tmp_path / "out"
    assert code("cli", [str(tmp_path / photo), *PAGE[1:], "--out", str(out)]) == 1
    check(capsys.readouterr(), "")
    assert not list(out.iterdir())


@pytest.mark.parametrize("name", COMMANDS)
def test_ctrl_c_is_code_130(name, tmp_path, capsys, monkeypatch):
    def pressed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.nn.Linear, "forward", pressed)
    assert code(name, COMMANDS[name][1]) == 130
    check(capsys.readouterr(), "Stopped.")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["cli", "benchmark", "evaluate", "training"])
def test_a_full_disk_leaves_nothing_half_written(name, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    more = {"cli": ["--out", "."], "training": ["--state", "."]}.get(name, ["--csv", "t.csv"])
    assert code(name, [*COMMANDS[name][1], *more]) == 1
    check(capsys.readouterr(), "No space left on device")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (MemoryError(), "There is not enough memory for this."),
        (RuntimeError("two\n  lines"), "two lines"),
        (KeyError("x"), "KeyError: 'x'"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (OSError("without a number"), "OSError: without a number"),
        (PermissionError(errno.EACCES, "Permission denied", "a.csv"), "a.csv: Permission denied"),
        (RuntimeError("long " * 1000), ("long " * 60)),
    ],
)
def test_every_exception_becomes_one_sentence(reason, said, capsys):
    def fail():
        raise reason

    assert sentence(reason) == said
    assert guard(fail) == 1
    assert capsys.readouterr().err == f"{said}\n"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("kind", ["full", "closed", "missing"])
def test_an_output_that_takes_nothing_ends_a_command_in_a_sentence_or_quietly_as_by_sigpipe(stream, kind, tmp_path):
    # A command of a few lines in a fresh process: what matters is the interpreter's end.
    work = "print('figures'); raise ValueError('odd')" if stream == "stderr" else "print('figures')"
    ask = f"from tome.lab.boundary import guard\nimport sys\nsys.exit(guard(lambda: exec({work!r})))"
    target = {"full": ">/dev/full", "closed": "", "missing": ">&-"}[kind]
    number = {"stdout": "1", "stderr": "2"}[stream]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if kind == "closed":
        gone, pipes[stream] = os.pipe()
        os.close(gone)
    redirect = f"{number}{target}" if target else ""
    shell = ["sh", "-c", f'exec "$@" {redirect}', "sh", sys.executable, "-c", ask]
    done = subprocess.run(shell, check=False, env=BUFFERED, **pipes)
    if kind == "closed":
        os.close(pipes[stream])
    ends = {("stdout", "missing"): 0, ("stdout", "closed"): 128 + signal.SIGPIPE}
    assert done.returncode == ends.get((stream, kind), 1)
    said = (done.stderr or b"").decode().splitlines()
    assert len(said) == (1 if (stream, kind) == ("stdout", "full") else 0), said


@pytest.mark.parametrize(
    "command", ["tome.benchmark x", "tome.evaluate x", "tome.training x", "explorer.cli x", "explorer bench x"]
)
def test_a_signal_while_a_command_imports_is_code_130(command):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    try:
        process = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", *command.split(), "--r", "2"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    next(line for line in process.stderr if b"torch" in line or b"numpy" in line)
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    said = [line for line in rest.decode().splitlines() if not line.startswith("import time:")]
    assert (process.returncode, said) == (130, ["Stopped."])


@pytest.fixture
def tome_explorer(tmp_path, monkeypatch, capsys):
    """The one command, in this process: a fresh one would import torch for every help."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv)  # which Streamlit is told by

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            one_command(arguments)
        return end.value.code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("photo.png", "the command must be export, bench, evaluate or none, and come first; got 'photo.png'"),
        ("--port 8600 bench", "got 'bench'"),
        ("--port 0", "--port: must be a whole number from 1 to 65535; got '0'"),
        ("--server.port x", "'x' is not a valid integer"),
        ("--nope", "No such option '--nope'"),
        ("export", "the following arguments are required: FILE"),
        ("export --nope", "the following arguments are required: FILE"),
        ("bench", "the following arguments are required: model"),
        ("evaluate test_vit --k many", "must be a whole number"),
    ],
)
def test_the_one_command_refuses_in_a_sentence(arguments, said, tome_explorer):
    code, out, err = tome_explorer(*arguments.split())
    assert (code, out, len(err.splitlines())) == (2, "", 1), err
    assert said in err


@pytest.mark.parametrize("name", ["", "export", "bench", "evaluate"])
def test_help_names_its_command_and_explains_every_option(name, tome_explorer):
    _, said, _ = tome_explorer(*name.split(), "--help")
    assert said.startswith(f"usage: tome-explorer {name}".strip())
    assert "python -m" not in said
    options = said.partition("options:")[2].partition("examples:")[0]
    entries = re.findall(r"^  (-.*(?:\n {6,}\S.*)*)", options, re.MULTILINE)
    assert len(entries) > 4
    assert [entry for entry in entries if not re.search(r"\S(  +|\n +)\S", entry)] == []


@pytest.mark.parametrize(
    "command",
    ["explorer --help", "tome.benchmark --help", "tome.lab.models test_vit", "tome.lab.algorithms"],
)
def test_a_command_into_a_closed_pipe_ends_quietly(command, tmp_path):
    shell = ["sh", "-c", f"{sys.executable} -m {command} | true"]
    done = subprocess.run(shell, cwd=tmp_path, env=BUFFERED, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""


def test_the_table_of_models_says_what_fails_in_a_sentence(capsys, monkeypatch):
    monkeypatch.setattr(models_of_timm, "verdict", lambda name: 1 / 0)
    assert models_of_timm.main(["test_vit"]) == 1
    check(capsys.readouterr(), "ZeroDivisionError: division by zero")


def check(captured, said: str) -> None:
    """One line on stderr that says ``said``, and no traceback anywhere."""
    *before, last = captured.err.splitlines()
    assert said in last
    other = [line for line in before if line.strip() and "Building" not in line and "steps" not in line]
    assert not other, before
    assert "Traceback" not in captured.err + captured.out


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            benchmark,
            [
                "[--weights FILE | --pretrained]",
                "--scaling | --limit]",
                "without --weights, --pretrained, --frames, --tubelet",
            ],
        ),
        (benchmark, ["--target-ms MS instead of --r: search", "without --tracing, --parts, --scaling"]),
        (evaluate, ["[--weights FILE | --pretrained]", "--tubelet, --in-chans"]),
        (cli, ["[--weights FILE | --pretrained]"]),
    ],
)
def test_the_help_says_which_options_exclude_each_other(command, said, capsys):
    with pytest.raises(SystemExit):
        command.main(["--help"])
    told = "".join(capsys.readouterr().out.split())  # lines end within options, too
    assert [words for words in said if "".join(words.split()) not in told] == []
