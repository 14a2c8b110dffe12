"""The page Video through AppTest: sample, upload, bad upload, deep link, no model yet."""

import pytest
from test_pages import app, viewer

from explorer.engine.models import EMBEDDED
from explorer.engine.packaged import MINILM, WHISPER
from explorer.media import clips
from explorer.media.files import File
from explorer.records.query import Query
from explorer.records.service import service
from explorer.records.stored import CLIP
from explorer.shell import cache


@pytest.fixture(scope="module")
def engine():
    ready = cache.engine()
    assert ready.model(EMBEDDED).done.wait(300)
    return ready


def video(**query: str):
    at = app(**query)
    at.switch_page(str(PAGE))
    return at


PAGE = "_pages/video.py"


def asked(at) -> Query:
    data = viewer(at)
    return Query(**data["ask"]["query"], r=f"{data['r']},-1" if data["decreasing"] else data["r"])


SMALL = {"clip_side": "112", "frames": "4", "clip_r": "20"}


def test_the_first_visit_asks_for_the_stored_clip_and_not_for_the_engine(monkeypatch):
    class Asleep:
        started = False
        folder = None

        def model(self, key):
            pytest.fail("asked for a model")

        def settle(self):
            pass

    monkeypatch.setattr(service(), "engine", Asleep())
    at = video().run()
    assert not at.exception
    assert asked(at) == CLIP


def test_a_link_opens_the_same_view_of_a_clip(engine):
    at = video(
        clip="dog-pan", frames="5", clip_side="112", attention="joint", clip_algorithm="random_merge", clip_r="9",
        clip_decreasing="true", layer="9", frame="3", pinned="200", fill="region",
    ).run()  # fmt: skip
    assert not at.exception
    assert asked(at) == Query(
        clip="dog-pan", frames=5, size=112, attention="joint", algorithm="random_merge", r=(9, -1.0)
    )
    shown = viewer(at)
    assert (shown["layer"], shown["frame"], shown["pinned"], shown["fill"]) == (9, 3, 200, "region")


@pytest.mark.parametrize(
    "bad", [{"frames": "3"}, {"clip": "../x"}, {"frame": "x"}, {"clip_r": "-4"}, {"attention": "x"}]
)
def test_a_broken_link_falls_back_to_the_default_clip(engine, bad):
    at = video(**bad).run()
    assert not at.exception
    assert asked(at) == CLIP
    assert viewer(at)["frame"] == 0


def test_the_figures_are_those_of_the_record(engine):
    at = video(**SMALL).run()
    assert not at.exception
    query = asked(at)
    record = service().known(service().source(query), query.config).record
    assert at.metric[0].value == f"{record.layers[0].tokens} → {record.layers[-1].tokens}"
    assert at.metric[1].value == f"{100 * record.frames.spanning[-1]:.0f} %"
    assert at.metric[3].value == f"{record.class_cosine:.4f}"


def test_fewer_frames_lower_r_to_what_there_is(engine):
    assert asked(video(clip_side="112", frames="4", clip_r="9999").run()).r == 4 * 64 // 6


def test_an_uploaded_clip_is_asked_for_by_its_digest(engine):
    mine = clips.FILES.named("dog-pan").content + b"\0"
    at = video(**SMALL).run()
    at.file_uploader[0].set_value(("mine.mp4", mine, "video/mp4")).run()
    assert not at.exception
    assert asked(at).clip == File.of(mine, "mine.mp4").digest
    assert at.pills(key="clip").value is None
    at.pills(key="clip").set_value("dog-pan").run()
    assert asked(at).clip == "dog-pan"
    (again,) = [button for button in at.button if button.label == "Show my own file again"]
    again.click().run()
    assert asked(at).clip == File.of(mine, "mine.mp4").digest
    assert at.pills(key="clip").value is None
    assert at.query_params["clip"] == "dog-pan"
    assert "Show my own file again" not in [button.label for button in at.button]


@pytest.mark.parametrize("content", [b"", b"no clip", b"GIF89a junk", clips.FILES.named("bunny").content[:3000]])
def test_a_bad_clip_is_one_sentence_and_the_view_stays(engine, content):
    at = video(**SMALL).run()
    at.file_uploader[0].set_value(("mine.mp4", clips.FILES.named("dog-pan").content + b"\0", "video/mp4")).run()
    before = asked(at)
    at.file_uploader[0].set_value(("bad.mp4", content, "video/mp4")).run()
    assert not at.exception
    assert len(at.error) == 1
    assert "bad.mp4" in at.error[0].value.replace("\\", "")
    assert asked(at) == before


def test_a_model_with_a_head_says_its_likeliest_classes_of_the_clip(engine):
    engine.model("random:test_vit").done.wait(300)
    at = video(model="other", timm="test_vit", random="true", clip_side="112", frames="4", clip_r="4").run()
    assert not at.exception
    assert len(at.dataframe[0].value) == 5
    assert asked(at).model == "random:test_vit"


def test_a_model_that_takes_no_clips_is_one_sentence(engine):
    engine.model("random:eva02_tiny_patch14_224").done.wait(300)
    at = video(model="other", timm="eva02_tiny_patch14_224", random="true", **SMALL).run()
    assert not at.exception
    assert "timm VisionTransformer" in at.error[0].value.replace("\\", "")


def test_layers_and_video_keep_an_r_each(engine):
    at = video(r="8", **SMALL).run()
    assert asked(at).r == 20
    at.switch_page("_pages/layers.py").run()
    assert asked(at).r == 8


def test_each_kind_of_sample_keeps_a_fill_of_its_own(engine):
    for model in (MINILM, WHISPER):
        assert engine.model(model).done.wait(300)
    at = video(fill="photo", **SMALL).run()
    for page, fill in {"text": "mean", "sound": "mean", "video": "photo"}.items():
        at.query_params.clear()  # as a tab does
        at.switch_page(f"_pages/{page}.py").run()
        assert not at.exception
        assert viewer(at)["fill"] == fill


@pytest.mark.parametrize(("attention", "said"), [("framewise", "in all frames"), ("frames-apart", "of its frame")])
def test_the_page_says_where_an_outline_is_one_token(engine, attention, said):
    at = video(attention=attention, **SMALL).run()
    assert said in at.markdown[0].value


@pytest.mark.parametrize(("r", "offered"), [(21, []), (40, ["Set r to 11: about half stay"])])
def test_an_r_that_asks_for_all_tokens_of_the_frames_says_so_and_offers_one_that_leaves_half(engine, r, offered):
    at = video(**{**SMALL, "clip_r": str(r)}).run()
    assert not at.exception
    buttons = [button for button in at.button if button.label.startswith("Set r to")]
    assert [button.label for button in buttons] == offered
    for button in buttons:
        assert "40 in 12 layers asks for all 264 tokens of these frames or more" in at.info[0].value
        button.click().run()
        assert (asked(at).r, len(at.info)) == (11, 0)
