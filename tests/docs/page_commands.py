"""The blocks of README, CONTRIBUTING and docs, and the commands in them, with the reason why one is not run in the tests."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from test_docs import PAGES

__all__ = ["LANGUAGES", "REASON", "Command", "blocks", "commands", "shell"]

FENCED = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"python": "run in test_docs.py", "sh": "commands", "text": "what a command prints, or a formula"}
ASSIGNED = re.compile(r"(\w+)=(\S+)")
NOT_RUN = {
    "needs the network": (
        "make app",
        "python3 -m venv .venv",
        "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
        ".venv/bin/pip install torch torchvision --index-url https://download.pytorch.org/whl/cpu",
        "apt-get install chromium",
        "pip install tome-explorer",
        "pip install 'tome-explorer[app]'",
        "pip install torch torchvision --index-url https://download.pytorch.org/whl/cpu",
        "python -m explorer.cli sample_sounds/jfk.wav --sound-model ast --pretrained --r 40",
    ),
    "needs Docker": ("COOKIE_SECRET=$(openssl rand -hex 32) docker compose -f deploy/compose.yaml up --build",),
    "runs the tests, or what CI runs beside them": (
        "make test",
        "make lint",
        "make docs",
        "OMP_NUM_THREADS=1 .venv/bin/python -m pytest tests/tome/test_tome_patch.py",
    ),
    "needs images, clips, sounds, weights or models that are not in the repository": (
        "python -m tome.evaluate vit_base_patch16_224 --pretrained --head --data FOLDER --r 0 8 16 --csv results.csv",
        "python -m tome.benchmark my_model:build --r 0 2 4 8 --batch 1",
        "python -m tome.benchmark my_model:build --target-ms 20 --batch 1",
        "python -m tome.benchmark my_model:build --target-speedup 1.5",
        "python -m tome.evaluate my_model:build --r 0 2 4 8",
        "python -m tome.evaluate my_model:build --head --data FOLDER --mean 0.5 0.5 0.5 --std 0.5 0.5 0.5 --r 0 2 4 8",
        "python -m tome.evaluate vit_small_patch16_224 --pretrained --data FOLDER --r 0 8 13 --algorithm bipartite random_prune",
        "torchrun --nproc-per-node 8 -m tome.evaluate vit_base_patch16_224 --pretrained --head --data FOLDER --device cuda",
        "python -m tome.evaluate mae_st_vit_large --weights FILE --head --data kinetics --r 0 65 --seconds 2.1 --batch 4",
        "python -m tome.evaluate audiomae_vit_base --weights FILE --head --data audioset --r 0 20 40",
        "python -m tome.evaluate ast --weights FOLDER --head --data audioset --r 0 20 40",
        "python -m tome.evaluate speech FOLDER --r 200 --rounds 9",
        "torchrun --nproc-per-node 4 -m tome.evaluate speech FOLDER --r 200",
        "python -m explorer.cli sample_sounds/jfk.wav --sound-model audiomae_vit_base --weights FILE --class-names class_labels_indices.csv --r 20",
        "python -m tome.lab.pooling videomae_vit_base --weights model.safetensors --data kinetics/val --r 65 100 --seeds 5",
    ),
    "takes more than 10 s, some of them minutes": (
        "python -m tome.benchmark mae_st_vit_base --r 65 --batch 1 --limit",
        "python -m tome.benchmark audiomae_vit_base --r 40 --batch 1",
        "python -m tome.benchmark vit_small_patch16_224 --frames 8 --tubelet 2 --r 32",
        "python -m tome.benchmark vit_small_patch16_224 --r 8 13 16 --batch 8",
        "python -m tome.evaluate vit_small_patch14_dinov2 --weights explorer/weights/dinov2_vit_small_patch14.safetensors --r 0 4 8",
        "python -m tome.evaluate speech sample_sounds --r 0 200 300 --algorithm bipartite random_prune --seeds 3",
        "python -m tome.lab.text sample_texts/eight.txt --r 4 8 16 --algorithm bipartite adjacent_merge random_prune",
        "python -m tome.training --r 0 4 --epochs 8",
    ),
}
"""reason → commands; those that write a file of results are not listed"""
REASON = {line: reason for reason, lines in NOT_RUN.items() for line in lines}
RESULTS = re.compile(r" --csv docs/results/data/\w+\.csv$")


class Command(NamedTuple):
    """A command of a page, as it stands, and with the variables that the page sets."""

    page: str
    line: str
    expanded: str

    @property
    def reason(self) -> str:
        """Why the command is not run; empty if it is."""
        if self.page == "docs/api.md" and self.line.startswith("curl "):
            return "run in tests/api/test_api.py, which compares the answer"
        if RESULTS.search(self.line):
            return "measures for minutes to hours, on an idle machine, and would overwrite the results"
        return REASON.get(self.line, "")


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Return the language and the lines of each block of a page."""
    for block in FENCED.finditer(text):
        yield block["info"].partition(" ")[0], block["code"]


def shell(text: str) -> str:
    """Return the commands of a page, without comments."""
    found = "".join(code for language, code in blocks(text) if language == "sh")
    return re.sub(r" +# .*", "", found)


def commands() -> Iterator[Command]:
    """Return every command in a block of a page."""
    for page, text in PAGES.items():
        variables: dict[str, str] = {}
        for line in shell(text).splitlines():
            if alone := ASSIGNED.fullmatch(line):
                variables[alone[1]] = alone[2]
            elif line.strip():
                yield Command(page, line, _expanded(line, variables))


def _expanded(line: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda name: variables.get(name[1], name[0]), line)
