"""Text models of transformers: BERT and models with its layers."""

from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers.models.bert import modeling_bert as bert

from tome.forward.hooks import hooked
from tome.hosts.hf.kernel import attend
from tome.hosts.hf.sequence import Sequence
from tome.hosts.hf.tower import IGNORED
from tome.hosts.protocol import Entry, Heads, Host
from tome.metrics.shape import Shape, per_token

__all__ = ["Bert"]


class Bert(Sequence):
    """Post-norm layers; [CLS] and [SEP] never merge and come first.

    Padding comes after each text.  Outputs are in the order of the input.
    """

    name = "transformers BERT"
    tower: ClassVar = {
        bert.BertModel: "",
        bert.BertForSequenceClassification: "bert",
        bert.BertForTokenClassification: "bert",
    }
    container = "encoder.layer"
    parts_of_heads, head_width = ("query", "key", "value"), "attention_head_size"
    between: tuple[type[nn.Module], ...] = (bert.BertEncoder,)
    parts: ClassVar = {
        bert.BertLayer: {"attention", "intermediate", "output"},
        bert.BertAttention: {"self", "output"},
    }
    input_name = "input_ids"

    def check(self, model: Any) -> None:
        super().check(model)
        if self.vision(model).config.is_decoder:
            raise ValueError("model must be an encoder: a decoder's tokens must not see later ones")

    def check_blocks(self, blocks: nn.Module) -> None:
        super().check_blocks(blocks)
        for block in blocks.children():
            if hooked(block.get_submodule("attention")):
                raise TypeError("model must have no hooks on a BertAttention: put them on its part `self`")

    def check_inputs(self, model: Any, inputs: Any) -> None:
        Host.check_inputs(self, model, inputs)

    def attn(self, block: Any) -> nn.Module:
        # BertAttention adds the residual and norms it; merging needs its inner part.
        return getattr(block.attention, "self")  # noqa: B009 — it is an attribute of the block

    def prefix(self, model: Any) -> int:
        return 2

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return x

    def entry(self, model: Any, x: Tensor, attention_mask: Tensor | None = None, *args: Any, **kwargs: Any) -> Entry:
        others = {name: value for name, value in kwargs.items() if name not in ("position_ids", *IGNORED)}
        if any(value is not None for value in (*args, *others.values())):
            raise TypeError("model must get texts alone while it merges, without encoder states or cache")
        valid = None if attention_mask is None else _valid(attention_mask, x.shape[0])
        count = x.new_full((x.shape[0],), x.shape[1], dtype=torch.long) if valid is None else valid.sum(1)
        # [SEP], the last token of each text, moves next to [CLS]; its embedding keeps its position.
        place = torch.arange(x.shape[1], device=x.device).expand(x.shape[0], -1)
        last = count[:, None] - 1
        order = torch.where(place == 1, last, torch.where((place > 1) & (place <= last), place - 1, place))
        return Entry(valid=valid, order=order)

    def attention_input(self, block: Any, x: Tensor) -> Tensor:
        return x

    def attend(self, attn: Any, heads: Heads, mask: Tensor | None) -> Any:
        return attend(attn, heads, mask, attn.dropout.p, attn.scaling)

    def add_attention(self, block: Any, x: Tensor, attended: Any) -> Tensor:
        return block.attention.output(attended[0], x)

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        return block.output(block.intermediate(x), x)

    def grid(self, model: Any, inputs: Any) -> None:
        return None

    def embedding(self, model: Any) -> None:
        return None

    def shape(self, model: Any, size: Any = None) -> Shape:
        shape = super().shape(model, size)
        if isinstance(model, bert.BertForTokenClassification):  # its classifier runs on every token
            return replace(shape, norm=shape.norm + per_token(model.classifier), head=0)
        return shape

    def patches(self, model: Any, size: Any) -> int:
        """``size`` is the number of tokens, [CLS] and [SEP] included; the maximum length of the model if None."""
        return int(size or self.vision(model).config.max_position_embeddings) - 2


def _valid(mask: Tensor, batch: int) -> Tensor:
    """Return the tokens that the additive or boolean mask [B, 1, N or 1, N] leaves visible, bool [B, N]."""
    row = mask[:, 0, 0]
    valid = row if row.dtype == torch.bool else row == 0
    if not torch.compiler.is_compiling() and bool(
        (valid.diff(dim=1).to(torch.int8).sum(1) > 1).any() or (~valid[:, 0]).any()
    ):
        raise ValueError("attention_mask must hide tokens at the end of each text only")
    return valid.expand(batch, -1)
