"""Video, Sound and Text: the whole picture can be seen with its transport, and a link is copied."""

import base64
import io
import re
import time

import numpy as np
import pytest
from boxes import box_of
from PIL import Image
from playwright.sync_api import Page, Route, expect
from test_layers import canvas, scrubber
from test_video import READY, SMALL

PAGES = {
    "video": ("frames=6&clip_side=112&clip_r=20&layer=7", "Cosine to the plain run"),
    "sound": ("layer=2", "tokens left"),
    "text": ("layer=3", "Embedding cosine"),
}
PARTS = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('.tome-transport'));
  const box = name => { const b = root.querySelector(name).getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  return {picture: box('.tome-canvas'), transport: box('.tome-transport'), painted: root.querySelector('.tome-canvas').toDataURL()};
}"""
SCROLL = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('.tome-transport'));
  root.querySelector('.tome-transport').scrollIntoView({block: 'end'});
}"""


@pytest.fixture
def media(visit):
    def open_media(name: str, query: str = "", **options) -> Page:
        own, said = PAGES[name]
        page = visit(f"/{name}?{query or own}", **options)
        page.get_by_text(re.compile(said)).first.wait_for(timeout=READY)
        page.get_by_role("img", name="Layer").first.wait_for()
        return page

    return open_media


def seen(page: Page, box: list[float]) -> np.ndarray:
    left, top, right, bottom = map(round, box)
    area = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return np.asarray(Image.open(io.BytesIO(page.screenshot(clip=area))).convert("RGB"), float)


def painted(parts: dict, shape: tuple) -> np.ndarray:
    content = base64.b64decode(parts["painted"].split(",")[1])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB").resize(shape[1::-1]), float)


@pytest.mark.parametrize("sizes", [((1280, 900), (1280, 800)), ((390, 844), (640, 450))], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", PAGES)
def test_the_whole_picture_is_seen_with_its_transport(media, name, sizes):
    (width, height), _ = sizes
    page = media(name, width=width, height=height)
    for size in sizes:
        resize(page, size)
        if width < 1280:
            page.evaluate(SCROLL)
        is_whole(page, size)


def resize(page: Page, size: tuple[int, int]) -> None:
    """Give the window another size, and wait until the page has taken it."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def is_whole(page: Page, size: tuple[int, int]) -> None:
    """Whether the picture and its transport lie within the window, and nothing lies on the picture."""
    parts = page.evaluate(PARTS)
    picture, transport = parts["picture"], parts["transport"]
    assert picture[0] >= 0
    assert picture[2] <= size[0]
    assert picture[1] >= 0
    assert picture[3] <= transport[1]
    assert transport[3] <= size[1] + 1
    until = time.monotonic() + 20
    while covered(page) > 0.1:  # where a place or size is no whole number, lines of pixels differ
        assert time.monotonic() < until, f"{100 * covered(page):.0f} % of the picture is not seen"


def covered(page: Page) -> float:
    """Share of the picture's lines that the window does not show as they are painted."""
    parts = page.evaluate(PARTS)
    view = seen(page, parts["picture"])
    return float((np.abs(view - painted(parts, view.shape)).mean(axis=(1, 2)) > 12).mean())


def test_a_touch_screen_is_not_told_to_hover(media):
    page = media("text", width=390, height=844)
    expect(page.get_by_text(re.compile("Point at or focus a region"))).to_be_visible()
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    scrubber(page).press("Home")
    expect(page.get_by_text("Tap a region to see all of it.")).to_be_visible()
    touch.detach()


def test_a_copied_link_shows_what_was_seen(media):
    page = media("video", f"{SMALL}&layer=12&fill=region&sound_r=300&photo=cat&hide=film")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("slider", name="Frame", exact=True).press("ArrowRight")
    box = box_of(canvas(page))
    page.mouse.click(box["x"] + 0.95 * box["width"], box["y"] + 0.1 * box["height"])
    beside = box_of(page.get_by_role("button", name="Save PNG"))
    place = box_of(page.get_by_role("button", name="Copy link"))
    page.get_by_role("button", name="Copy link").click()
    copied = page.get_by_role("button", name="Copied")
    expect(copied).to_be_visible()
    assert box_of(page.get_by_role("button", name="Save PNG")) == beside
    assert box_of(copied)["x"] == place["x"]
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"pinned=\d+", link)
    assert "hide=film" in link
    assert not re.search(r"sound_r|photo", link)
    said = page.get_by_text(re.compile("In the end its token holds")).text_content()
    again = media("video", link.split("?")[1])
    expect(again.get_by_text(said)).to_be_visible()
    expect(canvas(again)).to_have_attribute("aria-label", canvas(page).get_attribute("aria-label"))


def test_how_to_apply_a_text_is_told_below_it_and_a_copied_link_says_that_it_cannot_hold_it(media):
    page = media("text")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    area = page.get_by_role("textbox", name="Or a paragraph of your own")
    area.fill("One word of my own")
    told, box = box_of(page.get_by_text("to apply")), box_of(area)
    assert told["y"] >= box["y"] + box["height"]
    area.press("Control+Enter")
    expect(page.get_by_text("A link cannot hold your text")).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied; it opens a sample")).to_be_visible()


