"""A paragraph of the reader's own, and the regions of a text."""

import re

import pytest
from boxes import box_of
from playwright.sync_api import Page, expect
from test_layers import canvas

READY = 240_000
OWN = "Or a paragraph of your own"
PARAGRAPH = "The sea was calm.\nThe boats came home before the rain."


@pytest.fixture
def text(visit):
    def open_text(query: str = "", **options) -> Page:
        page = visit(f"/text?{query}", **options)
        page.get_by_text("Embedding cosine").first.wait_for(timeout=READY)
        page.get_by_role("img", name="Layer").first.wait_for()
        return page

    return open_text


# Milliseconds that the button is down; a field is sent after about 12.
@pytest.mark.parametrize("pressed", [0, 13, 80], ids=["tap", "fast", "slow"])
def test_a_paragraph_typed_before_a_click_on_another_tab_is_kept_and_the_tab_opens(text, pressed):
    page = text()
    area = page.get_by_role("textbox", name=OWN)
    area.fill(PARAGRAPH)
    page.get_by_role("link", name="Sound", exact=True).click(delay=pressed)
    expect(page.get_by_role("heading", name="How many tokens can go before a word does?")).to_be_visible(timeout=READY)
    page.wait_for_url(re.compile("/sound"))
    page.get_by_role("link", name="Text", exact=True).click()
    expect(area).to_have_value(PARAGRAPH)
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("of 15 tokens"))


def row_of_words(page: Page) -> float:
    """Words in a row."""
    box = box_of(canvas(page))
    rows = int(canvas(page).evaluate("each => each.style.getPropertyValue('--tome-rows')"))
    assert box["height"] / rows >= 16
    return 112 / rows


def test_a_phone_has_half_as_many_words_in_a_row_and_a_pin_stays_with_its_word(text):
    page = text("layer=6&pinned=2", width=390, height=844)
    told = page.locator(".tome-details")
    expect(told).to_contain_text("“was")
    said = told.text_content()
    assert row_of_words(page) == 4
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(canvas(page)).to_have_css("--tome-rows", "14")
    assert row_of_words(page) == 8
    expect(told).to_have_text(said)
    expect(page).to_have_url(re.compile("pinned=2"))
    page.set_viewport_size({"width": 390, "height": 844})
    expect(canvas(page)).to_have_css("--tome-rows", "28")
    expect(told).to_have_text(said)


def test_the_comparison_over_r_fits_a_phone_with_its_numbers_on_the_right(text):
    page = text(width=390, height=844)
    page.get_by_role("button", name="Compare over r").click()
    table = page.get_by_test_id("stTable").last
    table.scroll_into_view_if_needed()
    cells = table.get_by_role("row").filter(has_text="Attention pruning").get_by_role("cell")
    expect(cells).to_have_count(7, timeout=READY)
    for cell in cells.all()[1:]:
        expect(cell).to_have_css("text-align", "right")
        box = box_of(cell)
        assert box["x"] + box["width"] <= 390
    headings = table.get_by_role("columnheader")
    expect(headings.last).to_have_css("text-align", "right")
    box = box_of(headings.last)
    assert box["x"] + box["width"] <= 377  # where the page ends
