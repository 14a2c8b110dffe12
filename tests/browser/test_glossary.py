"""The glossary on a phone: opened over a page from its sidebar or by a link, read by axe, closed by Esc."""

import re

import pytest
from playwright.sync_api import expect
from test_access import READY, rest, violations_by_theme

pytestmark = pytest.mark.browser


def test_a_phone_opens_the_glossary_over_a_page_and_comes_back_to_it(visit):
    page = visit("/text", width=390, height=844)
    page.locator("canvas[role=img]").first.wait_for(timeout=READY)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("button", name="Glossary and questions").click()
    dialog = page.get_by_role("dialog", name="Glossary and questions")
    expect(dialog).to_contain_text("class token")
    assert "glossary=true" in page.url
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.wait_for_url(lambda url: "glossary" not in url)


@pytest.mark.parametrize(("lang", "questions"), [("en", "Questions"), ("zh", "问题")])
def test_a_link_to_the_glossary_is_readable_on_a_phone(visit, lang, questions):
    page = visit(f"/text?glossary=true&lang={lang}", width=390, height=844)
    page.locator("canvas[role=img]").first.wait_for(timeout=READY)
    page.get_by_role("tab", name=questions).click()
    link = page.get_by_role("dialog").get_by_role("link").last
    expect(link).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations_by_theme(page) == {"light": [], "dark": []}
    link.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_url(lambda url: "/read?" in url and "glossary" not in url)


def test_a_link_to_the_page_itself_stands_out_from_the_theme(visit):
    page = visit("/matching?glossary=true")
    link = page.get_by_role("dialog").get_by_role("button", name="Why every second token?").first
    link.wait_for(timeout=READY)
    for scheme, bright in (("light", False), ("dark", True)):
        page.emulate_media(color_scheme=scheme)
        rest(page)
        colour = link.locator("p").evaluate("each => getComputedStyle(each).color")
        parts = [float(each) / (1 if "srgb" in colour else 255) for each in re.findall(r"[\d.]+", colour)[:3]]
        assert (sum(parts) / 3 > 0.5) == bright, colour


def test_a_question_opens_its_step_and_keeps_the_readers_photo(layers):
    page = layers("/?photo=cat&layer=2&glossary=true")
    page.get_by_role("tab", name="Questions").click()
    page.get_by_role("dialog").get_by_role("link", name="Why weigh the mean by size?").last.click()
    expect(page.locator(".lesson[data-step='5']")).to_be_visible(timeout=READY)
    expect(page.get_by_role("dialog", name="Why weigh the mean by size?")).to_be_in_viewport()
    expect(page.get_by_role("switch", name="Ask me first")).to_be_checked()
    assert "photo=cat" in page.url
    page.get_by_role("button", name="Glossary and questions").click()
    page.get_by_role("tab", name="Questions").click()
    page.get_by_role("dialog").get_by_role("button", name="Why not k-means?").last.click()
    expect(page.get_by_role("dialog", name="Glossary and questions")).to_have_count(0)
    expect(page.locator(".lesson[data-step='3']")).to_be_visible()
    expect(page.locator("#why-clustering")).to_be_in_viewport()
    page.get_by_role("button", name="Close").click()
    page.wait_for_url(lambda url: "why" not in url)


def test_inside_another_page_it_stays_shut(visit):
    page = visit("/text?embed=1&glossary=true")
    page.locator("canvas[role=img]").first.wait_for(timeout=READY)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Glossary and questions")).to_be_hidden()
