"""The query of a figure: its records and its drawing options."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from explorer.export.tiles import Fill
from explorer.records.query import MOST_PANELS, PanelsQuery, Query, of_json
from tome.config import MergeConfig
from tome.schedule import PerLayer

__all__ = ["FORMATS", "FigureQuery"]

FORMATS = {
    "svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "mp4": "video/mp4", "webm": "video/webm", "html": "text/html; charset=utf-8", "json": "application/json",
    "view": "application/json", "txt": "text/plain; charset=utf-8", "bib": "text/plain; charset=utf-8",
}  # fmt: skip
"""name → media type; view is the origin alone, txt the caption, bib the citation"""


Title = Annotated[str, Field(max_length=80)]


class FigureQuery(Query):
    """A figure's records, drawing options and file format."""

    format: Literal["svg", "pdf", "png", "gif", "webp", "mp4", "webm", "html", "json", "view", "txt", "bib"] = "svg"
    layer: int | None = Field(None, ge=0)
    """0 is the input; the last one if None.  A film shows all of them"""
    fill: Fill = "mean"
    arrows: bool = False
    pinned: int | None = Field(None, ge=0)
    """patch whose token is outlined"""
    similarity: bool = False
    """whether every patch of a photo has the colour of its similarity to the pinned one, instead of a fill"""
    reference: int | None = Field(None, ge=0)
    """panel from which the fill difference is"""
    beside: str | None = Field(None, pattern=r"^([a-z0-9-]{1,40}|[0-9a-f]{64})$")
    """another photo in the figure: a sample's name, or the SHA-256 of an upload; same size and configuration"""
    beside_model: str | None = Field(None, max_length=120)
    """another model in the figure, of the same photo or of the one beside"""
    pinned_beside: bool = False
    """whether the pinned patch is one of the other photo"""
    width: int = Field(960, ge=320, le=1920)
    """pixels; ignored by vector formats and text"""
    inches: float | None = Field(None, ge=2, le=20)
    """width on paper, for which letters have 7 points and several panels a letter each; ignored by pages and records"""
    caption: bool = True
    """whether the caption is in the picture; format txt has it anyway"""
    panels: Annotated[
        list[dict[str, Any]] | None, BeforeValidator(of_json("panels must be a JSON list of objects"))
    ] = Field(None, min_length=1, max_length=MOST_PANELS)
    """per panel, the fields of MergeConfig that differ from the query's; None for a single panel"""
    titles: Annotated[list[Title] | None, BeforeValidator(of_json("titles must be a JSON list of texts"))] = None
    """titles of the panels; by default their differences"""
    lang: Literal["en", "zh"] = "en"
    """language of a page; figures are in English"""
    link: str = Field("", max_length=2000, pattern=r"^([a-z_]{0,20}\?[A-Za-z0-9%&=+.,_~*-]*)?$")
    """link of the view for the file's origin, relative to the app's address"""

    @model_validator(mode="after")
    def _can_be_drawn(self) -> "FigureQuery":
        count = len(self.configs)
        if self.titles is not None and len(self.titles) != count:
            raise ValueError(f"titles must be as many as the panels, {count}")
        if self.similarity and self.pinned is None:
            raise ValueError("similarity must come with pinned, the patch that all are compared with")
        if self.similarity and (self.clip or self.sound or self.text):
            raise ValueError("similarity must be of a photo")
        if self.fill == "difference" and (self.reference is None or not self.reference < count > 1):
            raise ValueError(
                "fill must not be difference unless reference is the number of one of several panels, from 0"
            )
        if self.pinned_beside and (self.beside_model or not self.beside):
            raise ValueError("pinned_beside must come with beside, another photo under the same model")
        if self.pair:
            self._check_beside()
        return self

    def _check_beside(self) -> None:
        if self.clip or self.sound or self.text or self.panels is not None:
            raise ValueError("beside must be a photo beside a photo, without panels")
        if self.format in ("html", "json"):
            raise ValueError("format must be a figure or a film for two photos or models")
        if self.beside_model and self.similarity:
            raise ValueError("similarity must be of one model: two do not compare alike")

    @property
    def own(self) -> bool:
        return super().own or len(self.beside or "") == 64

    @property
    def pair(self) -> bool:
        """Whether another photo or another model is beside."""
        return self.beside is not None or self.beside_model is not None

    @property
    def other(self) -> Query | None:
        """Return the query of the photo and the model beside."""
        if not self.pair:
            return None
        asked = {name: getattr(self, name) for name in Query.model_fields}
        if self.beside is not None:
            own = len(self.beside) == 64
            asked |= {"photo": self.beside} if own else {"photo": None, "sample": self.beside}
        return Query(**asked | {"model": self.beside_model or self.model})

    @property
    def configs(self) -> list[MergeConfig]:
        """Return the configuration of each panel.  Raises ValueError."""
        if self.panels is None:
            return [self.config]
        own = {name: getattr(self, name) for name in Query.model_fields}
        return PanelsQuery.model_construct(**own, panels=self.panels).configs

    @property
    def first(self) -> Query:
        """Return the query of the first panel alone."""
        asked = {name: getattr(self, name) for name in Query.model_fields}
        own = {name: getattr(self.configs[0], name) for name in (self.panels or [{}])[0]}
        if isinstance(own.get("r"), PerLayer):
            own["r"] = list(own["r"])
        if "params" in own:
            own["params"] = dict(own["params"])
        return Query.model_construct(**asked | own)

    @property
    def drawn(self) -> bool:
        return self.moving or self.format in ("svg", "pdf", "png")

    @property
    def moving(self) -> bool:
        return self.format in ("gif", "webp", "mp4", "webm")
