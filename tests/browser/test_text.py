"""A paragraph of the reader's own, and the regions of a text."""

import re

import pytest
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
