"""Every bad clip and sound through its page: one sentence, and the view stays."""

import re

import pytest

pytest.importorskip("av")

from media_files import BAD_CLIPS, BAD_SOUNDS
from test_pages import app
from test_pages_video import SMALL, asked

from explorer.engine.models import EMBEDDED
from explorer.engine.packaged import WHISPER
from explorer.media import clips, sounds
from explorer.shell import cache

PAGES = {"video": ("mp4", clips.FILES.named("dog-pan")), "sound": ("wav", sounds.FILES.named("directory"))}


def opened(page: str, **query: str):
    """The page with a good file of the reader's own."""
    kind, sample = PAGES[page]
    for model in (EMBEDDED, WHISPER):
        assert cache.engine().model(model).done.wait(300)
    at = app(**query)
    at.switch_page(f"_pages/{page}.py").run()
    at.file_uploader[0].set_value((f"mine.{kind}", sample.content + b"\0", f"{page}/{kind}")).run()
    assert not at.exception
    assert not at.error
    return at


@pytest.fixture(scope="module")
def video():
    return opened("video", **SMALL)


@pytest.fixture(scope="module")
def sound():
    return opened("sound", sound_r="250")


def refused(at, name: str, content: bytes) -> None:
    before = asked(at)
    at.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert not at.exception
    (sentence,) = (error.value.replace("\\", "") for error in at.error)
    assert re.fullmatch(r"“[^.]+\.\w+” was not taken\. The [^\n]{10,200}\.", sentence)
    assert asked(at) == before
    assert at.file_uploader[0].value is None
    at.run()
    assert len(at.error) == 1


@pytest.mark.parametrize("name", BAD_CLIPS)
def test_a_bad_clip_is_one_sentence_and_the_view_stays(video, name):
    refused(video, f"{name}.mp4", BAD_CLIPS[name]())


@pytest.mark.parametrize("name", BAD_SOUNDS)
def test_a_bad_sound_is_one_sentence_and_the_view_stays(sound, name):
    refused(sound, f"{name}.wav", BAD_SOUNDS[name]())


@pytest.mark.parametrize("page", PAGES)
def test_what_the_sentence_tells_to_choose_is_what_the_upload_takes(page, request):
    at = request.getfixturevalue(page)
    refused(at, f"bad.{PAGES[page][0]}", b"no recording")
    told = re.search(r"choose one of (.*)\.", at.error[0].value.replace("\\", ""))[1]
    taken = [kind for kind in at.file_uploader[0].proto.type if kind != ".mpeg4"]  # which Streamlit adds to .mp4
    assert [f".{each.lower()}" for each in told.split(", ")] == taken


@pytest.mark.parametrize("page", PAGES)
def test_the_sentence_can_be_closed_and_does_not_wait_for_a_reader_who_has_left(page, request):
    at = request.getfixturevalue(page)
    refused(at, f"bad.{PAGES[page][0]}", b"no recording")
    before = asked(at)
    next(button for button in at.button if button.label == "Close").click().run()
    assert not at.error
    assert asked(at) == before
    refused(at, f"bad.{PAGES[page][0]}", b"no recording")
    at.switch_page("_pages/text.py").run()
    at.switch_page(f"_pages/{page}.py").run()
    assert not at.error
    assert asked(at) == before


@pytest.mark.parametrize("page", PAGES)
def test_the_sentence_goes_with_the_next_file_and_the_sample_comes_back(page, request):
    at = request.getfixturevalue(page)
    refused(at, f"bad.{PAGES[page][0]}", b"no recording")
    kind, sample = PAGES[page]
    at.file_uploader[0].set_value((f"next.{kind}", sample.content + b"\0\0", f"{page}/{kind}")).run()
    assert not at.error
    assert any("next." in text.value for text in at.text)
    next(button for button in at.button if button.label == "Show the sample").click().run()
    assert asked(at).own is False
    assert at.pills[0].value is not None
    at.file_uploader[0].set_value((f"mine.{kind}", sample.content + b"\0", f"{page}/{kind}")).run()


def test_the_sentence_stands_below_the_widget_that_its_file_came_by(sound):
    refused(sound, "bad.wav", BAD_SOUNDS[next(iter(BAD_SOUNDS))]())
    types = [each.type for each in sound.sidebar]
    assert types.index("file_uploader") < types.index("error") < types.index("audio_input")
