"""A photo and a model, and the photo-only part of the record."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from explorer.engine.models import Backbone
from explorer.media import photos
from explorer.media.images import Picture
from explorer.media.views import View, fit
from explorer.memory.shelf import Shelf
from explorer.records import build
from explorer.records.errors import BadQuery
from explorer.records.query import Query
from tome.config import MergeConfig

__all__ = ["Source", "caption", "photo_address", "photo_part", "picture_of", "source"]


@dataclass(frozen=True, eq=False)
class Source:
    """A photo and a model: the source of runs."""

    backbone: Backbone
    picture: Picture
    view: View
    size: int
    address: str
    """address of the photo, relative to the app's"""

    @property
    def merged(self) -> Any:
        """The module whose tokens merge."""
        return self.backbone.model

    @property
    def key(self) -> tuple:
        return (self.backbone.key, self.picture.digest, self.picture.name, self.view)


def source(backbone: Backbone, picture: Picture, query: Query) -> Source:
    """Return the source for ``picture`` at the size and crop of ``query``."""
    size, crop = (query.size, query.crop) if backbone.any_shape else (backbone.side, "square")
    view = fit(picture, backbone.patch, max(1, size // backbone.patch) ** 2, crop, query.offset)
    return Source(backbone, picture, view, size, photo_address(query))


def caption(source: Source, config: MergeConfig) -> str:
    """Return model, size and configuration in words."""
    return build.caption([source.backbone.label, f"{source.size} px"], config)


_PHOTO_PARTS = Shelf(megabytes=8)


@dataclass(frozen=True)
class _PhotoPart:
    fields: dict

    @property
    def nbytes(self) -> int:
        return 400 + len(self.fields["colours"])


def photo_part(source: Source) -> build.Json:
    """Return the fields of a record that depend on the photo alone."""
    key = (source.picture.digest, source.picture.name, source.view, source.address)
    known = _PHOTO_PARTS.get(key)
    if known is None:
        known = _PhotoPart(build.photo_part(source.picture, source.view, source.address))
        _PHOTO_PARTS.put(key, known)
    return known.fields


def picture_of(query: Query) -> Picture:
    """Return the photo that ``query`` names, or raise BadQuery."""
    try:
        return photos.own(query.photo) if query.photo else photos.sample(query.sample)
    except KeyError:
        if query.photo:
            raise BadQuery("photo", "must be the digest of a file that an open session holds", query.photo) from None
        raise BadQuery("sample", f"must be one of {', '.join(photos.samples())}", query.sample) from None


def photo_address(query: Query) -> str:
    """Return the address of the photo, relative to the app's."""
    return "api/v1/photo?" + urlencode({"photo": query.photo} if query.photo else {"sample": query.sample})
