"""Base class of the hosts for models of clips, sounds and texts."""

from abc import abstractmethod
from typing import Any, ClassVar

from torch import Tensor, nn

from tome.hosts.hf.kernel import check_input, main_input
from tome.hosts.hf.tower import Tower
from tome.hosts.protocol import Host
from tome.metrics.shape import BlockShape, Shape, per_token

__all__ = ["Sequence"]


class Sequence(Tower):
    """A model whose input is not an image."""

    input_name: ClassVar[str]
    """name of its main input"""
    what: ClassVar[str]
    """description of the input in errors"""
    axes: ClassVar[tuple[str, ...]]
    """names of its axes"""

    def sizes(self, model: Any) -> dict[str, int]:
        """Return the axes of the main input that have a fixed length."""
        return {}

    def check_inputs(self, model: Any, inputs: Any) -> None:
        Host.check_inputs(self, model, inputs)
        check_input(main_input(inputs, self.input_name), self.what, self.axes, self.sizes(model))

    def run(self, model: Any, inputs: Any) -> Any:
        return model(**{self.input_name: inputs}) if isinstance(inputs, Tensor) else model(**inputs)

    @abstractmethod
    def patches(self, model: Any, size: Any) -> int:
        """Return the number of tokens of an input of ``size``; the model's own size if None."""

    def embedding(self, model: Any) -> Any:
        return self.vision(model).embeddings.patch_embeddings.projection

    def projections(self, block: Any) -> Any:
        """Return the module of ``block`` that holds its query projection."""
        return self.attn(block)

    def first_norm(self, block: Any) -> nn.Module | None:
        """Return the norm before the attention, if there is one."""
        return getattr(block, self.norms[0], None)

    def shape(self, model: Any, size: Any = None) -> Shape:
        """Read the Shape from the layers: the norm after them sees every token; a classifier runs once."""
        vision, weight = self.vision(model), getattr(self.embedding(model), "weight", None)
        heads = [getattr(vision, "pooler", None), getattr(model, "fc_norm", None), getattr(model, "classifier", None)]
        return Shape(
            blocks=tuple(self._block(block) for block in model.get_submodule(self.blocks_path(model)).children()),
            patches=self.patches(model, size),
            prefix=self.prefix(model),
            patch=0 if weight is None else weight.numel(),
            entry=0,
            norm=per_token(getattr(vision, "layernorm", None) or getattr(vision, "layer_norm", None)),
            pooled=0,
            head=sum(per_token(part) for part in heads),
            restored=True,
        )

    def _block(self, block: Any) -> BlockShape:
        own = self.projections(block)
        query: nn.Linear = getattr(own, self.parts_of_heads[0])
        heads = int(getattr(own, "num_attention_heads", None) or own.num_heads)
        attention = per_token(block.get_submodule(self.attention)) + per_token(self.first_norm(block))
        width = query.out_features // heads
        return BlockShape(query.in_features, heads, width, attention, per_token(block) - attention)
