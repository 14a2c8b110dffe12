"""A sound in the viewer: the playhead goes with what is heard, and a closer look at the steps."""

import io
import re

import numpy as np
import pytest
from boxes import box_of
from PIL import Image
from playwright.sync_api import Page, expect
from test_layers import canvas

SECONDS = 30  # that the picture is wide
MOMENT = """() => {
  const roots = [...document.querySelectorAll('*')].map(each => each.shadowRoot).filter(Boolean);
  return roots.map(root => root.querySelector('.tome-player audio')).find(Boolean).currentTime;
}"""


def playhead(page: Page) -> float:
    """Share of the seen picture at which a white line goes from its top to its foot."""
    frame = box_of(page.locator(".tome-scroll")) | {"height": box_of(canvas(page))["height"]}
    pixels = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=frame))).convert("L"), float)
    (columns,) = np.nonzero(pixels[4:-4].min(axis=0) > 240)
    assert len(columns), "no line is seen"
    return float(columns.mean() + 0.5) / pixels.shape[1]


def play(page: Page) -> None:
    page.locator(".tome-player audio").evaluate("sound => { sound.play() }")


def at(page: Page, seconds: float) -> None:
    page.wait_for_function(f"seconds => ({MOMENT})() >= seconds", arg=seconds)


def test_a_line_goes_over_the_picture_with_the_sound(sound):
    page = sound("layer=3")
    play(page)
    for seconds in (1, 3, 5):
        at(page, seconds)
        before = page.evaluate(MOMENT)
        share = playhead(page)
        after = page.evaluate(MOMENT)
        assert before - 0.1 <= share * SECONDS <= after + 0.1


def test_a_zoomed_picture_scrolls_with_the_sound_and_says_the_time_under_the_pointer(sound):
    page = sound("layer=3")
    canvas(page).focus()
    for _ in range(3):
        page.keyboard.press("+")
    expect(page.get_by_text("4 ×")).to_be_visible()
    whole, seen = box_of(canvas(page)), box_of(page.locator(".tome-scroll"))
    assert whole["width"] == pytest.approx(4 * seen["width"], abs=1)
    page.mouse.move(seen["x"] + 0.4 * seen["width"], seen["y"] + 20)
    told = page.locator(".tome-details")
    expect(told).to_contain_text(re.compile(r"\d\.\d\d–\d\.\d\d s"))
    assert re.search(r"\b3\.0[0-9]–|–3\.0[0-9] s|2\.9[0-9]–", told.text_content())
    page.mouse.move(0, 0)  # its outline is white, too
    expect(told).not_to_contain_text(re.compile(r"\d\.\d\d"))
    page.locator(".tome-player audio").evaluate("sound => { sound.currentTime = 8.5 }")
    play(page)
    at(page, 9)
    assert playhead(page) < 1
    page.keyboard.press("-")
    expect(page.get_by_text("2 ×")).to_be_visible()


def test_the_patch_cursor_stays_in_view_of_a_zoomed_picture(sound):
    page = sound("layer=3")
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    canvas(page).focus()
    page.keyboard.press("ArrowRight")  # from the middle of the whole, 15 s, which is out of view
    expect(page.locator(".tome-details")).to_contain_text(re.compile(r"1[45]\.\d\d"))
    left = box_of(canvas(page))["x"] - box_of(page.locator(".tome-scroll"))["x"]
    width = box_of(page.locator(".tome-scroll"))["width"]
    assert 0 <= 0.5 * 4 * width + left <= width


@pytest.mark.parametrize("width", [1280, 390])
def test_a_zoomed_picture_does_not_widen_the_page(sound, width):
    page = sound("layer=3", width=width, height=844)
    page.get_by_role("button", name="Zoom in").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("button", name="Zoom out")).to_have_attribute("aria-disabled", "false")


def test_the_legend_speaks_of_no_borders_between_the_narrow_steps(sound):
    page = sound("layer=3&fill=photo")
    expect(page.locator(".tome-legend")).to_have_text("The spectrogram, without the colours of tokens.")


def test_seconds_are_marked_below_the_picture_and_where_the_sound_has_ended(sound):
    page = sound("layer=2")
    picture, marks = box_of(canvas(page)), page.locator(".tome-second")
    assert marks.all_inner_texts() == ["0", "5", "30 s"]
    five = box_of(marks.nth(1))
    assert five["x"] == pytest.approx(picture["x"] + picture["width"] * 5 / SECONDS, abs=1.5)
    assert five["y"] >= picture["y"] + picture["height"] - 1
    silence = box_of(page.get_by_text("silence from 11.0 s"))
    assert silence["x"] == pytest.approx(picture["x"] + picture["width"] * 11 / SECONDS, abs=3)
    for _ in range(2):
        page.get_by_role("button", name="Zoom in").click()
    expect(marks).to_have_count(6)
    page.get_by_role("slider", name="Tokens merged per layer (r)").fill("210")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("1,080 of 1,500"), timeout=120_000)
    expect(marks).to_have_count(6)


def test_a_saved_picture_has_the_seconds_below_the_spectrogram(sound):
    page = sound("layer=2")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save PNG").click()
    saved = Image.open(saving.value.path()).convert("L")
    silent = np.asarray(saved, float)[8, saved.width // 2 :]
    assert silent.max() < 60, "borders lie between all steps, as they do not on the page"
    foot = np.asarray(saved, float)[-round(saved.width / 70) :]
    assert foot.max() > 250, "the strip is paper"
    inked = np.flatnonzero((foot < 160).any(axis=0)) / saved.width
    assert inked.min() < 0.01
    assert inked.max() > 0.99
    assert ((inked > 11 / SECONDS) & (inked < 0.55)).any(), "the note of the silence"
    assert not ((inked > 0.2) & (inked < 11 / SECONDS - 0.01)).any()
