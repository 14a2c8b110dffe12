"""The tables of quality: accuracy, embeddings, transcripts and clips under merging."""

import result_files
from result_files import Record
from speed_results import tokens_of_speech
from tables import table

from tome.lab.frames import Kept
from tome.lab.frames import line as frames_line

__all__ = ["digits", "frames_clip", "frames_pan", "frames_photo", "order", "speech", "text"]


def digits() -> str:
    """Return accuracies on digits."""
    found = result_files.records("digits")
    names = list(dict.fromkeys(each["algorithm"] for each in found))
    scores = {(each["algorithm"], each["r"]): each for each in found}
    plain = scores[names[0], "0"]
    rows = [("0", *[_scores(plain), "", ""][: len(names)])]
    for r in dict.fromkeys(each["r"] for each in found if each["r"] != "0"):
        rows.append((r, *(_scores(scores[name, r]) for name in names)))
    return table(("r", *(f"{name}: k-NN, probe" for name in names)), rows)


def _scores(found: Record) -> str:
    return f"{float(found['knn']):.1f} %, {float(found['probe']):.1f} %"


def order() -> str:
    """Return the verdicts of ten photos on the paper's choices."""
    rows = []
    for each in result_files.records("order"):
        difference = float(each["better"]) - float(each["worse"])
        agree = f"{each['agree']} of {each['photos']}"
        rows.append(
            (each["r"], each["claim"], each["verdict"], f"{difference:+.4f} ± {float(each['error']):.4f}", agree)
        )
    return table(("r", "the paper's order", "here", "difference ± standard error", "photos that agree"), rows)


def text() -> str:
    """Return the cosine of text embeddings under merging."""
    found = result_files.records("text")
    names = list(dict.fromkeys(each["algorithm"] for each in found))
    rows = []
    for r in dict.fromkeys(each["r"] for each in found):
        own = {each["algorithm"]: each for each in found if each["r"] == r}
        counts = f"{own[names[0]]['fewest_tokens']} to {own[names[0]]['most_tokens']}"
        cells = (
            f"{float(each['cosine']):.3f} ± {float(each['deviation']):.3f} ({float(each['lowest']):.3f})"
            for each in map(own.get, names)
        )
        rows.append((r, counts, *cells))
    return table(("r", "tokens", *names), rows)


def speech() -> str:
    """Return the words that change in Whisper's transcripts."""
    found = result_files.records("speech")
    names = list(dict.fromkeys(each["algorithm"] for each in found))
    rows = []
    for r in dict.fromkeys(each["r"] for each in found):
        changed = ([each["changed"] for each in found if (each["algorithm"], each["r"]) == (name, r)] for name in names)
        rows.append((r, f"{tokens_of_speech(int(r)):,}", *map(", ".join, changed)))
    return table(("r", "tokens left", *names), rows)


def frames_clip() -> str:
    """Return the fidelity of merging over the frames of a clip."""
    return _frames("sample_clips/bunny.mp4", "False")


def frames_pan() -> str:
    """Return the fidelity for a pan over a frame of the clip."""
    return _frames("sample_clips/bunny.mp4", "True")


def frames_photo() -> str:
    """Return the fidelity for a pan over a photo."""
    return _frames("sample_images/dog.webp", "True")


def _frames(clip: str, pan: str) -> str:
    runs: dict[tuple[float, str, str], list[Kept]] = {}
    for each in result_files.records("frames"):
        if (each["clip"], each["pan"]) == (clip, pan):
            runs.setdefault((float(each["removed"]), each["attention"], each["algorithm"]), []).append(Kept.read(each))
    head = "| removed | attention | algorithm | tokens | class cosine | spanning | carried |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *(frames_line(*setting, seeds) for setting, seeds in runs.items())])
