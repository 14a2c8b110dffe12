"""Write what merging makes of speech: the transcript, plain and merged."""

import json
from pathlib import Path

import torch

import tome
from explorer.core.names import safe_name
from tome.lab.command import r_to_text
from tome.lab.files import replacing
from tome.media.decode import read_sound
from tome.speech.whisper import LONGEST, RATE, Speech
from tome.speech.words import word_changes

__all__ = ["write_sound"]


def write_sound(path: Path, speech: Speech, config: tome.MergeConfig, folder: Path) -> str:
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
        "r": r_to_text(config.r),
        "tokens": [trace.n_in, *(step.grouping.n_out for step in trace.layers)],
        "plain": plain,
        "merged": merged,
        "words": changes.words,
        "words_changed": changes.changed,
        "source": trace.source()[0].tolist(),
    }
    target = folder / safe_name(path.stem, "-speech.json")
    with replacing(target) as file:
        file.write(json.dumps(record).encode())
    return (
        f"{target}: {record['tokens'][0]} → {record['tokens'][-1]} tokens, {changes.changed} of {changes.words} words "
        f"changed\n  plain:  {plain}\n  merged: {merged}"
    )
