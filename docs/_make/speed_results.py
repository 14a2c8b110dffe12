"""The tables of speed-ups."""

import result_files
from result_files import Record, quartiles
from tables import table

from tome.lab.measure import power_law
from tome.schedule import token_counts

__all__ = ["media", "parts", "scaling", "speech_times", "speed", "tokens_of_speech"]

NAMES = {
    "vit_small_patch16_224": "ViT-S/16",
    "vit_base_patch16_224": "ViT-B/16",
    "vit_small_patch14_dinov2": "embedded DINOv2",
    "audiomae_vit_base": "AudioMAE ViT-B",
    "mae_st_vit_base": "MAE-ST ViT-B",
}
STEPS = {"train": ", training step", "tracing": ", tracing against the same merged run"}


def speed() -> str:
    """Return speed-ups of forwards and of training steps, and the cost of tracing."""
    return _speeds(
        [*result_files.records("speed"), *result_files.records("training"), *result_files.records("tracing")]
    )


def media() -> str:
    """Return speed-ups of the video and the audio model."""
    return _speeds(result_files.records("media"))


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
    free = quartiles(found, "share_of_free", 3) if found.get("share_of_free") else ""
    size, r = found["image_size"].replace("x", " × "), found["r"].replace(",-", ", −")
    spread = quartiles(found, "speed_up", 2)
    return (name, size, found["batch"], r, spread, *foretold, free, found["rounds"], found["load"])


def parts() -> str:
    """Return the time of a forward's blocks by part."""
    found = result_files.records("parts")
    names = ("attention", "matching", "merging", "mlp")
    sums = {name: 1e3 * sum(float(each[f"{name}_seconds"]) for each in found) for name in names}
    whole = sum(sums.values())
    rows = [(name, f"{time:.1f}", f"{time / whole:.1%}") for name, time in sums.items()]
    return table(("part", "ms in all blocks", "share"), [*rows, ("together", f"{whole:.1f}", "")])


def scaling() -> str:
    """Return the scaling of matching and merging."""
    found = result_files.records("scaling")
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


def speech_times() -> str:
    """Return Whisper's times."""
    rows = []
    for each in result_files.records("speech_times"):
        times = []
        for part in ("encoder", "transcription"):
            before, after = (1e3 * float(each[f"{part}_{name}"]) for name in ("plain_seconds", "seconds"))
            times += [f"{before:,.0f} → {after:,.0f} ms", quartiles(each, f"{part}_ratio", 2)]
        rows.append((each["r"], f"{tokens_of_speech(int(each['r'])):,}", *times, each["rounds"], each["load"]))
    head = ("r", "tokens left", "encoder", "ratio (quartiles)", "transcription", "ratio (quartiles)", "rounds", "load")
    return table(head, rows)


def tokens_of_speech(r: int) -> int:
    """Return the remaining tokens of Whisper tiny.en."""
    return token_counts(r, 4, 1500, 0)[-1]
