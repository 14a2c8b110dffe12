"""A clip and a sound under each way of merging, through AppTest."""

import csv
import io
from dataclasses import fields
from types import SimpleNamespace

import pytest
from test_pages_sound import sound
from test_pages_speed import finished
from test_pages_video import SMALL, asked, video

from explorer.engine.models import EMBEDDED
from explorer.engine.packaged import WHISPER
from explorer.export.offered import CLIP_ALGORITHMS, SOUND_ALGORITHMS
from explorer.records.service import service
from explorer.shell import cache, rivals
from explorer.sound import page
from tome.config import MergeConfig


@pytest.fixture(scope="module", autouse=True)
def engine():
    for key in (EMBEDDED, WHISPER):
        assert cache.engine().model(key).done.wait(300)


def measured(at, kind: str):
    at.button(key=f"rivals {kind}.start").click().run()
    finished(at, f"rivals {kind}")
    assert not at.exception
    return next(table.value for table in at.table if "Way" in table.value)


def test_a_clip_runs_under_every_algorithm_and_both_other_kinds_of_attention():
    at = video(**SMALL).run()
    table = measured(at, "clip")
    titles = list(CLIP_ALGORITHMS.values())
    assert list(table["Way"]) == [
        *titles,
        "Bipartite soft matching · Joint",
        "Bipartite soft matching · Frames apart",
    ]
    query = asked(at)
    record = service().known(service().source(query), query.config).record
    mine = table.set_index("Way").loc["Bipartite soft matching"]
    assert mine["Cosine to plain"] == f"{record.class_cosine:.4f}"
    assert record.frames.spanning[-1] > 0
    assert mine["In several frames"] == f"{record.frames.spanning[-1]:.0%}"
    assert table.set_index("Way").loc["Bipartite soft matching · Frames apart", "In several frames"] == "0%"


def test_a_sentence_is_transcribed_under_every_algorithm(monkeypatch):
    few = {name: SOUND_ALGORITHMS[name] for name in ("bipartite", "random_prune")}  # a second each
    monkeypatch.setattr(page, "SOUND_ALGORITHMS", few)
    at = sound(sound_r="300").run()
    table = measured(at, "sound")
    assert list(table["Way"]) == list(few.values())
    assert list(table["Tokens left"]) == ["300", "300"]
    query = asked(at)
    heard = service().known(service().source(query), query.config).record.sound
    assert (table["Words changed"][0], table["Transcript"][0]) == (heard.changed, heard.merged)
    assert table["Silence among removed tokens"][0] == f"{heard.silent / heard.away:.0%}"


def test_the_file_names_every_setting_by_its_field_of_merge_config():
    at = video(**SMALL).run()
    query = asked(at)
    source = service().source(query)
    ways = rivals.merged(source, {"bipartite": "Merge", "pitome": "PiToMe"}, query.config)
    run = service().found(source, query.config, SimpleNamespace(check=lambda *_: None, note=""))
    rows = list(csv.DictReader(io.StringIO(rivals.as_file([(way, run) for way in ways], lambda record: {"Left": 3}))))
    assert [row["algorithm"] for row in rows] == ["bipartite", "pitome"]
    for row in rows:
        assert row["left"] == "3"
        assert (row["digest"], row["frames"], row["attention"]) == (source.file.digest, "4", "framewise")
        assert {"model_key", "model", "weights", "weights_sha256", "schedule", "software"} <= set(row)
        assert {field.name for field in fields(MergeConfig)} <= set(row)
