"""Several configurations of one model on the same inputs, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.trace import Trace, trace

__all__ = ["Compared", "Comparison", "compare"]

HEAD = ("configuration", "tokens", "GFLOPs", "class cosine", "patch cosine", "top-1 kept", "agreement")


@dataclass(frozen=True, eq=False)
class Compared:
    """One configuration of a comparison."""

    name: str
    config: MergeConfig
    trace: Trace
    gflops: float | None
    """billions of multiply-adds for one image; None where the host states no cost"""
    class_cosine: float | None
    patch_cosine: float
    top1: float | None
    """share of images whose likeliest class stays that of the plain model, 0 … 1"""
    agreement: float
    """with the groups of the first configuration: 1 equal, 0 as by chance"""

    @property
    def tokens(self) -> int:
        """Return the number of tokens after the last block, prefix included."""
        return self.trace.layers[-1].grouping.n_out


@dataclass(frozen=True, eq=False)
class Comparison:
    """Result of ``compare``: shown as a table, in a notebook with the regions of the first image."""

    rows: tuple[Compared, ...]

    def __repr__(self) -> str:
        lines = [HEAD, *map(_cells, self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )

    def _repr_html_(self) -> str:
        from tome.forward.show import figure, table

        pictures = (figure(row.trace, len(row.trace.layers), 0, row.name) for row in self.rows)
        return f"<div>{''.join(pictures)}{table(HEAD, [_cells(row) for row in self.rows])}</div>"


@torch.inference_mode()
def compare(model: nn.Module, inputs: Tensor, configs: Mapping[str, MergeConfig]) -> Comparison:
    """Run ``model`` on ``inputs`` under each of ``configs``, by name, and compare each with the plain run.

    Raises TypeError or ValueError as ``trace`` does, ValueError without a configuration.

    Examples:
        >>> by = {name: tome.MergeConfig(r=2, algorithm=name) for name in ("bipartite", "random_prune")}
        >>> tome.compare(model, images, by).rows[0].tokens
        5
    """
    from tome.metrics.cost import known_gflops
    from tome.metrics.fidelity import agreement, fidelity, plain

    if not configs:
        raise ValueError("configs must name at least one configuration; got none")
    before, rows = plain(model, inputs), list[Compared]()
    for name, config in configs.items():
        output, traced = trace(model, inputs, config)
        near = fidelity(*before, output, traced)
        source = traced.source()[:, traced.prefix :]
        first = rows[0].trace.source()[:, traced.prefix :] if rows else source
        cost = known_gflops(model, config, tuple(inputs.shape[-2:]))
        same = agreement(first, source)
        rows.append(Compared(name, config, traced, cost, near.class_cosine, near.patch_cosine, near.top1, same))
    return Comparison(tuple(rows))


def _cells(row: Compared) -> tuple[str, ...]:
    def number(value: float | None, form: str) -> str:
        return "–" if value is None else format(value, form)

    return (
        row.name, str(row.tokens), number(row.gflops, ".3g"), number(row.class_cosine, ".4f"),
        number(row.patch_cosine, ".4f"), number(row.top1, ".2f"), number(row.agreement, ".2f"),
    )  # fmt: skip
