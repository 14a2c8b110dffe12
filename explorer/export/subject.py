"""What a source shows: its picture, the settings of its runs, and its digest."""

from collections.abc import Mapping

from explorer.export.settings import settings
from explorer.media.clips import sheet
from explorer.media.sounds import filter_bank
from explorer.records import sounds
from explorer.records.clips import ClipSource, frames_sheet
from explorer.records.photos import Source, picture_of
from explorer.records.query import Query
from explorer.records.service import AnySource
from explorer.records.sound_classes import ClassSource
from explorer.records.sounds import SoundSource
from explorer.records.texts import TextSource
from explorer.records.tubelets import TubeletSource
from tome.config import MergeConfig

__all__ = ["digest_of", "picture_bytes", "settings_of"]


def digest_of(source: AnySource) -> str:
    """Return the SHA-256 of the file or the text that ``source`` is about."""
    if isinstance(source, TextSource):
        return source.text.digest
    return source.picture.digest if isinstance(source, Source) else source.file.digest


def picture_bytes(source: AnySource, query: Query) -> bytes:
    """Return the picture of a record of ``source``: a JPEG, the PNG of a spectrogram, or nothing of a text."""
    from explorer.media.views import thumbnail

    if isinstance(source, TextSource):
        return b""
    if isinstance(source, SoundSource):
        return sounds.spectrogram(query)
    if isinstance(source, ClassSource):
        return filter_bank(source.sound, source.backbone.layout.frames)
    if isinstance(source, TubeletSource):
        return sheet(source.clip)
    return frames_sheet(query) if isinstance(source, ClipSource) else thumbnail(picture_of(query))[0]


def settings_of(source: AnySource, config: MergeConfig) -> Mapping[str, str]:
    """Return every setting of a run by name."""
    if isinstance(source, TextSource):
        seen = f"{source.count} word pieces" + ", the first of a longer text" * source.cut
        return settings(source.minilm, seen, config)
    if isinstance(source, SoundSource):
        return settings(source.whisper, "log-Mel spectrogram, 30 s", config)
    if isinstance(source, ClassSource):
        seen = f"filter bank of 128 bands, {source.backbone.layout.frames / 100:g} s"
        return settings(source.backbone, seen, config)
    if isinstance(source, TubeletSource):
        model = source.backbone
        seen = f"{model.frames} frames of {model.side} px, tubelets of {model.tubelet} × {model.patch} × {model.patch}"
        return settings(model, seen, config)
    view, whole = source.view, "whole photo"
    if isinstance(source, ClipSource):
        seen = f"{len(source.clip.times)} frames, {source.size} px, {view.rows} × {view.cols} patches each"
        return settings(source.backbone, seen, config, attention=source.attention)
    height, width, _ = source.picture.pixels.shape
    if (view.width, view.height) != (width, height):
        whole = f"square crop at {view.x:g}, {view.y:g} of {width} × {height} pixels"
    seen = f"{source.size} px, {whole}, {view.rows} × {view.cols} patches"
    return settings(source.backbone, seen, config)
