"""The record of a sound says what Whisper's trace and transcripts say, and what of it was silence."""

from base64 import b64decode

import numpy as np
import pytest
import torch

import tome
from explorer.engine.models import load
from explorer.engine.packaged import WHISPER
from explorer.engine.task import Superseded, Task
from explorer.media import sounds
from explorer.memory.shelf import Shelf
from explorer.records import sounds as sound_records
from explorer.records.errors import BadQuery
from explorer.records.query import Query
from explorer.records.schema import DROPPED
from tome.media.kinds import Sound
from tome.speech.words import changed_words, word_changes


@pytest.fixture(scope="module")
def voice():
    return load(WHISPER)


@pytest.fixture(scope="module")
def told(voice):
    kept = Shelf(megabytes=1)

    def tell(**asked):
        query = Query(**{"sound": "jfk", "r": 200, **asked})
        source = sound_records.source(voice, query)
        return source.record(query.config, kept, Task("test")), source

    return tell


@pytest.fixture(scope="module")
def jfk(told):
    return told()


def labels(record):
    return [np.frombuffer(b64decode(layer.labels), "<u2") for layer in record.layers]


def test_labels_are_the_sources_of_the_trace(jfk, voice):
    record, source = jfk
    features = voice.model.log_mel(torch.from_numpy(source.sound.waveform.copy()))
    with torch.inference_mode():
        _, trace = tome.trace(voice.model.model, features, tome.MergeConfig(r=200))
    assert [layer.tokens for layer in record.layers] == [1500, 1300, 1100, 900, 700]
    for layer in range(4):
        assert (labels(record)[layer + 1] == trace.source(layer)[0].numpy()).all()


def test_two_hundred_a_layer_change_no_word_and_leave_the_model_as_it_was(jfk, voice):
    record, source = jfk
    assert (record.sound.words, record.sound.changed) == (22, 0)
    assert record.sound.plain == record.sound.merged
    features = voice.model.log_mel(torch.from_numpy(source.sound.waveform.copy()))
    assert voice.model.transcribe(features) == record.sound.plain
    assert "asked" in voice.model.transcribe(features, tome.MergeConfig(r=300))
    assert "asked" not in voice.model.transcribe(features)


def test_others_hear_the_plain_model_while_it_merges_for_one(jfk, voice):
    record, source = jfk
    features = voice.model.log_mel(torch.from_numpy(source.sound.waveform.copy()))
    heard = []

    def once():
        if not heard:
            heard.append("")
            heard[0] = voice.model.transcribe(features)

    assert "asked" in voice.model.transcribe(features, tome.MergeConfig(r=300), once)
    assert heard == [record.sound.plain]


def test_what_merged_away_is_counted_and_so_is_the_silence_in_it(jfk):
    record, source = jfk
    own, silence = labels(record)[-1], sounds.silent(source.sound)
    assert record.sound.away == 1500 - len(set(own))
    tokens = [silence[own == token] for token in range(own.max() + 1)]
    expected = sum(token.sum() - token.all() for token in tokens)
    assert record.sound.silent == expected


def test_merging_nothing_leaves_every_word(told):
    record, _ = told(r=0)
    assert (record.sound.changed, record.sound.away, record.sound.silent) == (0, 0, 0)
    assert record.figures.gflops == record.plain.gflops


def test_a_pruned_step_has_the_number_for_none(told):
    record, _ = told(algorithm="random_prune")
    assert (labels(record)[-1] == DROPPED).sum() == 800
    assert record.sound.away == 800


def test_silence_is_what_comes_after_the_end_and_what_is_40_decibels_below():
    wave = np.zeros(16_000, np.float32)
    wave[:4800] = 0.5
    wave[4800:9600] = 0.5 * 10 ** (-41 / 20)
    wave[9600:12800] = 0.5 * 10 ** (-39 / 20)
    silence = sounds.silent(Sound(wave, 16_000, 1, 16_000))
    assert not silence[:15].any()
    assert silence[15:30].all()
    assert not silence[30:40].any()
    assert silence[40:].all()


def test_a_tone_stands_at_its_time_and_pitch_in_the_spectrogram():
    time = np.arange(16_000) / 16_000
    shares = sounds.spectrogram(
        Sound((np.sin(2 * np.pi * 1000 * time) * (time > 0.5)).astype(np.float32), 16_000, 1, 16_000)
    )
    assert shares.shape == (80, 1500)
    assert shares[:, :24].max() < 0.2
    assert shares[:, 26:49].argmax(0).std() == 0
    mel = 15 / (15 + 27 * np.log(8) / np.log(6.4)) * 81 - 1  # on the scale of Whisper's filters
    assert abs(shares[:, 40].argmax() - mel) <= 1


def test_changed_words_are_marked_on_both_sides():
    assert not any(changed for words in changed_words("The Country, can", "the country can.") for _, changed in words)
    plain, merged = changed_words("Ask not, what your country can do.", "asked not what country can can do")
    assert [word for word, changed in plain if changed] == ["Ask", "your", "country"]
    assert [word for word, changed in merged if changed] == ["asked", "country", "can"]
    assert word_changes("Ask not, what your country can do.", "asked not what country can can do").changed == 3


@pytest.mark.parametrize(
    ("asked", "parameter", "rule"),
    [
        ({"sound": "whale"}, "sound", "one of jfk"),
        ({"algorithm": "evit"}, "algorithm", "class token"),
        ({"model": "random:test_vit"}, "model", "left out"),
    ],
)
def test_what_cannot_be_run_on_a_sound_is_refused_by_name(voice, asked, parameter, rule):
    with pytest.raises(BadQuery) as refused:
        sound_records.source(voice, Query(**{"sound": "jfk", **asked}))
    assert refused.value.parameter == parameter
    assert rule in refused.value.rule


def test_listening_stops_between_two_words(voice, told):
    _, source = told(r=0)
    cancelled, heard = Task("test"), []

    def after_two():
        heard.append(0)
        if len(heard) == 2:
            cancelled.cancel()
        cancelled.check()

    features = voice.model.log_mel(torch.from_numpy(source.sound.waveform.copy()))
    with pytest.raises(Superseded):
        voice.model.transcribe(features, tome.MergeConfig(r=100), after_two)
    assert len(heard) == 2