def test_the_fills_of_a_page_have_their_names_while_its_picture_is_awaited(media):
    page, held = media("text"), []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/record?*", hold)
    for name, own in {"Sound": "Spectrogram", "Video": "Frame"}.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("radio", name=own, exact=True)).to_be_attached()
        assert page.get_by_role("radio", name="Photo", exact=True).count() == 0
        assert page.get_by_role("img", name="Layer").count() == 0
        assert held
        while held:
            held.pop().continue_()
        page.get_by_role("img", name="Layer").first.wait_for()


def test_a_fill_of_another_page_is_left_there(media):
    page = media("video", f"{SMALL}&layer=3")
    page.get_by_role("radiogroup", name="Fill").get_by_text("Frame").click()
    expect(page.get_by_role("radio", name="Frame", exact=True)).to_be_checked()
    page.get_by_role("link", name="Text", exact=True).click()
    expect(page.get_by_role("radio", name="Regions")).to_be_checked()
    page.get_by_role("link", name="Video", exact=True).click()
    expect(page.get_by_role("radio", name="Frame", exact=True)).to_be_checked()


def test_the_layer_stays_in_view_in_the_strip_of_a_narrower_window(media):
    page = media("text", "layer=6")
    resize(page, (390, 844))
    button = page.get_by_role("button", name="Go to layer 6")
    strip = box_of(page.get_by_role("group", name="Layers"))
    expect(button).to_have_attribute("aria-current", "true")
    until = time.monotonic() + 10
    while (place := box_of(button))["x"] + place["width"] > strip["x"] + strip["width"] + 1:
        assert time.monotonic() < until, "the layer's picture is not in view"


def fits(page: Page, headings: tuple[str, ...]) -> None:
    """Whether all columns of the table with these ``headings`` lie within the page's window."""
    table = page.get_by_test_id("stTable").filter(has=page.get_by_role("columnheader", name=headings[0]))
    table.scroll_into_view_if_needed()
    for heading in headings:
        box = box_of(table.get_by_role("columnheader", name=heading))
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= page.viewport_size["width"]


def test_the_table_of_words_fits_a_phone(media):
    page = media("text", width=390, height=844)
    fits(page, ("Words of the token", "Count", "First merge in layer", "All together from layer"))


def test_the_table_of_other_ways_fits_a_phone(media):
    page = media("video", SMALL, width=390, height=844)
    page.get_by_role("button", name="Run all").click()
    page.get_by_role("cell", name="Bipartite soft matching · Frames apart").wait_for(timeout=READY)
    fits(page, ("Way", "Tokens left", "In several frames", "GFLOPs", "Cosine to plain"))


def test_all_words_of_a_long_group_are_there_on_demand(media):
    page = media("text", "text_r=16&layer=6&pinned=0")
    whole = page.get_by_text(re.compile(r"All \d+ words of its token in layer 6"))
    count = int(whole.text_content().split()[1])
    assert count > 8
    whole.click()
    said = whole.locator("xpath=following-sibling::p").text_content()
    assert said.count(", ") >= count - 1
    assert "more" not in said.split("”")[-1]
    scrubber(page).press("Home")
    expect(whole).to_be_hidden()


def test_words_and_r_of_a_sound_are_in_sight_together_on_a_phone(media):
    page = media("sound", width=390, height=844)
    picture, rate = (
        box_of(canvas(page)),
        box_of(page.get_by_role("slider", name="Tokens merged per layer (r)")),
    )
    plain, merged = (box_of(page.get_by_text("And so my fellow Americans").nth(place)) for place in (0, 1))
    assert rate["y"] < plain["y"] < merged["y"]
    assert merged["y"] + merged["height"] - picture["y"] < 800
    said = box_of(page.get_by_role("heading", name=re.compile("tokens left")))
    assert said["y"] - rate["y"] < 120


@pytest.mark.parametrize("name", PAGES)
def test_a_pin_brings_a_way_to_its_family_tree_within_reach_of_a_phone(media, name):
    page = media(name, width=390, height=844)
    way = page.get_by_role("button", name="Family tree ↓")
    expect(way).to_be_hidden()
    canvas(page).click(position={"x": 40, "y": 40})
    picture, button = box_of(canvas(page)), box_of(way)
    assert button["y"] - (picture["y"] + picture["height"]) < 200
    assert button["x"] + button["width"] <= 390
    beside = box_of(page.locator(".tome-transport > .tome-readout"))
    assert beside["x"] + beside["width"] <= 376, "the layer is cut off"
    way.click()
    tree = page.get_by_role("region", name=re.compile("Family tree"))
    expect(tree).to_be_in_viewport()
    expect(tree.get_by_role("button").first).to_be_focused()
    resize(page, (1280, 900))
    expect(way).to_be_hidden()


def test_r_of_a_frame_leaves_the_slider_of_r_wide_enough_to_turn(media):
    page = media("video", f"{SMALL}&attention=frames-apart", width=1280, height=800)
    expect(page.get_by_text("5 a frame", exact=False).first).to_be_visible()
    assert box_of(page.get_by_role("slider", name="Tokens merged per layer (r)"))["width"] >= 90


def test_the_drawer_closes_on_a_phone_once_a_page_is_chosen(media):
    page = media("text", width=390, height=844)
    page.get_by_test_id("stExpandSidebarButton").click()
    drawer = page.get_by_test_id("stSidebar")
    expect(drawer).to_have_attribute("data-collapsed", "false")
    drawer.get_by_role("link", name="Video").click()
    expect(page.get_by_role("heading", name=re.compile("Watch one token"))).to_be_visible(timeout=READY)
    expect(drawer).to_have_attribute("data-collapsed", "true")
