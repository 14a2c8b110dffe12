"""From a query to its record, through caches and the pool."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from explorer.engine.checkpoints import ServerFault, operator_folder
from explorer.engine.engine import Engine, Loading
from explorer.engine.measurements import Measurements
from explorer.engine.media_models import SoundModel, VideoModel
from explorer.engine.models import EMBEDDED, Backbone
from explorer.engine.packaged import MINILM, WHISPER, Packaged
from explorer.engine.task import Task
from explorer.memory.shelf import Shelf
from explorer.records import build, clips, photos, sound_classes, sounds, texts, tubelets
from explorer.records.clips import ClipSource
from explorer.records.errors import BadQuery
from explorer.records.photos import Source, caption, photo_part, picture_of
from explorer.records.query import Query
from explorer.records.runnable import check_runnable
from explorer.records.schema import Record
from explorer.records.sound_classes import ClassSource
from explorer.records.sounds import SoundSource
from explorer.records.texts import TextSource
from explorer.records.tubelets import TubeletSource
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.engine.forward import Outcome
    from tome import Trace
    from tome.forward.prefix import SharedPrefix

__all__ = ["PLAIN", "AnySource", "Body", "Records", "model_key", "service"]

PLAIN = MergeConfig(r=0)


AnySource = Source | ClipSource | TubeletSource | SoundSource | ClassSource | TextSource


@dataclass(frozen=True)
class Body:
    """A serialised record."""

    text: bytes
    zipped: bytes
    tag: str

    @classmethod
    def of(cls, record: Record) -> "Body":
        text = record.model_dump_json().encode()
        return cls(text, gzip.compress(text, 5), sha256(text).hexdigest()[:20])

    @property
    def nbytes(self) -> int:
        return len(self.text) + len(self.zipped)


@dataclass(frozen=True, eq=False)
class _Kept:
    record: Record
    body: Body

    @property
    def nbytes(self) -> int:
        return 3 * self.body.nbytes


def model_key(name: str) -> str:
    """Return the engine's key of a model that a query names."""
    return EMBEDDED if name == "embedded" else name


class Records:
    """The records of one server.  Shared by its threads."""

    def __init__(self, engine: Engine):
        self.engine, self.tasks = engine, engine.tasks
        self.measurements = Measurements(self.tasks)
        self.results = Shelf(megabytes=256)
        """results of runs by key: outcomes, trials, timings"""
        self._prefixes, self._records = Shelf(megabytes=64), Shelf(megabytes=48)

    def loading(self, query: Query, again: bool = False) -> Loading:
        """Return the model of ``query``, loaded or loading, or failed: unless ``again``, also for a state of the server."""
        embedded = query.model == "embedded"
        key = WHISPER if query.sound and embedded else MINILM if query.text else model_key(query.model)
        return self.engine.again(key) if again else self.engine.model(key)

    def source(self, query: Query, wait: float = 0, loading: Loading | None = None) -> AnySource:
        """Return the source of ``query``; ``loading`` is its model, if it is known.

        Raises BadQuery, also if its model is not loaded after ``wait`` seconds or does not support its configuration, and
        ServerFault if it could not be loaded for a state of the server.
        """
        loading = loading or self.loading(query)
        loading.done.wait(wait)
        if issubclass(loading.kind, ServerFault):
            raise loading.kind(loading.error)
        if loading.backbone is None:
            raise BadQuery("model", loading.error or "is still loading", query.model)
        source = _source(loading.backbone, query)
        check_runnable(source, query.config)
        return source

    def known(self, source: AnySource, config: MergeConfig) -> _Kept | None:
        """Return the record if it is cached."""
        return self._records.get((*source.key, config.key))

    def ask(self, source: AnySource, config: MergeConfig, client: str, token: object = None) -> Task:
        """Start the run of a record for ``client``.  The task's only result is later returned by ``known``."""

        def work(task: Task) -> None:
            task.publish(self._found(source, config, task))

        return self.tasks.ask(client, ("record", *source.key, config.key), work, token=token)

    def found(self, source: AnySource, config: MergeConfig, task) -> Record:
        """Return the record, from the cache or run now in this thread."""
        return self._found(source, config, task).record

    def _found(self, source: AnySource, config: MergeConfig, task) -> _Kept:
        return self.known(source, config) or self._keep(source, config, self.run(source, config, task))

    def run(self, source: AnySource, config: MergeConfig, task) -> Record:
        """Return the record, run now in this thread; ``task`` has ``check()`` and takes a ``note``."""
        from explorer.engine.forward import class_cosine

        if not isinstance(source, Source):
            return source.record(config, self.results, task)
        merged = self.outcome(source, config, task)
        plain = self.outcome(source, PLAIN, task)
        return self._told(
            source, config, merged.trace,
            figures=build.figures(merged), plain=build.figures(plain), class_cosine=class_cosine(plain, merged),
        )  # fmt: skip

    def outcome(self, source: Source, config: MergeConfig, task) -> "Outcome":
        """Return the outcome of one run, from the cache or run now in this thread."""
        from explorer.engine.forward import forward

        key = ("outcome", *source.key, config.key)
        known = self.results.get(key)
        if known is None:
            known = forward(source.backbone, self.prefix(source, [config]), config, task)
            self.results.put(key, known)
        return known

    def prefix(self, source: Source, configs: Sequence[MergeConfig]) -> "SharedPrefix":
        """Return the shared prefix of the runs of ``source`` under ``configs``, from the cache or run now."""
        from explorer.engine.forward import begin

        known = self._prefixes.get(source.key)
        start = begin(source.backbone, source.picture, source.view, configs, known)
        if start is not known:
            self._prefixes.put(source.key, start)
        return start

    def body(self, source: Source, config: MergeConfig, trace: "Trace") -> Body:
        """Return the serialised record of a trace, without figures, from the cache or built now."""
        key = ("bare", *source.key, config.key)
        known = self._records.get(key)
        if known is None:
            known = Body.of(self._told(source, config, trace))
            self._records.put(key, known)
        return known

    def _keep(self, source: AnySource, config: MergeConfig, record: Record) -> _Kept:
        kept = _Kept(record, Body.of(record))
        self._records.put((*source.key, config.key), kept)
        return kept

    def _told(self, source: Source, config: MergeConfig, trace, **more) -> Record:
        return Record(**build.record(photo_part(source), trace, caption(source, config), **more))


def _source(model: Any, query: Query) -> AnySource:
    kinds = {
        "sound": ((Packaged, sounds.source), (SoundModel, sound_classes.source)),
        "text": ((Packaged, texts.source),),
        "clip": ((Backbone, clips.source), (VideoModel, tubelets.source)),
    }
    subject = next((name for name in kinds if getattr(query, name)), "picture")
    if subject == "picture" and isinstance(model, Backbone):
        return photos.source(model, picture_of(query), query)
    for kind, make in kinds.get(subject, ()):
        if isinstance(model, kind):
            return make(model, query)
    raise BadQuery("model", f"must be one for {subject}s", query.model)


@cache
def service() -> Records:
    """Return the records of this server."""
    return Records(Engine(operator_folder()))
