"""Base class of the hosts for transformers' vision towers: pre-norm layers, run one by one."""

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor, nn
from transformers.utils.output_capturing import maybe_install_capturing_hooks

from tome.hosts.hf.cost import shape_of_tower
from tome.hosts.hf.kernel import attend, kind_of
from tome.hosts.protocol import Entry, Heads, Host, of_kind
from tome.hosts.registry import base_of, check_part, unknown_part
from tome.metrics.shape import Shape

__all__ = ["IGNORED", "Tower"]

IMPLEMENTATIONS = ("sdpa", "eager")
OUTPUTS = ("output_attentions", "output_hidden_states")
IGNORED = {*OUTPUTS, "return_dict", "use_cache", "num_items_in_batch"}
"""arguments of layers that have no effect"""


class Tower(Host):
    """Attention, residual, MLP, residual.  Attention runs through transformers' own interface.

    The model gets the full grid after each layer, so that outputs keep their type and shape.
    """

    forward_methods: tuple[str, ...] = ("forward", "get_image_features")
    hooks_see_grid = True
    parts: ClassVar[Mapping[type[nn.Module], set[str]]] = {}
    """layer and attention class → the names of their modules and parameters: exact, so that a new one is refused"""
    tower: ClassVar[Mapping[type[nn.Module], str]] = {}
    """model class → dotted path to its vision tower, "" for itself"""
    container: str
    """path from the tower to its layers"""
    between: tuple[type[nn.Module], ...] = ()
    """classes of the container between tower and layers, which runs the layers"""
    recorder: str = ""
    """path from the tower to the module whose forward collects hidden states and attentions"""
    every_patch: tuple[type[nn.Module], ...] = ()
    """model classes that put all patches back on the grid"""
    pooling: tuple[type[nn.Module], ...] = ()
    """model classes whose head looks at all patches"""
    norms_every_token = True
    """whether the norm after the layers is of every token, not of the pooled one alone"""
    attention = "attention"
    parts_of_heads = ("q_proj", "k_proj", "v_proj")
    """names of the projections to query, key and value"""
    head_width = "head_dim"
    norms = ("layernorm_before", "layernorm_after")
    out = "o_proj"
    drop = "attention_dropout"

    # The model

    def check(self, model: Any) -> None:
        *walkers, _ = self.blocks_path(model).split(".")
        for depth in range(len(walkers)):
            self._check_walker(model.get_submodule(".".join(walkers[: depth + 1])))
        self.check_blocks(model.get_submodule(self.blocks_path(model)))

    def _check_walker(self, part: nn.Module) -> None:
        known = (*self.tower, *self.between)
        if base_of(part, known) is None:
            raise unknown_part(part, known)

    def check_blocks(self, blocks: nn.Module) -> None:
        for block in blocks.children():
            if getattr(block, "gradient_checkpointing", False):
                raise ValueError("model must not use gradient checkpointing: it runs blocks outside the merging loop")
            for part in (block, getattr(block, self.attention, block)):
                check_part(part, kind_of(part, self.parts), self.parts)
            chosen = self.implementation(self.attn(block))
            if chosen not in IMPLEMENTATIONS:
                raise ValueError(
                    f"attention implementation must be one of {', '.join(IMPLEMENTATIONS)}; got {chosen!r}"
                )

    def implementation(self, attn: Any) -> str:
        """Return the name of the attention kernel of ``attn``."""
        return str(attn.config._attn_implementation)

    def vision(self, model: Any) -> Any:
        """Return the module of ``model`` that embeds images and holds the layers."""
        return model.get_submodule(self._tower_path(model))

    def blocks_path(self, model: Any) -> str:
        path = self._tower_path(model)
        return f"{path}.{self.container}" if path else self.container

    def _tower_path(self, model: Any) -> str:
        return next(path for kind, path in self.tower.items() if isinstance(model, kind))

    def prefix(self, model: Any) -> int:
        return 1

    def class_token(self, model: Any) -> bool:
        return True

    def classes(self, model: Any) -> int:
        head = getattr(model, "classifier", None)
        return int(head.out_features) if isinstance(head, nn.Linear) else 0

    def pooled(self, model: Any) -> bool:
        return isinstance(model, self.pooling)

    def restored(self, model: Any) -> bool:
        return True

    def takes_dropped(self, model: Any) -> bool:
        return not isinstance(model, self.every_patch)

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return self.vision(model).layernorm(x)

    def norm_runs(self, model: Any) -> int:
        """Return how many times the norm after the layers runs on every token."""
        return int(self.norms_every_token)

    def grid(self, model: Any, inputs: Any) -> tuple[int, ...] | None:
        pixels: Tensor = inputs["pixel_values"] if isinstance(inputs, Mapping) else inputs
        patch = self.embedding(model).kernel_size
        return tuple(side // own for side, own in zip(pixels.shape[-2:], patch, strict=True))

    def embedding(self, model: Any) -> Any:
        """Return the convolution that embeds patches."""
        return self.vision(model).embeddings.patch_embeddings.projection

    def check_inputs(self, model: Any, inputs: Any) -> None:
        super().check_inputs(model, inputs)
        pixels = inputs.get("pixel_values") if isinstance(inputs, Mapping) else inputs
        if not isinstance(pixels, Tensor) or not pixels.is_floating_point():
            raise TypeError(f"images must be a float tensor; got {of_kind(pixels)}")
        channels = self.embedding(model).in_channels
        if pixels.dim() != 4 or pixels.shape[1] != channels or not pixels.shape[0]:
            raise ValueError(f"images must be [batch, {channels}, height, width]; got shape {tuple(pixels.shape)}")

    def prepare(self, model: Any, inputs: Any) -> None:
        # transformers collects outputs by hooks, which a model adds to its layers when it is first asked for them.  A
        # shallow copy would add them to the layers that it shares, and so would each next one.
        if self.records(model, inputs):
            maybe_install_capturing_hooks(self.vision(model).get_submodule(self.recorder))

    def records(self, model: Any, inputs: Any) -> bool:
        config = self.vision(model).get_submodule(self.recorder).config
        given = inputs if isinstance(inputs, Mapping) else {}
        return any(given.get(name) or getattr(config, name, False) for name in OUTPUTS)

    def run(self, model: Any, inputs: Any) -> Any:
        return model(**inputs) if isinstance(inputs, Mapping) else model(pixel_values=inputs)

    def shape(self, model: Any, size: Any = None) -> Shape:
        return shape_of_tower(self, model, size)

    # One layer

    def entry(self, model: Any, x: Tensor, attention_mask: Tensor | None = None, **kwargs: Any) -> Entry:
        if attention_mask is not None:
            raise TypeError(
                "attention_mask must not be given to a merging model: merged tokens have no single position"
            )
        if strange := sorted(name for name in kwargs.keys() - IGNORED if kwargs[name] is not None):
            raise TypeError(
                f"{', '.join(strange)} must not be given to a merging model: merging was not tested with it"
            )
        return Entry()

    def attn(self, block: Any) -> nn.Module:
        return getattr(block, self.attention)

    def attention_input(self, block: Any, x: Tensor) -> Tensor:
        return getattr(block, self.norms[0])(x)

    def heads(self, attn: Any, x: Tensor) -> Heads:
        width, names = getattr(attn, self.head_width), zip(("query", "key", "value"), self.parts_of_heads, strict=True)
        return {name: getattr(attn, part)(x).unflatten(-1, (-1, width)).transpose(1, 2) for name, part in names}

    def attend(self, attn: Any, heads: Heads, mask: Tensor | None) -> Any:
        out, weights = attend(attn, heads, mask, getattr(attn, self.drop), self.scale(attn, heads))
        return getattr(attn, self.out)(out), weights

    def scale(self, attn: Any, heads: Heads) -> float:
        return float(getattr(attn, self.head_width) ** -0.5)

    def add_attention(self, block: Any, x: Tensor, attended: Any) -> Tensor:
        return self.branch(block, attended[0], 1) + x

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        return self.branch(block, block.mlp(getattr(block, self.norms[1])(x)), 2) + x

    def branch(self, block: Any, x: Tensor, half: int) -> Tensor:
        """Apply the layer scale and drop path of a half of the layer to its branch."""
        return x
