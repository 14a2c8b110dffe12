"""A comparison over many photos: a line per photo, mean and spread, and a CSV file."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import tome
from explorer.engine.choices import columns_of
from explorer.engine.compare import Failure, Score, Trial, measure, trials
from explorer.engine.forward import begin
from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.measuring.rows import as_csv, file_name, rate_in_name
from explorer.media.folder import Entry, picture
from explorer.media.images import BadImage, Picture
from explorer.media.views import View

__all__ = ["Line", "Summary", "csv_name", "summaries", "survey", "to_csv"]


@dataclass(frozen=True)
class Line:
    """One photo under one configuration, or the reason for its failure."""

    photo: str
    panel: str
    config: tome.MergeConfig | None
    score: Score | None
    reason: str = ""
    digest: str = ""
    """digest of the photo's file, if it is readable"""
    tokens: int | None = None
    """tokens of the photo, class token included"""
    tokens_left: int | None = None
    """tokens after the last layer"""

    @property
    def again(self) -> bool:
        """Return whether the photo counts under another name."""
        return bool(self.digest) and not self.panel


@dataclass(frozen=True)
class Summary:
    """One configuration over all photos: mean and standard deviation of every number of a Score."""

    panel: str
    photos: int
    mean: dict[str, float | None]
    spread: dict[str, float | None]


def survey(
    backbone: Backbone,
    files: Sequence[Entry],
    see: Callable[[Picture], View],
    panels: Sequence[tuple[str, tome.MergeConfig]],
    reference: int,
    task: Task,
    on_photo: Callable[[list[Line]], None],
) -> None:
    """Measure every photo under every panel (title, configuration), and report after each photo.

    ``see`` returns the model's view of a photo.  A refused photo, or a duplicate under another name, gets one line with
    the reason.
    """
    names: dict[str, str] = {}
    for entry in files:
        task.check()
        try:
            photo = picture(entry)
        except BadImage as refused:
            on_photo([Line(entry.name, "", None, None, str(refused))])
            continue
        first = names.setdefault(photo.digest, entry.name)
        if first != entry.name:
            reason = f"“{entry.name}” is the same photo as “{first}”; it counts once."
            on_photo([Line(entry.name, "", None, None, reason, photo.digest)])
            continue
        on_photo(_measure(backbone, photo, see(photo), panels, reference, task))


def _measure(backbone, photo: Picture, view: View, panels, reference: int, task: Task) -> list[Line]:
    plain = tome.MergeConfig(r=0)
    found: dict[str, Trial | Failure] = {}
    configs = list(dict.fromkeys([*(config for _, config in panels), plain]))
    start = begin(backbone, photo, view, configs)
    trials(backbone, start, configs, task.check, lambda result: found.update({result.config.key: result}))
    rival, lines = found[panels[reference][1].key], []
    for title, config in panels:
        trial = found[config.key]
        if isinstance(trial, Failure):
            lines.append(Line(photo.name, title, config, None, trial.reason, photo.digest))
            continue
        score = measure(trial, found[plain.key], trial if isinstance(rival, Failure) else rival)
        left = int((trial.trace.layers[-1].size > 0).sum())
        lines.append(Line(photo.name, title, config, score, "", photo.digest, trial.trace.n_in, left))
    return lines


def summaries(lines: Sequence[Line]) -> list[Summary]:
    """Return mean and spread per panel, in order of first appearance, without failures."""
    result = []
    for panel in dict.fromkeys(line.panel for line in lines):
        scores = [asdict(line.score) for line in lines if line.score and line.panel == panel]
        there = {name: [each[name] for each in scores if each[name] is not None] for name in (scores or [{}])[0]}
        mean = {name: statistics.fmean(values) if values else None for name, values in there.items()}
        spread = {name: statistics.stdev(values) if len(values) > 1 else None for name, values in there.items()}
        if scores:
            result.append(Summary(panel, len(scores), mean, spread))
    return result


def to_csv(lines: Iterable[Line], setting: Mapping[str, object] | None = None) -> str:
    """Return one line per photo and panel, with every field of its configuration and the common ``setting``.

    A field without effect is left empty.
    """
    names = [field.name for field in fields(Score)]
    return as_csv(
        [
            {"photo": line.photo, "panel": line.panel}
            | {name: line.score and getattr(line.score, name) for name in names}
            | {"tokens": line.tokens, "tokens_left": line.tokens_left, "reason": line.reason, "digest": line.digest}
            | columns_of(line.config)
            | dict(setting or {})
            for line in lines
        ]
    )


def csv_name(setting: Mapping[str, object], lines: Sequence[Line], page: str = "lab") -> str:
    """Return a name for ``to_csv(lines)``: page, photos and r, then digits.

    It is the same for the same ``setting``, photos and configurations only.
    """
    photos = len({line.digest or line.photo for line in lines if line.score})
    rates = dict.fromkeys(rate_in_name(line.config.r) for line in lines if line.config)
    subject = "-".join([page.replace("_", "-"), f"{photos}-photos", *rates])
    shown = [{"photo": line.digest or line.photo, "config": line.config and line.config.key} for line in lines]
    return file_name(subject, [setting, *shown], "csv")
