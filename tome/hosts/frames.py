"""An image model on the frames of a clip: merging across frames, attention within or across them."""

import copy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from tome.hosts.occupancy import Occupancy
from tome.hosts.protocol import Entry, Heads, Host
from tome.hosts.registry import host_of, register_host
from tome.hosts.timm_vit import TimmViT
from tome.metrics.shape import Shape

__all__ = ["FrameModel", "Occupancy"]

ATTENTION = ("framewise", "joint")


class FrameModel(nn.Module):
    """An image ViT on clips [B, T, C, H, W]; returns the mean of the head's outputs over frames.

    It knows images, not motion: it is not a video model.  ``attention``:

    - ``framewise``: a token attends within the frames it covers, and merging looks over all frames.  Without merging
      this is the image model frame by frame.  Each frame has its own class token.
    - ``joint``: every token attends to every other, in one sequence with one class token: a control, outside of what
      an image model was trained for.

    ``model`` is a timm VisionTransformer without rotary positions; its parts are shared, not copied.
    """

    model: Any
    blocks: Any

    def __init__(self, model: Any, frames: int, attention: str = "framewise"):
        super().__init__()
        if attention not in ATTENTION:
            raise ValueError(f"attention must be one of {', '.join(ATTENTION)}; got {attention!r}")
        if isinstance(frames, bool) or not isinstance(frames, int) or frames < 1:
            raise ValueError(f"frames must be a count of at least 1; got {frames!r}")
        host = host_of(model)
        if type(host) is not TimmViT:
            raise TypeError(f"model must be a timm VisionTransformer for clips; got {type(model).__name__}")
        host.check(model)
        self.model, self.frames, self.attention = model, frames, attention
        self.blocks = _FrameBlocks(model.blocks, frames if attention == "framewise" else 1, host.prefix(model))
        self.train(model.training)

    @property
    def class_tokens(self) -> int:
        """Prefixes in a sequence: one for each frame, or one for all."""
        return self.frames if self.attention == "framewise" else 1

    def forward(self, clip: Tensor) -> Tensor:
        batch, frames = clip.shape[:2]
        x = self._embedded(clip.flatten(0, 1)).unflatten(0, (batch, frames))
        prefix = host_of(self.model).prefix(self.model)
        lead = x[:, : self.class_tokens, :prefix].flatten(1, 2)
        x = self.blocks(torch.cat([lead, x[:, :, prefix:].flatten(1, 2)], 1))
        return self._head(self.model.norm(x))

    def _embedded(self, images: Tensor) -> Tensor:
        # The image model without its blocks and norm is its embedding.
        embedding = copy.copy(self.model)
        embedding._modules = {**self.model._modules, "blocks": nn.Identity(), "norm": nn.Identity()}
        return embedding.forward_features(images)

    def _head(self, x: Tensor) -> Tensor:
        prefix, clips = host_of(self.model).prefix(self.model), self.class_tokens
        lead = x[:, : clips * prefix].unflatten(1, (clips, prefix))
        if host_of(self.model).pooled(self.model):
            lead = torch.cat([lead, x[:, clips * prefix :].unflatten(1, (clips, -1))], 2)
        return self.model.forward_head(lead.flatten(0, 1)).unflatten(0, (x.shape[0], clips)).mean(1)


class _FrameBlocks(nn.ModuleList):
    """The image model's blocks on the tokens of all frames; without merging, frame by frame."""

    def __init__(self, blocks: nn.Module, parts: int, prefix: int):
        super().__init__()
        self._modules = blocks._modules  # type: ignore[assignment]
        self.parts, self.prefix = parts, prefix

    def forward(self, x: Tensor) -> Tensor:
        lead = x[:, : self.parts * self.prefix].unflatten(1, (self.parts, self.prefix))
        apart = torch.cat([lead, x[:, self.parts * self.prefix :].unflatten(1, (self.parts, -1))], 2)
        out = apart.flatten(0, 1)
        for block in self.children():
            out = block(out)
        out = out.unflatten(0, apart.shape[:2])
        return torch.cat([out[:, :, : self.prefix].flatten(1, 2), out[:, :, self.prefix :].flatten(1, 2)], 1)


class FramesHost(TimmViT):
    """Host of FrameModel: the blocks of the image model on the tokens of all frames."""

    name = "FrameModel of a timm VisionTransformer"
    forward_methods = ("forward",)
    checkpoints, run = Host.checkpoints, Host.run

    def check(self, model: Any) -> None:
        if super().checkpoints(model.model):
            raise ValueError("model must not use gradient checkpointing: FrameModel runs its blocks as one")
        super().check(model.model)

    def prefix(self, model: Any) -> int:
        return model.class_tokens * super().prefix(model.model)

    def class_token(self, model: Any) -> bool:
        # With a class token per frame, none of them attends to all tokens.
        return model.attention == "joint" and super().class_token(model.model)

    def classes(self, model: Any) -> int:
        return super().classes(model.model)

    def pooled(self, model: Any) -> bool:
        return super().pooled(model.model)

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return model.model.norm(x)

    def head(self, model: Any, x: Tensor) -> Tensor:
        return model._head(model.model.norm(x))

    def grid(self, model: Any, inputs: Tensor) -> tuple[int, ...]:
        rows, columns = super().grid(model.model, inputs[:, 0]) or (0, 0)
        return (model.frames, rows, columns)

    def check_inputs(self, model: Any, inputs: Any) -> None:
        if not isinstance(inputs, Tensor) or inputs.dim() != 5 or inputs.shape[1] != model.frames:
            wanted = f"[batch, {model.frames} frames, {model.model.in_chans}, height, width]"
            raise ValueError(
                f"clip must be {wanted}; got {tuple(getattr(inputs, 'shape', ())) or type(inputs).__name__}"
            )
        super().check_inputs(model.model, inputs.flatten(0, 1))

    def shape(self, model: Any, size: Any = None) -> Shape:
        one, frames = host_of(model.model).shape(model.model, size), model.class_tokens
        return replace(one, patches=one.patches * model.frames, prefix=one.prefix * frames, head=one.head * frames)

    def entry(self, model: Any, x: Tensor) -> Entry:
        if model.attention == "joint":
            return Entry()
        patches = (x.shape[1] - self.prefix(model)) // model.frames
        return Entry(Occupancy(torch.eye(model.frames, device=x.device).repeat_interleave(patches, 0)))

    def mask(self, attn: Any, heads: Heads, state: Any) -> Tensor | None:
        if state.position is None:
            return state.size_bias()
        counts = state.position.counts()
        if not state.plan.config.proportional_attention:
            counts = (counts > 0).to(counts.dtype)
        padding = state.size_bias() if state.padded else None
        return counts.log() if padding is None else counts.log() + torch.where(padding == -torch.inf, padding, 0)


register_host(FramesHost(), FrameModel)
