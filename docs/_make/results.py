"""The tables of results, from the CSV files that the commands named beside them wrote: docs/results/data."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from tables import table

from tome.lab.frames import Kept
from tome.lab.frames import line as frames_line
from tome.lab.measure import power_law

DATA = Path(__file__).parents[1] / "results" / "data"
Record = dict[str, str]


def records(name: str) -> list[Record]:
    """Return the records of a file under docs/results/data."""
    with (DATA / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def speed() -> str:
    """Return speed-ups of forwards and of training steps, and the cost of tracing."""
    return _speeds([*records("speed"), *records("training"), *records("tracing")])


def media() -> str:
    """Return speed-ups of the video and the audio model."""
    return _speeds(records("media"))


NAMES = {
    "vit_small_patch16_224": "ViT-S/16",
    "vit_base_patch16_224": "ViT-B/16",
    "vit_small_patch14_dinov2": "embedded DINOv2",
    "audiomae_vit_base": "AudioMAE ViT-B",
    "mae_st_vit_base": "MAE-ST ViT-B",
}
STEPS = {"train": ", training step", "tracing": ", tracing against the same merged run"}


def _speeds(found: list[Record]) -> str:
    head = (
        "model",
        "input",
        "batch",
        "r",
        "speed-up (quartiles)",
        "by GFLOPs",
        "share",
        "of free merge",
        "rounds",
        "load",
    )
    return table(head, [_speed(each) for each in found])


def _speed(found: Record) -> tuple[str, ...]:
    name = NAMES[found["model"]] + STEPS.get(found["task"], "")
    predicted = float(found["predicted"])
    foretold = ("", "") if found["task"] == "tracing" else (f"{predicted:.2f}", f"{float(found['share']):.2f}")
    free = _spread(found, "share_of_free", 3) if found.get("share_of_free") else ""
    size, r = found["image_size"].replace("x", " × "), found["r"].replace(",-", ", −")
    spread = _spread(found, "speed_up", 2)
    return (name, size, found["batch"], r, spread, *foretold, free, found["rounds"], found["load"])


def _spread(found: Record, name: str, digits: int) -> str:
    median, low, high = (f"{float(found[name + end]):.{digits}f}" for end in ("", "_low", "_high"))
    return f"{median} ({low}–{high})"


def parts() -> str:
    """Return where the time of all blocks of a forward goes."""
    found = records("parts")
    names = ("attention", "matching", "merging", "mlp")
    sums = {name: 1e3 * sum(float(each[f"{name}_seconds"]) for each in found) for name in names}
    whole = sum(sums.values())
    rows = [(name, f"{time:.1f}", f"{time / whole:.1%}") for name, time in sums.items()]
    return table(("part", "ms in all blocks", "share"), [*rows, ("together", f"{whole:.1f}", "")])


def scaling() -> str:
    """Return how matching and merging grow."""
    found = records("scaling")
    times = [float(each["matching_seconds"]) + float(each["merging_seconds"]) for each in found]
    exponent = power_law([int(each["tokens"]) for each in found], times)
    rows = [
        (
            each["tokens"],
            each["r"],
            *(f"{1e3 * float(each[f'{part}_seconds']):.1f}" for part in ("matching", "merging")),
        )
        for each in found
    ]
    fit = f"Time grows as tokens to the power of {exponent:.2f} over all five."
    return table(("tokens", "r", "matching, ms", "merging, ms"), rows) + "\n\n" + fit


def digits() -> str:
    """Return accuracies on digits."""
    found = records("digits")
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
    """Return whether ten photos order the paper's choices as ImageNet did."""
    rows = []
    for each in records("order"):
        difference = float(each["better"]) - float(each["worse"])
        agree = f"{each['agree']} of {each['photos']}"
        rows.append(
            (each["r"], each["claim"], each["verdict"], f"{difference:+.4f} ± {float(each['error']):.4f}", agree)
        )
    return table(("r", "the paper's order", "here", "difference ± standard error", "photos that agree"), rows)


def text() -> str:
    """Return how far merging moves the embedding of a text."""
    found = records("text")
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
    """Return the words that Whisper changes."""
    found = records("speech")
    names = list(dict.fromkeys(each["algorithm"] for each in found))
    rows = []
    for r in dict.fromkeys(each["r"] for each in found):
        changed = ([each["changed"] for each in found if (each["algorithm"], each["r"]) == (name, r)] for name in names)
        rows.append((r, f"{_tokens(int(r)):,}", *map(", ".join, changed)))
    return table(("r", "tokens left", *names), rows)


def _tokens(r: int) -> int:
    from tome.schedule import token_counts

    return token_counts(r, 4, 1500, 0)[-1]  # Whisper tiny.en


def speech_times() -> str:
    """Return how long Whisper takes."""
    rows = []
    for each in records("speech_times"):
        times = []
        for part in ("encoder", "transcription"):
            before, after = (1e3 * float(each[f"{part}_{name}"]) for name in ("plain_seconds", "seconds"))
            times += [f"{before:,.0f} → {after:,.0f} ms", _spread(each, f"{part}_ratio", 2)]
        rows.append((each["r"], f"{_tokens(int(each['r'])):,}", *times, each["rounds"], each["load"]))
    head = ("r", "tokens left", "encoder", "ratio (quartiles)", "transcription", "ratio (quartiles)", "rounds", "load")
    return table(head, rows)


def frames_clip() -> str:
    """Return what merging over the frames of a clip keeps."""
    return _frames("sample_clips/bunny.mp4", "False")


def frames_pan() -> str:
    """Return the same for a pan over a frame of the clip."""
    return _frames("sample_clips/bunny.mp4", "True")


def frames_photo() -> str:
    """Return the same for a pan over a photo."""
    return _frames("sample_images/dog.webp", "True")


def _frames(clip: str, pan: str) -> str:
    runs: dict[tuple[float, str, str], list[Kept]] = {}
    for each in records("frames"):
        if (each["clip"], each["pan"]) == (clip, pan):
            runs.setdefault((float(each["removed"]), each["attention"], each["algorithm"]), []).append(Kept.read(each))
    head = "| removed | attention | algorithm | tokens | class cosine | spanning | carried |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *(frames_line(*setting, seeds) for setting, seeds in runs.items())])


def layers_page() -> str:
    """Return how fast Layers answers."""
    return _noted("measure")


def labs() -> str:
    """Return how fast twelve panels answer."""
    return _noted("measure_labs")


def readers() -> str:
    """Return how the app holds under many readers."""
    return _noted("load")


def proxied() -> str:
    """Return how two processes behind nginx hold under many readers."""
    return _noted("load_proxied")


def video_page() -> str:
    """Return how fast the page Video answers."""
    return _noted("measure_clip")


def _noted(name: str) -> str:
    """Return what a measuring command of the tests wrote with --csv."""
    return table(("figure", "target", "measured", "load"), [tuple(each.values()) for each in records(name)])


def files() -> Iterator[str]:
    """Return the names of all files under docs/results/data."""
    yield from (path.stem for path in sorted(DATA.glob("*.csv")))


PARTS: dict[str, Callable[[], str]] = {
    each.__name__: each
    for each in (
        speed,
        media,
        parts,
        scaling,
        digits,
        order,
        text,
        speech,
        speech_times,
        frames_clip,
        frames_pan,
        frames_photo,
        layers_page,
        labs,
        readers,
        proxied,
        video_page,
    )
}
