"""Several configurations of one sample: cached results, one task for the rest, and the records to send."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.engine.task import Task
from explorer.locale.language import mark
from explorer.records import build
from explorer.records.errors import BadQuery
from explorer.records.photos import Source, caption, photo_part
from explorer.records.runnable import check_runnable
from explorer.records.schema import Record
from explorer.records.service import Body, Records
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.engine.compare import Failure, Trial
    from tome import LayerTrace

__all__ = ["Panels", "Part"]

LAYER = mark("layer {number} of {depth}")


@dataclass(frozen=True, eq=False)
class Part:
    """A running forward: the steps of its first blocks."""

    config: MergeConfig
    steps: "tuple[LayerTrace, ...]"


class Panels:
    """The trials of ``source`` under ``configs``, which may be equal."""

    def __init__(self, records: Records, source: Source, configs: Sequence[MergeConfig]):
        self.records, self.source, self.configs = records, source, tuple(configs)

    @property
    def depth(self) -> int:
        """Blocks of the model."""
        return len(self.source.backbone.model.blocks)

    def found(self, config: MergeConfig) -> "Trial | Failure | None":
        """Return the cached result of a configuration, or None."""
        return self.records.results.get(("trial", *self.source.key, config.key))

    @property
    def missing(self) -> list[MergeConfig]:
        """Return the distinct configurations without a result, in order."""
        return [config for config in dict.fromkeys(self.configs) if self.found(config) is None]

    def ask(self, client: str, token: object = None, layer: int | None = None) -> Task:
        """Start the missing runs for ``client``.  The task's results are trials and failures in order of completion.

        The first result is a ``Part``, once the first configuration has reached ``layer``.  Raises Busy.
        """
        subject = ("panels", *self.source.key, *(config.key for config in self.configs))
        return self.records.tasks.ask(client, subject, lambda task: self.run(task, layer), token=token)

    def run(self, task: Task, layer: int | None = None) -> None:
        """Compute the missing results, and publish one per distinct configuration."""
        missing = self.missing
        for config in dict.fromkeys(self.configs):
            if (found := self.found(config)) is not None:
                task.publish(found)  # computed by another task in the meantime

        def look(config: MergeConfig, steps: "Sequence[LayerTrace]") -> None:
            if config == missing[0] and len(steps) == layer < self.depth:
                task.publish(Part(config, tuple(steps)))

        self._compute(missing, task, task.publish, look)

    def trials(self, task: Task) -> "list[Trial | Failure]":
        """Return the result of each configuration, from the cache or run now in this thread."""
        found = {config.key: self.found(config) for config in self.configs}
        missing = [config for config in dict.fromkeys(self.configs) if found[config.key] is None]
        self._compute(missing, task, lambda result: found.update({result.config.key: result}))
        return [found[config.key] for config in self.configs]

    def _compute(
        self,
        missing: Sequence[MergeConfig],
        task: Task,
        tell: "Callable[[Trial | Failure], object]",
        look: "Callable[[MergeConfig, Sequence[LayerTrace]], None]" = lambda config, steps: None,
    ) -> None:
        """Run ``missing``, and keep and tell each result."""
        from explorer.engine.compare import Failure, trials

        def check(block: int) -> None:
            task.check()
            task.note = LAYER.format(number=block + 1, depth=self.depth)

        def keep(result: "Trial | Failure") -> None:
            self.records.results.put(("trial", *self.source.key, result.config.key), result)
            tell(result)

        runnable = []
        for config in missing:
            try:
                check_runnable(self.source, config)
                runnable.append(config)
            except BadQuery as bad:
                keep(Failure.of(config, bad.rule))
        if runnable:
            start = self.records.prefix(self.source, runnable)
            trials(
                self.source.backbone, start, runnable, check, keep,
                on_steps=lambda index, steps: look(runnable[index], steps),
            )  # fmt: skip

    def check_patch(self, patch: int | None) -> None:
        """Raise BadQuery unless the view has this patch."""
        count = self.source.view.rows * self.source.view.cols
        if patch is not None and patch >= count:
            raise BadQuery("patch", f"must be below the {count} patches of the view", str(patch))

    def input(self) -> Record:
        """Return the record before the run."""
        return Record(**build.record_of_input(photo_part(self.source), self._prefix, self.depth))

    def part(self, part: Part) -> Record:
        """Return the record of a running forward."""
        told = caption(self.source, part.config)
        return Record(**build.record_of_steps(photo_part(self.source), part.steps, self._prefix, self.depth, told))

    def body(self, trial: "Trial") -> Body:
        """Return the serialised record of a run."""
        return self.records.body(self.source, trial.config, trial.trace)

    @property
    def _prefix(self) -> int:
        return self.source.backbone.model.num_prefix_tokens
