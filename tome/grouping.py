"""A merge as data: the output token of each input token."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor

__all__ = ["DROPPED", "Grouping", "in_onnx_export"]

DROPPED = -1


@dataclass(frozen=True, eq=False)
class Grouping:
    """One step of merging or pruning, for a batch.

    ``group[b, i]`` is the output slot of input token ``i``, or −1 for a dropped token (pruning).
    An empty slot is padding: its size is 0 and attention ignores it.

    Examples:
        >>> grouping = tome.Grouping(torch.tensor([[0, 1, 1, 2]]), n_out=3)
        >>> merged = grouping.merge(torch.tensor([[[1.0], [2.0], [4.0], [8.0]]]), weight=torch.ones(1, 4))
        >>> merged.flatten().tolist(), grouping.unmerge(merged).flatten().tolist()
        ([1.0, 3.0, 8.0], [1.0, 3.0, 3.0, 8.0])
    """

    group: Int[Tensor, "batch n_in"]
    """values in −1 … n_out − 1"""
    n_out: int
    """output tokens, padding included"""
    whole: bool = False
    """whether it is known that no token is dropped and no slot is padding: then nothing has to look for them"""

    @classmethod
    def identity(cls, batch: int | torch.SymInt, tokens: int, device: torch.device | str = "cpu") -> "Grouping":
        """Return the identity step: every token stays alone."""
        return cls(torch.arange(tokens, device=device).expand(batch, tokens), tokens, whole=True)

    @property
    def n_in(self) -> int:
        return self.group.shape[1]

    def then(self, later: "Grouping") -> "Grouping":
        """Compose this step with ``later``; a token dropped by either stays dropped.  O(N).

        Raises ValueError if ``later`` does not start from this step's output tokens.
        """
        if later.n_in != self.n_out:
            raise ValueError(f"later must take the {self.n_out} output tokens of this step; it takes {later.n_in}")
        followed = later.group.gather(1, self._slot())
        if self.whole:
            return Grouping(followed, later.n_out, later.whole)
        return Grouping(torch.where(self.group < 0, DROPPED, followed), later.n_out)

    def sum(self, weight: Num[Tensor, "batch n_in"]) -> Float[Tensor, "batch {self.n_out}"]:
        """Sum ``weight`` over each group, dropped tokens excluded, in float32 at least."""
        kept = self._kept(weight, weight.dtype)
        return kept.new_zeros(kept.shape[0], self.n_out).scatter_add_(1, self._slot(), kept)

    def merge(
        self,
        x: Float[Tensor, "batch n_in c"],
        weight: Num[Tensor, "batch n_in"],
        *,
        normalise: bool = True,
        total: Float[Tensor, "batch {self.n_out}"] | None = None,
    ) -> Float[Tensor, "batch {self.n_out} c"]:
        """Replace each group of ``x`` by its mean under ``weight``.

        With the tokens' sizes as weights this is the weighted average of ToMe, section 3.  ``total`` is
        ``sum(weight)``, if the caller has it already: above 0, but for padding.  ``normalise=False`` leaves the weighted
        sum.  Padding becomes 0.  Computed in float32 at least: in bfloat16 a size above 256 is not exact.
        """
        weight = self._kept(weight, x.dtype)
        if normalise:
            if total is None or not self.whole:
                total = self.sum(weight) if total is None else total
                total = total.masked_fill(total == 0, 1)
            weight = weight / total.gather(1, self._slot())
        return self._bag(x, weight)

    def maximum(self, x: Float[Tensor, "batch n_in c"]) -> Float[Tensor, "batch {self.n_out} c"]:
        """Replace each group of ``x`` by its channelwise maximum; padding becomes 0."""
        index = self._slot()[..., None].expand_as(x)
        kept = x.masked_fill((self.group < 0)[..., None], float("-inf"))
        top = x.new_full((x.shape[0], self.n_out, x.shape[2]), float("-inf"))
        top = top.scatter_reduce(1, index, kept, "amax")
        return top.masked_fill(top == float("-inf"), 0)

    def unmerge(self, x: Float[Tensor, "batch {self.n_out} c"]) -> Float[Tensor, "batch {self.n_in} c"]:
        """Give every input token the value of its group; 0 where it was dropped."""
        batch, _, channels = x.shape
        row = torch.arange(batch, device=x.device)[:, None] * self.n_out
        back = x.reshape(-1, channels)[(self._slot() + row).reshape(-1)].view(batch, -1, channels)
        return back if self.whole else back.masked_fill((self.group < 0)[..., None], 0)

    def _slot(self) -> Tensor:
        """Return ``group`` as an index; dropped tokens point to slot 0, and the value read there is masked later."""
        return self.group if self.whole else self.group.clamp_min(0)

    def _kept(self, weight: Tensor, dtype: torch.dtype) -> Tensor:
        """Return ``weight`` in ``dtype``, float32 at least, with 0 for dropped tokens."""
        wide = dtype if dtype == torch.float32 else torch.promote_types(dtype, torch.float32)
        weight = _cast(weight, wide)
        return weight if self.whole else weight.masked_fill(self.group < 0, 0)

    def _bag(self, x: Tensor, weight: Tensor) -> Tensor:
        # One embedding_bag over rows sorted by slot reads x once; scatter_add was measured 6 x slower on a CPU.
        batch, _, channels = x.shape
        # A dropped token has weight 0, so the last slot may hold it.
        slot = self.group if self.whole else self.group.masked_fill(self.group < 0, self.n_out - 1)
        if in_onnx_export():  # which knows no stable sort
            weighted = x.to(weight.dtype) * weight[..., None]
            none = weighted.new_zeros(batch, self.n_out, channels)
            return none.scatter_add(1, slot[..., None].expand_as(weighted), weighted).to(x.dtype)
        if batch != 1:
            slot = slot + torch.arange(batch, device=x.device)[:, None] * self.n_out
        slot = slot.reshape(-1)
        row = slot.argsort(stable=True)
        # Counted, not searched: searchsorted starts every thread from 200 slots on.
        count = slot.new_zeros(batch * self.n_out).scatter_add_(0, slot, torch.ones_like(slot))
        first = count.cumsum(0) - count
        rows, each = _cast(x.reshape(-1, channels), weight.dtype), weight.reshape(-1).index_select(0, row)
        # mode=0 is the sum; F.embedding_bag would check again what is known here.
        bags: Tensor = torch.embedding_bag(rows, row, first, mode=0, per_sample_weights=each)[0]
        return _cast(bags.view(batch, self.n_out, channels), x.dtype)


def _cast(x: Tensor, dtype: torch.dtype) -> Tensor:
    return x if x.dtype == dtype else x.to(dtype)  # between large products even a to() without effect takes 10 µs


def in_onnx_export() -> bool:
    """Return whether a model is being exported to ONNX."""
    # Torch's own answer imports two modules each time: 40 µs between large products.
    return torch.compiler.is_compiling() and torch.onnx.is_in_onnx_export()
