"""Two photos through one model under one configuration, for the similarity of a patch of one to the other."""

from typing import TYPE_CHECKING

from explorer.engine.task import Task
from explorer.records.errors import BadQuery
from explorer.records.panels import Panels
from explorer.records.query import SimilarityQuery
from explorer.records.service import Records

if TYPE_CHECKING:
    from explorer.engine.compare import Trial

__all__ = ["Pair"]


class Pair:
    """The runs of both photos of ``query``.  Raises BadQuery."""

    def __init__(self, records: Records, query: SimilarityQuery):
        self.tasks = records.tasks
        own = Panels(records, records.source(query), [query.config])
        own.check_patch(query.patch)
        try:
            there = records.source(query.other)
        except BadQuery as bad:
            raise BadQuery("beside", bad.rule, query.beside) from None
        self.runs = own, Panels(records, there, [query.config])

    @property
    def found(self) -> "tuple[Trial, Trial] | None":
        """Return both runs if they are cached.  Raises BadQuery if one failed."""
        own, there = (run.found(run.configs[0]) for run in self.runs)
        return None if own is None or there is None else self.checked((own, there))

    def checked(self, results: tuple) -> "tuple[Trial, Trial]":
        """Return the two results of the task.  Raises BadQuery if a run failed."""
        from explorer.engine.compare import Failure

        for result in results:
            if isinstance(result, Failure):
                raise BadQuery("algorithm", result.reason, result.config.algorithm)
        own, there = results
        return own, there

    def ask(self, client: str, token: object = None) -> Task:
        """Start the missing runs for ``client``.  The task's two results are the runs, in order."""

        def work(task: Task) -> None:
            for run in self.runs:
                run.run(task)

        subject = ("beside", *(part for run in self.runs for part in run.source.key), self.runs[0].configs[0].key)
        return self.tasks.ask(client, subject, work, token=token)
