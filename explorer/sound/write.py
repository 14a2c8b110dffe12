"""Write results for a sound, plain and merged: the transcript of speech, or classes and spectrogram."""

import json
from io import BytesIO
from pathlib import Path

import torch

import tome
from explorer.engine.choices import r_in_json
from explorer.engine.weights import sha256_of
from explorer.media.names import write_about
from explorer.sound.compute import Classifier, run_sound
from explorer.sound.sheet import spectrogram_sheet
from tome.lab.command import r_to_text
from tome.media.decode import read_sound
from tome.speech.whisper import LONGEST, RATE, Speech
from tome.speech.words import word_changes

__all__ = ["write_classes", "write_speech"]


def write_classes(path: Path, classifier: Classifier, config: tome.MergeConfig, folder: Path) -> str:
    """Write the sheet (PNG) and the record (JSON) of the sound at ``path`` into ``folder``; return what was heard.

    Raises BadMedia for a file that cannot be read.
    """
    run = run_sound(classifier, path, config)
    record = run.record
    lines = [f"{kind}: {_said(record['top5'][kind])}" for kind in ("plain", "merged")]
    caption = f"{path.stem} · {classifier.name}, weights {classifier.weights} · r = {r_to_text(config.r)} · {config.algorithm}"
    depth = len(run.sources) - 1
    image = BytesIO()
    layers = sorted({0, *(round(depth * part / 3) for part in (1, 2, 3))})
    spectrogram_sheet(run, layers, [caption, *lines]).save(image, "PNG")
    contents = {"-sound.png": image.getvalue(), "-sound.json": json.dumps(record).encode()}
    target, _ = write_about(path, folder, sha256_of(path), contents)
    tokens, cost = record["tokens"], record["gflops"]
    heard = f", the first {record['seconds_heard']:.2f} of {record['seconds']:.2f} s"
    return "\n  ".join(
        [
            f"{target}: {tokens[0]} → {tokens[-1]} tokens, {cost['plain']:.1f} → {cost['merged']:.1f} GFLOPs"
            + (heard if record["seconds_heard"] < record["seconds"] else ""),
            f"weights: {classifier.weights}",
            *lines,
        ]
    )


def _said(top: list[dict[str, object]]) -> str:
    return ", ".join(f"{each['class']} {each['probability']:.3f}" for each in top)


def write_speech(path: Path, speech: Speech, config: tome.MergeConfig, folder: Path) -> str:
    """Write the record (JSON) of the sound at ``path`` into ``folder``; return what was heard.

    Raises BadMedia for a file that cannot be read.
    """
    sound = read_sound(path, RATE, seconds=float(LONGEST))
    features = speech.log_mel(torch.from_numpy(sound.waveform.copy()))
    plain = speech.transcribe(features)
    with tome.merging(speech.model, config):
        merged = speech.transcribe(features)
    _, trace = tome.trace(speech.model, features, config)
    changes = word_changes(plain, merged)
    record = {
        "sound": path.name,
        "seconds": sound.duration,
        "model": "Whisper tiny.en",
        "algorithm": config.algorithm,
        "r": r_in_json(config.r),
        "tokens": [trace.n_in, *(step.grouping.n_out for step in trace.layers)],
        "plain": plain,
        "merged": merged,
        "words": changes.words,
        "words_changed": changes.changed,
        "source": trace.source()[0].tolist(),
    }
    (target,) = write_about(path, folder, sha256_of(path), {"-speech.json": json.dumps(record).encode()})
    return (
        f"{target}: {record['tokens'][0]} → {record['tokens'][-1]} tokens, {changes.changed} of {changes.words} words "
        f"changed\n  plain:  {plain}\n  merged: {merged}"
    )
