"""The tables of results with a date, a load and a command in each line, and those of files in damaged and drawn form."""

import result_files
from result_files import Record, quartiles
from tables import table

from explorer.export.memory import ALL_AT_ONCE, FLAT, ONE_BY_ONE, STILL

__all__ = ["authors", "damaged_media", "drawing_memory", "earlier", "holds", "overhead"]

SOURCES = {
    "clip": "two clips (MP4 with H.264 and AAC, WebM with VP9)",
    "sound": "four sounds (M4A with AAC, MP3, FLAC, Ogg with Opus)",
}


def holds() -> str:
    """Return what held, line by line."""
    return _dated("holds")


def earlier() -> str:
    """Return the measurements from before the commands wrote files."""
    return _dated("earlier")


def _dated(name: str) -> str:
    found = result_files.records(name)
    return table(list(found[0]), [list(each.values()) for each in found])


def overhead() -> str:
    """Return the time of a small input's forward by part."""
    names = ("free_ms", "free_with_bias_ms", "merged_ms")
    head = ("part", "free merge, ms", "free merge with the bias of sizes, ms", "merged, ms")
    return table(head, [(each["part"], *map(each.get, names)) for each in result_files.records("overhead")])


def authors() -> str:
    """Return the comparison with the authors' code."""
    head = (
        "model",
        "batch",
        "rounds",
        "share of the free merge: ours, before, theirs",
        "their time by ours",
        "by that of the version before",
    )
    return table(head, [_compared(each) for each in result_files.records("authors")])


def _compared(found: Record) -> tuple[str, ...]:
    shares = f"{found['ours']}, {found['before']}, {found['theirs']}; traced {found['traced']}"
    verdict = [quartiles(found, "theirs_by_ours", 2), *filter(None, [found["note"]])]
    ends = (", ".join(verdict), quartiles(found, "theirs_by_before", 2))
    return (found["model"], found["batch"], found["rounds"], shares, *ends)


def damaged_media() -> str:
    """Return what became of damaged clips and sounds, the seeds together."""
    found, rows = result_files.records("media_mutants"), []
    for kind, sources in SOURCES.items():
        own = [each for each in found if each["kind"] == kind]
        sums = (f"{sum(int(each[name]) for each in own):,}" for name in ("files", "read", "refused", "crashed"))
        rows.append((sources, *sums, f"{max(float(each['slowest_seconds']) for each in own):.2f} s"))
    head = ("source files", "mutants", "read", "refused in one sentence", "ended the decoder", "slowest")
    return table(head, rows)


def drawing_memory() -> str:
    """Return the growth of a process per pixel of a drawing, beside what is kept free for it."""
    found = result_files.records("drawing_memory")
    sizes = {(each["width"], each["panels"]): f"{int(each['width']):,} px" for each in found}
    heads = [size + (f", {panels} panels" if panels != "1" else "") for (_, panels), size in sizes.items()]
    rows = []
    for format in dict.fromkeys(each["format"] for each in found):
        own = {(each["width"], each["panels"]): each for each in found if each["format"] == format}
        rows.append((format.upper().replace("WEB", "Web"), *(_growth(own[size]) for size in sizes), _kept(format)))
    return table(("format", *heads, "kept free"), rows)


def _growth(found: Record) -> str:
    if found["format"] in STILL | ALL_AT_ONCE | ONE_BY_ONE:
        return found["bytes_per_pixel"]
    return f"{float(found['megabytes']):.0f} MB"


def _kept(format: str) -> str:
    if format in ALL_AT_ONCE:
        return f"{ALL_AT_ONCE[format]} per picture: {ALL_AT_ONCE[format] * 13}"
    per_pixel = (STILL | ONE_BY_ONE).get(format)
    return str(per_pixel) if per_pixel else f"{FLAT >> 20} MB"
