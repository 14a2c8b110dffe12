"""Layers, Matching and Similarity: the picture is seen whole with its transport, and what is at the pointer is said there."""

import re

import pytest
from boxes import box_of
from playwright.sync_api import Page, expect
from served import server
from test_media_layout import SCROLL, is_whole, resize

READY = 240_000
SIZES = [((1920, 1080), (1280, 900)), ((390, 844), (640, 450))]
"""with a sidebar and without; a page is opened in the first of a pair and then resized"""
CENTRE = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('.tome-transport'));
  root.querySelector('.tome-canvas').scrollIntoView({block: 'center'});
}"""
LESSON = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('.lesson-photo'));
  const [photo, bar] = ['.lesson-photo', '.lesson-bar'].map(name => root.querySelector(name));
  photo.scrollIntoView({block: 'end'});
  const box = each => { const b = each.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const [left, top, right, bottom] = box(photo);
  let hidden = 0;
  for (let i = 1; i < 10; i++) for (let j = 1; j < 10; j++) {
    const at = root.elementFromPoint(left + (right - left) * i / 10, top + (bottom - top) * j / 10);
    if (!photo.contains(at)) hidden++;
  }
  return {photo: box(photo), bar: box(bar), hidden};
}"""


def shown(visit, link: str, size: tuple[int, int], **options) -> Page:
    page = visit(link, width=size[0], height=size[1], **options)
    page.get_by_role("img", name=re.compile("Layer")).first.wait_for(timeout=READY)
    page.get_by_text("Importing PyTorch").wait_for(state="hidden", timeout=READY)
    return page


@pytest.mark.parametrize("sizes", SIZES, ids=["wide", "narrow"])
def test_layers_shows_the_whole_picture_with_its_transport(visit, sizes):
    page = shown(visit, "/?layer=12", sizes[0])
    page.get_by_role("button", name="Measure the speed-up").wait_for(timeout=READY)
    for size in sizes:
        resize(page, size)
        if size[0] < 1280:
            page.evaluate(SCROLL)
        is_whole(page, size)


def test_layers_shows_r_below_the_whole_picture_without_scrolling(visit):
    page = shown(visit, "/?layer=6", (1440, 900))
    page.get_by_role("button", name="Measure the speed-up").wait_for(timeout=READY)
    for size in ((1440, 900), (1366, 768), (1280, 800), (1280, 720)):
        resize(page, size)
        is_whole(page, size)
        r = box_of(page.get_by_role("slider", name="Tokens merged per layer (r)"))
        assert r["y"] + r["height"] <= size[1]


@pytest.mark.parametrize("sizes", SIZES, ids=["wide", "narrow"])
def test_similarity_shows_a_whole_picture_with_the_transport(visit, sizes):
    page = shown(visit, "/similarity?layer=6&feature=key&metric=cosine,dot", sizes[0])
    page.get_by_test_id("stDataFrame").first.wait_for(timeout=READY)
    for size in sizes:
        resize(page, size)
        page.evaluate(SCROLL if size[0] < 1280 else CENTRE)
        is_whole(page, size)


@pytest.mark.parametrize("sizes", SIZES, ids=["wide", "narrow"])
def test_matching_shows_the_whole_photo_with_its_steps(visit, sizes):
    page = visit("/matching?mode=explore&step=3", width=sizes[0][0], height=sizes[0][1])
    page.locator(".lesson:not(.play)[data-ready]").wait_for(timeout=READY)
    for size in sizes:
        resize(page, size)
        seen = page.evaluate(LESSON)
        assert seen["hidden"] == 0
        assert seen["photo"][1] >= seen["bar"][1] >= 0
        assert seen["photo"][3] <= size[1] + 1


def test_facts_stand_at_the_pointer_tree_and_numbers_beside_the_picture_and_matching_comes_next(visit):
    page = shown(visit, "/?layer=12", (1280, 900))
    canvas = page.get_by_role("img", name="Layer").first
    box = box_of(canvas)
    x, y = box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5
    page.mouse.move(x, y)
    tip = page.locator(".tome-tip").first
    expect(tip).to_contain_text("one token of")
    place = box_of(tip)
    assert abs(place["x"] - x) < 40
    assert 0 < place["y"] - y < 40
    page.mouse.click(x, y)
    tree = box_of(page.get_by_role("heading", name="Family tree"))
    assert tree["x"] > box["x"] + box["width"]
    assert tree["y"] < 900
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    facts = page.locator(".tome-facts")
    expect(facts).to_contain_text("After layer 12: 75 of 267 tokens")
    page.get_by_role("slider", name="Layer", exact=True).press("Home")
    expect(facts).to_contain_text(["Before the first layer: 267 of 267 tokens", "Nothing has merged yet."][1])
    page.get_by_role("link", name=re.compile("Next: how does one layer decide")).click()
    expect(page).to_have_title("Matching · ToMe Explorer")


@pytest.mark.parametrize("link", ["", "/video"])
def test_a_layer_chosen_while_the_engine_starts_stays_when_it_has_started(context, link):
    with server() as address, context.new_page() as page:
        page.goto(address + link)
        picture = page.get_by_role("img", name=re.compile("^Layer")).first
        picture.wait_for(timeout=READY)
        page.get_by_role("slider", name="Layer", exact=True).press("Home")
        page.keyboard.press("ArrowRight")
        page.wait_for_url(re.compile("layer=1$"))
        page.get_by_text("The engine is starting").wait_for(state="hidden", timeout=READY)
        page.get_by_test_id("stMetric").first.wait_for(timeout=READY)
        page.wait_for_timeout(1000)  # the opening play would have begun again
        expect(picture).to_have_attribute("aria-label", re.compile("^Layer 1 "))


def test_a_projector_shows_every_page_by_name_and_a_phone_names_the_button_to_them(layers):
    page = layers(width=1024, height=768)
    pages = page.get_by_test_id("stTopNav")
    for name in ("Layers", "Read", "Compare", "Measure"):
        expect(pages.get_by_text(name, exact=True)).to_be_visible(timeout=READY)
    expect(pages.get_by_text(re.compile(r"^\d+ more$"))).to_have_count(0)
    page.set_viewport_size({"width": 390, "height": 844})
    name = page.get_by_test_id("stExpandSidebarButton").evaluate("each => getComputedStyle(each, '::after').content")
    assert name == '"Pages and settings · 中文"'
    page.get_by_test_id("stExpandSidebarButton").click()
    page.wait_for_function(
        "([above, below]) => document.querySelector(above).getBoundingClientRect().bottom"
        " < document.querySelector(below).getBoundingClientRect().top",
        arg=[".st-key-lang", "[data-testid=stSidebarNavLink]"],
    )


@pytest.mark.parametrize(("path", "section"), [("/similarity", "Compare"), ("/training", "Measure"), ("/read", None)])
def test_the_bar_marks_the_section_of_the_page_and_has_room_for_all(visit, path, section):
    page = visit(path, width=1024, height=768)
    page.get_by_role("link", name="Layers", exact=True).wait_for(timeout=READY)
    for name in ("Compare", "Measure"):
        weight = "600" if name == section else "400"
        expect(page.get_by_role("button", name=name, exact=True)).to_have_css("font-weight", weight)
    expect(page.get_by_test_id("stTopNav").get_by_text(re.compile(r"^\d+ more$"))).to_have_count(0)
