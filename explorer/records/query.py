"""Queries of one or several records: the parameters of the routes."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from explorer.records.schema import Frozen
from tome.config import MergeConfig, of_paper

__all__ = ["MOST_PANELS", "MOST_PATCHES", "PanelsQuery", "Query", "SimilarityQuery", "of_json"]

MOST_PANELS = 12
"""Configurations in one request."""
MOST_PATCHES = 4200
"""patches in all frames of a clip: attention is quadratic in them, in memory and time"""


def _r(value: Any) -> Any:
    """Return r from a link: ``16``, ``16,-1`` for (r, inflection) or ``[8,8,4]`` for one r per layer."""
    if not isinstance(value, str):
        return value
    try:
        if value.startswith("["):
            return json.loads(value)
        count, *inflection = value.split(",")
        return (int(count), *map(float, inflection)) if inflection else int(count)
    except (ValueError, RecursionError):
        raise ValueError("r must be a number, r,inflection or [r of each layer]") from None


def of_json(rule: str) -> Callable[[Any], Any]:
    """Return what reads a parameter in JSON; ``rule`` is said of anything else."""

    def read(value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError):  # brackets in brackets, thousands of times
            raise ValueError(rule) from None

    return read


_CONFIG = tuple(name for name in MergeConfig.__dataclass_fields__)


class Query(Frozen):
    """The query of a record.  Omitted fields of MergeConfig are the paper's for the model; r is 16."""

    sample: str = Field("dog", max_length=80)
    photo: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of an uploaded file, instead of ``sample``"""
    sound: str | None = Field(None, pattern=r"^([a-z0-9-]{1,40}|[0-9a-f]{64})$")
    """name of a sample sound, or SHA-256 of an uploaded one, instead of a photo; its model is Whisper"""
    text: str | None = Field(None, pattern=r"^([a-z0-9-]{1,40}|[0-9a-f]{64})$")
    """name of a sample text, or SHA-256 of an own one, instead of a photo; its model is all-MiniLM-L6-v2"""
    model: str = Field("embedded", max_length=120)
    size: int = Field(224, ge=56, le=518)
    """pixels of a side of the square with about as many patches"""
    crop: Literal["whole", "square"] = "whole"
    offset: float = Field(0.5, ge=0, le=1)
    """position of the square crop along the longer side"""
    clip: str | None = Field(None, pattern=r"^([a-z0-9-]{1,40}|[0-9a-f]{64})$")
    """name of a sample clip, or SHA-256 of an uploaded one, instead of a photo"""
    frames: int = Field(6, ge=4, le=16)
    """number of frames, from the middles of equal parts of the clip"""
    start: float = Field(0, ge=0, le=3600)
    """start of the interval, in seconds"""
    seconds: float | None = Field(None, ge=0.1, le=3600)
    """length of the interval; None for the rest of the clip"""
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
    params: Annotated[dict[str, Any] | None, BeforeValidator(of_json("params must be a JSON object"))] = None
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
        """Whether the sample is an upload of a session."""
        return bool(self.photo) or any(len(name or "") == 64 for name in (self.clip, self.sound, self.text))

    @property
    def config(self) -> MergeConfig:
        named = {name: getattr(self, name) for name in _CONFIG if getattr(self, name) is not None}
        return MergeConfig(**{**of_paper(self.model), **named})


class PanelsQuery(Query):
    """The query of several records: one sample under several configurations."""

    panels: Annotated[list[dict[str, Any]], BeforeValidator(of_json("panels must be a JSON list of objects"))] = Field(
        min_length=1, max_length=MOST_PANELS
    )
    """per panel, the fields of MergeConfig that differ from the query's"""
    patch: int | None = Field(None, ge=0)
    """patch whose similarities to all patches are included, in every panel"""
    layer: int | None = Field(None, ge=0)
    """layer after which the first panel is sent early, during its run"""

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
            return Query(**{**own, **panel}, model=self.model).config
        except ValidationError as invalid:
            first = invalid.errors()[0]
            name = f"{first['loc'][0]}: " if first["loc"] else ""
            rule = first["msg"].removeprefix("Value error, ")
            raise ValueError(f"panels must be configurations; panel {number}: {name}{rule}") from None


class SimilarityQuery(Query):
    """The query of the similarities between a patch of one photo and the patches of another."""

    patch: int = Field(ge=0)
    """patch of the photo whose similarities to all patches of both photos are requested"""
    beside: str = Field(pattern=r"^([a-z0-9-]{1,40}|[0-9a-f]{64})$")
    """the other photo: a sample's name, or the SHA-256 of an upload; same model, size, crop and configuration"""

    @model_validator(mode="after")
    def _is_of_photos(self) -> "SimilarityQuery":
        if self.clip or self.sound or self.text:
            raise ValueError("beside must be a photo beside a photo")
        return self

    @property
    def own(self) -> bool:
        return super().own or len(self.beside) == 64

    @property
    def other(self) -> Query:
        """Return the query of the other photo."""
        shared = {name: getattr(self, name) for name in Query.model_fields if name not in ("sample", "photo")}
        return Query(**shared, **{"photo" if len(self.beside) == 64 else "sample": self.beside})
