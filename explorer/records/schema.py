"""The record of a run, and the query that names it: the one source for Python, JSON and the JavaScript types."""

import base64
import json
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from tome.config import MergeConfig

__all__ = ["DROPPED", "MOST_PANELS", "VERSION", "Box", "Figures", "Layer", "PanelsQuery", "Photo", "Query", "Record"]

VERSION = 2
DROPPED = 0xFFFF
"""The label of a patch whose token was pruned."""
MOST_PANELS = 12
"""Configurations in one request."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Photo(_Frozen):
    """Where the photo is, and its size in pixels."""

    src: str
    width: int
    height: int


class Box(_Frozen):
    """The part of the photo that the model sees, in the photo's pixels."""

    x: float
    y: float
    width: float
    height: float


class Layer(_Frozen):
    """The tokens after a block; layer 0 is the input.  Edges count the tokens of the layer before, without the prefix."""

    tokens: int
    """with the prefix"""
    labels: str
    """base64 of a little-endian uint16 for each patch: its token, counted without the prefix; 65535 where pruned"""
    source: list[int] = []
    destination: list[int] = []
    similarity: list[float] = []

    @property
    def largest(self) -> int:
        """Patches of the largest token."""
        labels = np.frombuffer(base64.b64decode(self.labels), "<u2")
        return int(np.bincount(labels[labels != DROPPED]).max(initial=0))


class Figures(_Frozen):
    """What a run cost and what it said."""

    gflops: float
    """billions of multiply-adds, in the paper's convention"""
    block_gflops: list[float]
    top: list[tuple[str, float]] = []
    """the five likeliest classes with their probabilities; empty without a head"""


class Record(_Frozen):
    """One sample through one model under one configuration: all that is drawn and all figures of the run."""

    version: Literal[2] = VERSION
    name: str
    """of the sample, for display"""
    caption: str = ""
    picture: Photo
    view: Box
    grid: tuple[int, int]
    """rows, columns"""
    colours: str
    """base64 of three bytes RGB for each patch: its mean colour"""
    prefix: int
    """tokens before the patches: class, distillation and register tokens"""
    depth: int
    """blocks of the model; ``layers`` holds fewer while the run is under way"""
    layers: list[Layer]
    figures: Figures | None = None
    plain: Figures | None = None
    """of the same sample without merging"""
    class_cosine: float | None = None
    """between the class tokens of both runs; between their mean patches where the model has no class token"""


def _r(value: Any) -> Any:
    """Return r from a link: ``16``, ``16,-1`` for (r, inflection) or ``[8,8,4]`` for one r per layer."""
    if not isinstance(value, str):
        return value
    try:
        if value.startswith("["):
            return json.loads(value)
        count, *inflection = value.split(",")
        return (int(count), *map(float, inflection)) if inflection else int(count)
    except ValueError:
        raise ValueError("r must be a number, r,inflection or [r of each layer]") from None


def _params(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("params must be a JSON object") from None


def _panels(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("panels must be a JSON list of objects") from None


_CONFIG = tuple(name for name in MergeConfig.__dataclass_fields__)


class Query(_Frozen):
    """What a record is of.  Fields of MergeConfig that are not named have its defaults; r is 16."""

    sample: str = Field("dog", max_length=80)
    photo: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of an uploaded file, instead of ``sample``"""
    model: str = Field("embedded", max_length=120)
    size: int = Field(224, ge=56, le=518)
    """pixels of a square with as many patches"""
    crop: Literal["whole", "square"] = "whole"
    offset: float = Field(0.5, ge=0, le=1)
    """of the square crop along the longer side"""
    r: Annotated[int | tuple[int, float] | list[int], BeforeValidator(_r)] = 16
    algorithm: str | None = None
    partition: str | None = None
    feature: str | None = None
    metric: str | None = None
    heads: str | None = None
    combine: str | None = None
    proportional_attention: bool | None = None
    seed: int | None = None
    params: Annotated[dict[str, Any] | None, BeforeValidator(_params)] = None
    """the algorithm's own options, as a JSON object"""

    @model_validator(mode="after")
    def _is_a_configuration(self) -> "Query":
        try:
            _ = self.config
        except TypeError as reason:
            raise ValueError(str(reason)) from reason
        return self

    @property
    def config(self) -> MergeConfig:
        named = {name: getattr(self, name) for name in _CONFIG if getattr(self, name) is not None}
        return MergeConfig(**named)


class PanelsQuery(Query):
    """What several records are of: one sample under several configurations."""

    panels: Annotated[list[dict[str, Any]], BeforeValidator(_panels)] = Field(min_length=1, max_length=MOST_PANELS)
    """for each, the fields of MergeConfig in which it differs from the query's own"""
    patch: int | None = Field(None, ge=0)
    """whose similarity to every patch is asked for, in every panel"""
    layer: int | None = Field(None, ge=0)
    """where the first panel is sent a first time, while its run goes on"""

    @model_validator(mode="after")
    def _are_configurations(self) -> "PanelsQuery":
        _ = self.configs
        return self

    @property
    def configs(self) -> list[MergeConfig]:
        """Return the configuration of each panel.  Raises ValueError."""
        return [self._config_of(number, panel) for number, panel in enumerate(self.panels)]

    def _config_of(self, number: int, panel: dict[str, Any]) -> MergeConfig:
        if unknown := panel.keys() - set(_CONFIG):
            raise ValueError(f"panels must name fields of MergeConfig; panel {number} names {sorted(unknown)[0]}")
        own = {name: getattr(self, name) for name in _CONFIG}
        try:
            return Query(**{**own, **panel}).config
        except ValidationError as invalid:
            first = invalid.errors()[0]
            name = f"{first['loc'][0]}: " if first["loc"] else ""
            rule = first["msg"].removeprefix("Value error, ")
            raise ValueError(f"panels must be configurations; panel {number}: {name}{rule}") from None
