"""Which options of the command count for which files: an option that changes nothing is refused, not ignored."""

from collections.abc import Collection

__all__ = ["misfit"]

STILL, FILMS = {"svg", "pdf", "png"}, {"gif", "webp", "mp4", "webm"}
DRAWN = STILL | FILMS
CHOSEN = DRAWN | {"html", "json"}
SEEN = {"photo", "clip"}
READ = {"photo", "clip", "text"}
"""kinds of files that give figures"""
LISTED = ", ".join(f"--{name}" for name in ("svg", "pdf", "png"))
MOVING = ", ".join(f"--{name}" for name in ("gif", "webp", "mp4", "webm"))

Fit = tuple[str, Collection[str], Collection[str]]
CLASSES: Fit = ("sounds with a --sound-model other than whisper", {"sound"}, {"classes"})
CLIPS: Fit = ("clips", {"clip"}, ())
FIGURES: Fit = (f"figures and films ({LISTED}, {MOVING})", READ, DRAWN)
PAGES: Fit = (f"figures, films and pages ({LISTED}, {MOVING}, --html)", READ, DRAWN | {"html"})
FITS: dict[str, Fit] = {
    "model": ("photos and clips", SEEN, ()),
    "side": ("photos and clips", SEEN, ()),
    "crop": (f"photos, and figures and films of clips ({LISTED}, {MOVING})", SEEN, CHOSEN),
    "frames": CLIPS,
    "attention": CLIPS,
    "sound_model": ("sounds", {"sound"}, ()),
    "weights": CLASSES,
    "pretrained": CLASSES,
    "class_names": CLASSES,
    **dict.fromkeys(CHOSEN, ("photos, clips and texts", READ, ())),
    "layer": (f"figures and pages ({LISTED}, --html)", READ, STILL | {"html"}),
    "fill": PAGES,
    "arrows": PAGES,
    "beside": (f"figures, films, pages and records ({LISTED}, {MOVING}, --html, --json)", READ, CHOSEN),
    "width": (f"--png and films ({MOVING})", READ, FILMS | {"png"}),
    "inches": FIGURES,
    "no_caption": FIGURES,
}
"""option → what it is for in words, the kinds of files and, unless it counts for all of them, what is written of them"""


def misfit(given: Collection[str], written: Collection[tuple[str, str]]) -> str:
    """Return a sentence about the first of the options ``given`` that counts for nothing in ``written``; "" if all do.

    ``written`` are pairs: the kind of a file, and a format that is written of it.
    """
    for name in given:
        words, kinds, formats = FITS.get(name, ("", (), ()))
        counts = any(kind in kinds and (not formats or format in formats) for kind, format in written)
        if words and not counts:
            return f"--{name.replace('_', '-')} must be left out: it is for {words}"
    return ""
