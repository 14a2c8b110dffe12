"""Video says at once what crossing frames buys on the clip shown, from runs alone."""

import pytest
from test_pages_video import SMALL, asked, engine, video  # noqa: F401

from explorer.engine.task import Task
from explorer.measuring.examples import example
from explorer.records.clips import compared
from explorer.records.service import service
from explorer.records.stored import STORED, stored

CLIPS = [query for query in STORED if query.clip]


def said(at) -> list[str]:
    return [each.value for each in at.markdown]


@pytest.mark.parametrize("shown", CLIPS, ids=[query.clip for query in CLIPS])
def test_the_stored_comparison_is_what_the_runs_give(engine, shown):  # noqa: F811
    kept = {each["attention"]: each for each in example("crossing").rows if each["clip"] == shown.clip}
    assert len(kept) == 3
    query = shown.model_copy(update={"attention": "frames-apart"})
    found = compared(service().found(service().source(query), query.config, Task("test")))
    assert found["tokens"] == kept["frames-apart"]["tokens"]
    assert found["gflops"] == pytest.approx(kept["frames-apart"]["gflops"], rel=1e-4)
    assert found["cosine"] == pytest.approx(kept["frames-apart"]["cosine"], abs=1e-4)


@pytest.mark.parametrize("query", CLIPS, ids=[query.clip for query in CLIPS])
def test_the_stored_comparison_is_of_the_model_and_settings_that_the_page_opens_with(engine, query):  # noqa: F811
    model = service().source(query).backbone.label
    opened = {"model": model, "image_size": query.size, "frames": query.frames, "r": query.config.r}
    assert example("crossing").setting == opened
    kept = {each["attention"]: each for each in example("crossing").rows if each["clip"] == query.clip}
    assert {name: kept["framewise"][name] for name in ("tokens", "gflops", "cosine")} == pytest.approx(
        compared(stored(query)), abs=1e-4
    )


def test_the_first_clip_says_at_once_what_crossing_frames_buys(engine):  # noqa: F811
    at = video().run()
    assert not at.exception
    across, apart = (
        next(e for e in example("crossing").rows if (e["clip"], e["attention"]) == ("bunny", kind))
        for kind in ("framewise", "frames-apart")
    )
    (sentence,) = [each for each in said(at) if "Merged across frames" in each]
    for number in (across["tokens"], apart["tokens"], f"{across['cosine']:.4f}", f"{apart['cosine']:.4f}"):
        assert str(number) in sentence
    table = at.table[0].value
    assert list(table["r in each layer"]) == ["112", "112", "6 × 18 = 108"]
    assert example("crossing").caption in [each.value for each in at.caption]


def test_another_r_asks_for_runs_and_then_says_what_they_gave(engine):  # noqa: F811
    at = video(**SMALL).run()
    assert not [each for each in said(at) if "Merged across frames" in each]
    query = asked(at)
    records = {}
    for kind in ("framewise", "joint", "frames-apart"):
        each = query.model_copy(update={"attention": kind})
        records[kind] = service().found(service().source(each), each.config, Task("test"))
    at.run()
    (sentence,) = [each for each in said(at) if "Merged across frames" in each]
    assert f"{records['framewise'].class_cosine:.4f}" in sentence
    assert str(records["frames-apart"].layers[-1].tokens) in sentence
    assert list(at.table[0].value["r in each layer"]) == ["20", "20", "4 × 5 = 20"]
    assert example("crossing").caption not in [each.value for each in at.caption]


def test_where_frames_are_apart_title_and_caption_say_so_with_the_r_of_a_frame(engine):  # noqa: F811
    at = video(**SMALL, attention="frames-apart").run()
    assert at.title[0].value == "Watch each frame merge alone"
    query = asked(at)
    record = service().known(service().source(query), query.config).record
    assert "r = 20 · 5 a frame" in record.caption
    assert video(**SMALL).run().title[0].value == "Watch one token live in many frames"
