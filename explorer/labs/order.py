"""Does a set of photos order the choices as ImageNet did?  `python -m explorer.labs.order` asks the ten samples."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import stdev

import tome
from explorer.labs.survey import Line
from explorer.locale.language import mark
from explorer.measuring import paper
from explorer.measuring.rows import as_csv
from tome.lab.arguments import Parser

__all__ = ["CLAIMS", "Claim", "Verdict", "measured", "record", "verdicts"]

SIDE = 224
QUANTILES = (
    12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13,
    2.12, 2.11, 2.10, 2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04,
)  # fmt: skip
"""0.975 quantiles of Student's t for 1 to 30 degrees of freedom; beyond them the last is used, which is larger than theirs"""


@dataclass(frozen=True)
class Claim:
    """The paper's printed order of two choices, everything else being its default."""

    text: str
    field: str
    better: str
    worse: str
    or_equal: bool = False
    """whether the claim is ≥ instead of >"""

    def configs(self, rest: tome.MergeConfig) -> tuple[tome.MergeConfig, tome.MergeConfig]:
        return tuple(replace(rest, **{self.field: value}) for value in (self.better, self.worse))


@dataclass(frozen=True)
class Verdict:
    """A claim tested by class cosine, mean over photos."""

    claim: Claim
    better: float
    worse: float
    photos: int
    agree: int
    """photos on which the claim holds"""
    error: float | None
    """standard error of the mean difference, photo by photo; None for one photo"""

    @property
    def difference(self) -> float:
        return self.better - self.worse

    @property
    def margin(self) -> float:
        """Half the width of the difference's 95 % interval; 0 for one photo, which has none."""
        return 0.0 if self.error is None else QUANTILES[min(self.photos - 1, len(QUANTILES)) - 1] * self.error

    @property
    def clear(self) -> bool:
        """Whether the photos differ by more than chance would explain: a paired t-test on the level of 5 %."""
        return self.error is None or abs(self.difference) > self.margin

    @property
    def holds(self) -> bool:
        """A difference within chance counts as neither above nor below."""
        above = self.better > self.worse and self.clear
        return above or (self.claim.or_equal and (not self.clear or self.better == self.worse))

    @property
    def word(self) -> str:
        """The verdict as a word for a table."""
        return ("yes" if self.holds else "no") if self.clear else "no clear difference"


CLAIMS = (
    Claim(mark("key at least as good as query"), "feature", "key", "query", True),
    Claim(mark("key at least as good as value"), "feature", "key", "value", True),
    Claim(mark("key at least as good as X"), "feature", "key", "output", True),
    Claim(mark("key at least as good as X_pre"), "feature", "key", "input", True),
    Claim(mark("cosine at least as good as dot product"), "metric", "cosine", "dot", True),
    Claim(mark("cosine at least as good as softmax"), "metric", "cosine", "softmax", True),
    Claim(mark("mean by size above plain mean"), "combine", "weighted", "mean"),
    Claim(mark("mean by size above maximum"), "combine", "weighted", "max"),
    Claim(mark("mean by size above keeping one"), "combine", "weighted", "keep"),
    Claim(mark("alternating above random split"), "partition", "alternating", "random"),
    Claim(mark("alternating above sequential split"), "partition", "alternating", "sequential"),
    Claim(mark("attention pruning above random pruning"), "algorithm", "attention_prune", "random_prune"),
    Claim(mark("merging above random pruning"), "algorithm", "bipartite", "random_prune"),
    Claim(mark("merging above attention pruning"), "algorithm", "bipartite", "attention_prune"),
    Claim(mark("bipartite matching above k-means, 5 rounds"), "algorithm", "bipartite", "kmeans"),
    Claim(mark("bipartite matching above k-means, 2 rounds"), "algorithm", "bipartite", "kmeans2"),
    Claim(mark("k-means, 5 rounds, above 2 rounds"), "algorithm", "kmeans", "kmeans2"),
    Claim(mark("greedy at least as good as bipartite matching"), "algorithm", "greedy", "bipartite", True),
)


