"""Accepted and refused models of timm, with reasons: ``python -m tome.lab.models`` prints CSV."""

import csv
import gc
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import timm
import torch

from tome.hosts.registry import HOW_TO, host_of
from tome.lab.arguments import Parser
from tome.lab.boundary import command

__all__ = ["NO_HOST", "Verdict", "main", "markdown", "read", "verdict", "verdicts"]

EXAMPLES = """\
examples:
  the DeiT models
    python -m tome.lab.models 'deit*'
  all models, as a table by class; minutes
    python -m tome.lab.models --markdown
"""
COLUMNS = ("name", "module", "class", "answer")
ACCEPTED = "accepted"
NO_HOST = "no host"


@dataclass(frozen=True)
class Verdict:
    """Whether a model of timm can be merged."""

    name: str
    module: str
    """of timm.models, such as "beit" """
    kind: str
    """class of the model"""
    reason: str
    """why it is refused; empty where it is accepted"""

    @property
    def answer(self) -> str:
        return self.reason or ACCEPTED


def verdict(name: str) -> Verdict:
    """Build the model ``name`` without weights and ask its host."""
    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # timm's warnings while building do not matter here
        model = timm.create_model(name)
    kind = type(model).__name__
    try:
        host_of(model).check(model)
        reason = ""
    except (TypeError, ValueError) as refusal:
        reason = _short(str(refusal), kind)
    return Verdict(name, type(model).__module__.rpartition(".")[2], kind, reason)


def _short(refusal: str, kind: str) -> str:
    """Return the reason without the contents of the other columns."""
    if HOW_TO in refusal and "override" not in refusal:
        return NO_HOST
    return refusal.removeprefix(f"model is a {kind}, which cannot be merged: ")


def verdicts(names: Iterable[str]) -> Iterator[Verdict]:
    """Return the verdict on each of ``names``, one model in memory at a time."""
    for name in names:
        yield verdict(name)
        gc.collect()


def markdown(found: Sequence[Verdict]) -> str:
    """Return a table of ``found``, a line for each class and answer, accepted first, classes without a host last."""
    known = Counter((bool(one.reason), one.module, one.kind, one.answer) for one in found if one.reason != NO_HOST)
    lines = ["| module | class | models | answer |", "|---|---|---|---|"]
    lines += [f"| {module} | {kind} | {count} | {why} |" for (_, module, kind, why), count in sorted(known.items())]
    others = Counter(one.kind for one in found if one.reason == NO_HOST)
    if others:
        named = ", ".join(f"{kind} {count}" for kind, count in sorted(others.items()))
        lines += ["", f"No host, {others.total()} models of {len(others)} classes: {named}."]
    return "\n".join(lines)


def read(path: Path) -> list[Verdict]:
    """Return the verdicts that the command wrote to ``path``."""
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    return [Verdict(one["name"], one["module"], one["class"], one["answer"].removeprefix(ACCEPTED)) for one in lines]


@command
def main(argv: Sequence[str] | None = None) -> None:
    """Print whether each timm model, or each one whose name matches a pattern, can be merged."""
    parser = Parser(
        prog="python -m tome.lab.models",
        description=main.__doc__,
        epilog=EXAMPLES,
    )
    parser.add_argument(
        "pattern", nargs="?", default="", help="pattern of timm's names, with * as wildcard; all by default"
    )
    parser.add_argument("--markdown", action="store_true", help="print a table by class instead of a line per name")
    options = parser.parse_args(argv)
    found = verdicts(timm.list_models(options.pattern))
    if options.markdown:
        print(markdown(list(found)))
        return
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(COLUMNS)
    for one in found:
        lines.writerow([one.name, one.module, one.kind, one.answer])


if __name__ == "__main__":
    sys.exit(main())
