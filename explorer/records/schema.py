"""The record of a run, and the query that names it: the one source for Python, JSON and the JavaScript types."""

import base64
import json
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from tome.config import MergeConfig

__all__ = [
    "DROPPED",
    "MOST_PANELS",
    "MOST_PATCHES",
    "VERSION",
    "Box",
    "Figures",
    "Frames",
    "Layer",
    "PanelsQuery",
    "Photo",
    "Query",
    "Record",
    "Sound",
    "Text",
]

VERSION = 2
DROPPED = 0xFFFF
"""The label of a patch whose token was pruned."""
MOST_PANELS = 12
"""Configurations in one request."""
MOST_PATCHES = 4200
"""of a clip, in all frames: attention over them takes memory and time with the square of it"""


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


class Frames(_Frozen):
    """What the record of a clip has beyond a photo's.

    Its picture holds the frames one below the other, with the size of one of them; ``grid`` is that of a frame;
    ``labels`` and ``colours`` run over the patches of the first frame, then of the second, and so on.
    """

    times: list[float]
    """seconds from the first frame of the clip"""
    attention: str
    spanning: list[float]
    """for each layer the share of the merged tokens that hold patches of more than one frame"""


class Sound(_Frozen):
    """What the record of a sound has beyond a photo's.

    Its picture is a spectrogram, 30 s wide, of which the sound is the beginning and the rest is silence; a patch is a step
    of time, over all frequencies.
    """

    seconds: float
    """length of the sound"""
    step: float
    """seconds of a step"""
    plain: str
    """transcript without merging"""
    merged: str
    words: int
    """of the plain transcript"""
    changed: int
    """substituted, left out or added in the merged one"""
    away: int
    """tokens that merged away or were dropped"""
    silent: int
    """those of them that stood for silence: after the sound's end, or 40 dB below its loudest step"""


class Text(_Frozen):
    """What the record of a text has beyond a photo's.

    Its grid holds the words in the order of reading, and no picture; cells after the last word have the label 65535.
    """

    words: list[str]
    """pieces of words where the model splits them: what goes on begins with ##"""
    cut: bool
    """whether the text is longer than the model reads"""


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
    """between the class tokens of both runs; between their mean patches where the model has no class token;
    of a clip between the model's outputs, the plain one the mean over the frames, each run alone"""
    frames: Frames | None = None
    """of a clip"""
    sound: Sound | None = None
    """of a sound"""
    text: Text | None = None
    """of a text; ``class_cosine`` is that of its embeddings"""


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
    sound: str | None = Field(None, pattern=r"^([a-z0-9-]{1,40}|[0-9a-f]{64})$")
    """name of a sample sound, or SHA-256 of an uploaded one, instead of a photo; its model is Whisper"""
    text: str | None = Field(None, pattern=r"^([a-z0-9-]{1,40}|[0-9a-f]{64})$")
    """name of a sample text, or SHA-256 of a reader's own, instead of a photo; its model is all-MiniLM-L6-v2"""
    model: str = Field("embedded", max_length=120)
    size: int = Field(224, ge=56, le=518)
    """pixels of a square with as many patches"""
    crop: Literal["whole", "square"] = "whole"
    offset: float = Field(0.5, ge=0, le=1)
    """of the square crop along the longer side"""
    clip: str | None = Field(None, pattern=r"^([a-z0-9-]{1,40}|[0-9a-f]{64})$")
    """name of a sample clip, or SHA-256 of an uploaded one, instead of a photo"""
    frames: int = Field(6, ge=4, le=16)
    """of the clip, at the middles of equal parts"""
    start: float = Field(0, ge=0, le=3600)
    """seconds"""
    seconds: float | None = Field(None, ge=0.1, le=3600)
    """of the clip from ``start`` on; the rest of it if None"""
    attention: Literal["framewise", "joint", "frames-apart"] = "framewise"
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
    def _has_one_sample(self) -> "Query":
        given = [name for name in ("photo", "clip", "sound", "text") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{given[1]} must be left out beside {given[0]}")
        return self

    @model_validator(mode="after")
    def _is_a_configuration(self) -> "Query":
        try:
            _ = self.config
        except TypeError as reason:
            raise ValueError(str(reason)) from reason
        return self

    @property
    def own(self) -> bool:
        """Whether this is about a file that a session has uploaded."""
        return bool(self.photo) or any(len(name or "") == 64 for name in (self.clip, self.sound, self.text))

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
        if self.clip or self.sound or self.text:
            raise ValueError("panels must be of a photo")
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