def verdicts(lines: Sequence[Line], rest: tome.MergeConfig) -> list[Verdict]:
    """Return verdicts on the claims with both sides in ``lines``, all else as in ``rest``, on the same photos."""
    cosine = {(line.config, line.photo): line.score.class_cosine for line in lines if line.score}
    found = []
    for claim in CLAIMS:
        better, worse = claim.configs(rest)
        photos = [photo for config, photo in cosine if config == better and cosine.get((worse, photo)) is not None]
        pairs = [(cosine[better, photo], cosine[worse, photo]) for photo in photos]
        if pairs:
            means = [sum(side) / len(pairs) for side in zip(*pairs, strict=True)]
            found.append(Verdict(claim, *means, len(pairs), sum(a >= b for a, b in pairs), _error(pairs)))
    return found


def _error(pairs: Sequence[tuple[float, float]]) -> float | None:
    return stdev(a - b for a, b in pairs) / len(pairs) ** 0.5 if len(pairs) > 1 else None


def _configs(r: int) -> dict[tome.MergeConfig, str]:
    rows = [(row.part, row.choice) for row in paper.TABLE_1] + [("algorithm", row.choice) for row in paper.TABLE_2]
    return {tome.MergeConfig(r=r, **{field: choice}): f"{field} {choice}" for field, choice in rows}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure the paper's choices on the ten sample photos, and compare their order with the paper's."""
    parser = Parser(
        prog="python -m explorer.labs.order",
        description=main.__doc__,
        epilog="example:\n  python -m explorer.labs.order --r 13 16 --csv order.csv",
    )
    parser.add_argument("--r", type=int, nargs="+", default=[13, 16], help="tokens merged per block")
    parser.add_argument("--csv", metavar="FILE", help="write a record for each claim of the paper")
    args = parser.parse_args(argv)
    found = []
    for r in args.r:
        label, lines = measured(r)
        found += [(r, verdict) for verdict in _told(label, lines, r)]
    if args.csv:
        Path(args.csv).write_text(as_csv([record(r, verdict) for r, verdict in found]))


def record(r: int, verdict: Verdict) -> dict[str, object]:
    """Return ``verdict`` as a row of a table."""
    return {
        "r": r, "claim": verdict.claim.text, "better": verdict.better, "worse": verdict.worse, "error": verdict.error,
        "photos": verdict.photos, "agree": verdict.agree, "verdict": verdict.word,
    }  # fmt: skip


def measured(r: int) -> tuple[str, list[Line]]:
    """Run every choice of the paper at ``r`` on the ten samples; return the model's label and the scores."""
    from explorer.engine.models import EMBEDDED, load
    from explorer.engine.task import Task
    from explorer.labs.survey import survey
    from explorer.media.folder import samples
    from explorer.media.views import fit

    backbone, entries = load(EMBEDDED), samples()
    panels = [(name, config) for config, name in _configs(r).items()]
    lines: list[Line] = []
    see = lambda picture: fit(picture, backbone.patch, (SIDE // backbone.patch) ** 2)  # noqa: E731
    survey(backbone, entries, see, panels, 0, Task("order"), lines.extend)
    return backbone.label, lines


def _told(label: str, lines: Sequence[Line], r: int) -> list[Verdict]:
    """Print the scores and the verdicts, and return these."""
    from explorer.labs.survey import summaries

    photos = len({line.photo for line in lines})
    print(f"\n{label}, {photos} photos at {SIDE} px, r = {r}: class cosine to the plain run\n")
    print("| choice | mean | spread |\n|---|--:|--:|")
    for summary in summaries(lines):
        print(f"| {summary.panel} | {summary.mean['class_cosine']:.4f} | {summary.spread['class_cosine']:.4f} |")
    print("\n| the paper's order | here | difference ± standard error | photos that agree |\n|---|---|--:|--:|")
    found = verdicts(lines, tome.MergeConfig(r=r))
    for verdict in found:
        margin = f"{verdict.difference:+.4f} ± {verdict.error:.4f}"
        print(f"| {verdict.claim.text} | {verdict.word} | {margin} | {verdict.agree} of {verdict.photos} |")
    return found


if __name__ == "__main__":
    main()
