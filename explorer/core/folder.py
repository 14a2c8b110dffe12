"""The photos of a folder or a zip archive, one after another, and a comparison over all of them."""

import csv
import io
import statistics
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby

import tome
from explorer.core.compare import Failure, Score, Trial, measure, trials
from explorer.core.images import BadImage, Picture, display_name, load
from explorer.core.models import Backbone
from explorer.core.runs import Job
from explorer.core.views import View

__all__ = [
    "MOST_BYTES",
    "MOST_FILES",
    "Entry",
    "Line",
    "Summary",
    "entries",
    "picture",
    "samples",
    "summaries",
    "survey",
    "to_csv",
]

MOST_FILES = 200
MOST_BYTES = 100 * 2**20
"""of a zip archive, unpacked"""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, eq=False)
class Entry:
    """A file that may be a photo.  ``read`` is called when its turn comes, and may raise BadImage."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Line:
    """One photo under one configuration, or why there is nothing to say about it."""

    photo: str
    panel: str
    config: tome.MergeConfig | None
    score: Score | None
    reason: str = ""


@dataclass(frozen=True)
class Summary:
    """One configuration over all photos: mean and standard deviation of every number of a Score."""

    panel: str
    photos: int
    mean: dict[str, float | None]
    spread: dict[str, float | None]


def entries(files: Iterable[tuple[str, bytes]]) -> list[Entry]:
    """The photos among ``files`` (name, content): zip archives are looked into, once.

    Raises BadImage where there are too many, or where an archive would unpack to too much or cannot be read.
    """
    found: list[Entry] = []
    for name, content in files:
        found += (
            _inside(name, content) if content[:4] == b"PK\x03\x04" else [Entry(display_name(name), lambda c=content: c)]
        )
        if len(found) > MOST_FILES:
            raise BadImage(f"There are more than {MOST_FILES} files: choose fewer.")
    return _told_apart(found)


def picture(entry: Entry) -> Picture:
    """Read an entry through the image gate, or raise BadImage."""
    return load(entry.read(), entry.name)


def _told_apart(found: list[Entry]) -> list[Entry]:
    """Files of one name, from different folders, get a number."""
    seen: dict[str, int] = {}
    apart = []
    for entry in found:
        seen[entry.name] = number = seen.get(entry.name, 0) + 1
        apart.append(entry if number == 1 else Entry(f"{entry.name} ({number})", entry.read))
    return apart


def _inside(name: str, content: bytes) -> list[Entry]:
    shown = display_name(name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        inside = [member for member in archive.infolist() if _is_photo(member)]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as reason:
        raise BadImage(f"“{shown}” is not a zip archive that can be read: pack it again.") from reason
    if len(inside) > MOST_FILES:
        raise BadImage(f"“{shown}” holds more than {MOST_FILES} files: pack fewer.")
    if sum(member.file_size for member in inside) > MOST_BYTES:
        raise BadImage(f"“{shown}” unpacks to more than {MOST_BYTES // 2**20} MB: pack fewer or smaller photos.")
    return [Entry(display_name(member.filename), lambda m=member: _unpack(archive, m)) for member in inside]


def _is_photo(member: zipfile.ZipInfo) -> bool:
    last = member.filename.rsplit("/", 1)[-1]
    return not member.is_dir() and not last.startswith(".") and not member.filename.startswith("__MACOSX")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(member) as stream:
            return stream.read(member.file_size)  # no more than was promised when the sum was checked
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, NotImplementedError, ValueError) as reason:
        raise BadImage(f"“{display_name(member.filename)}” cannot be unpacked: it is damaged or encrypted.") from reason


def survey(
    backbone: Backbone,
    files: Sequence[Entry],
    see: Callable[[Picture], View],
    panels: Sequence[tuple[str, tome.MergeConfig]],
    reference: int,
    job: Job,
    on_photo: Callable[[list[Line]], None],
) -> None:
    """Measure every photo under every panel (title, configuration) and tell of each photo when it is done.

    ``see`` says which part of a photo the model sees.  A photo that is refused gets one line with the reason.
    """
    for entry in files:
        job.check()
        try:
            photo = picture(entry)
        except BadImage as refused:
            on_photo([Line(entry.name, "", None, None, str(refused))])
            continue
        on_photo(_measure(backbone, photo, see(photo), panels, reference, job))


def _measure(backbone, photo: Picture, view: View, panels, reference: int, job: Job) -> list[Line]:
    plain = tome.MergeConfig(r=0)
    found: dict[str, Trial | Failure] = {}
    configs = list(dict.fromkeys([*(config for _, config in panels), plain]))
    trials(backbone, photo, view, configs, job, lambda result: found.update({result.config.key: result}))
    rival, lines = found[panels[reference][1].key], []
    for title, config in panels:
        trial = found[config.key]
        if isinstance(trial, Failure):
            lines.append(Line(photo.name, title, config, None, trial.reason))
            continue
        score = measure(trial, found[plain.key], trial if isinstance(rival, Failure) else rival)
        lines.append(Line(photo.name, title, config, score))
    return lines


def summaries(lines: Sequence[Line]) -> list[Summary]:
    """Mean and spread per panel, panels in the order in which they first come; failures are left out."""
    order = {title: place for place, title in reversed([*enumerate(line.panel for line in lines)])}
    scored = sorted((line for line in lines if line.score), key=lambda line: order[line.panel])
    names = [field.name for field in fields(Score)]
    result = []
    for panel, group in groupby(scored, key=lambda line: line.panel):
        columns = {name: [] for name in names}
        for line in group:
            for name, value in asdict(line.score).items():
                columns[name].append(value)
        there = {name: [v for v in values if v is not None] for name, values in columns.items()}
        mean = {name: statistics.fmean(values) if values else None for name, values in there.items()}
        spread = {name: statistics.stdev(values) if len(values) > 1 else None for name, values in there.items()}
        result.append(Summary(panel, len(columns[names[0]]), mean, spread))
    return result


def to_csv(lines: Iterable[Line]) -> str:
    """One line per photo and panel.  A text that a spreadsheet would take for a formula gets a quote before it."""
    names = [field.name for field in fields(Score)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(["photo", "panel", *names, "reason"])
    for line in lines:
        values = [getattr(line.score, name) for name in names] if line.score else [None] * len(names)
        writer.writerow([_text(line.photo), _text(line.panel), *values, _text(line.reason)])
    return stream.getvalue()


def _text(text: str) -> str:
    return "'" + text if text.startswith(FORMULA) else text


def samples() -> Iterator[Entry]:
    """The photos that come with the app."""
    from explorer.core.images import sample_pictures

    return (Entry(name, path.read_bytes) for name, path in sample_pictures())
