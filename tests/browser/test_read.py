"""The article moves as one scrolls; its address follows, and its pictures stand still on request."""

import re

import pytest
from boxes import box_of
from playwright.sync_api import Locator, Page, expect
from test_access import READY

pytestmark = pytest.mark.browser
SIZES = [(1280, 900), (390, 844)]
IN_VIEW = 250
"""a place where a stop counts as in view at both sizes, after a scroll up, too: less than 0.35 of 844"""
GROWN = """() => [...document.querySelectorAll('*')].map((each) => each.shadowRoot?.querySelector('svg[data-scrolls]'))
  .filter(Boolean).map((svg) => [...svg.querySelectorAll('.grow')].map((each) => new DOMMatrix(getComputedStyle(each).transform).a))"""
TOP = "(number) => document.querySelector(`.st-key-stop_${number}`).getBoundingClientRect().top"


def opened(visit, link: str = "/read", **options) -> Page:
    page = visit(link, **options)
    page.get_by_role("img", name=re.compile("224 px: 256")).wait_for(timeout=READY)
    page.get_by_role("img", name=re.compile("^Block 6")).wait_for(timeout=READY)
    return page


def present(page: Page) -> Locator:
    """The article's own button: until it is there the first one named so is a viewer's."""
    return page.locator(".st-key-stops").get_by_role("button", name="Present", exact=True)


def scroll_to(page: Page, number: int, at: int) -> None:
    """Scroll with the wheel until a stop begins ``at`` pixels from the top."""
    size = page.viewport_size
    page.mouse.move(size["width"] - 60, size["height"] - 60)
    for _ in range(200):
        left = page.evaluate(TOP, number) - at
        if abs(left) < 3:
            return
        page.mouse.wheel(0, max(-300, min(300, left)))
        page.wait_for_timeout(60)
    pytest.fail(f"stop {number} was not reached")


@pytest.mark.parametrize("size", SIZES)
def test_the_stop_in_view_is_drawn_and_in_the_link_and_none_is_a_step_back(visit, size):
    page = opened(visit, width=size[0], height=size[1])
    steps = page.evaluate("history.length")
    scroll_to(page, 2, IN_VIEW)
    expect(page.get_by_role("img", name="Layer").first).to_be_visible(timeout=READY)
    page.wait_for_url(re.compile("stop=2"))
    scroll_to(page, 4, IN_VIEW)
    expect(page.locator(".st-key-stop_4").get_by_role("img", name="Layer").first).to_be_visible(timeout=READY)
    page.wait_for_url(re.compile("stop=4"))
    expect(page.get_by_role("radio", name="4", exact=True)).to_be_checked()
    assert page.evaluate("history.length") == steps
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= size[0]
    for number in ("1", "10"):
        expect(page.get_by_role("radio", name=number, exact=True)).to_be_in_viewport()


def test_pictures_grow_with_the_scrolling_and_shrink_again(visit):
    page = opened(visit, "/read?stop=2")
    page.get_by_role("img", name="Layer").first.wait_for(timeout=READY)  # what stands above moves no more
    for place, grown in (
        (880, "bars.every((bar) => bar === 0.05)"),
        (560, "bars[0] > 0.05 && bars[0] > bars[2]"),
        (150, "bars.every((bar) => bar === 1)"),
        (880, "bars.every((bar) => bar === 0.05)"),
    ):
        scroll_to(page, 3, place)
        page.wait_for_function(f"() => {{ const [bars] = ({GROWN})(); return {grown}; }}")


def test_they_stand_still_for_a_reader_who_asks_for_less_motion(visit):
    page = opened(visit)
    page.emulate_media(reduced_motion="reduce")
    scroll_to(page, 3, 880)
    assert page.evaluate(GROWN) == [[1] * 3] * 2


def test_a_number_a_link_and_the_keyboard_lead_to_a_stop_and_back_leads_back(visit):
    page = opened(visit, "/read?stop=5")
    assert 50 < page.evaluate(TOP, 5) < 200
    page.get_by_role("radio", name="7", exact=True).click(force=True)
    page.locator(".play[data-ready]").wait_for(timeout=READY)
    assert 50 < page.evaluate(TOP, 7) < 200
    page.go_back()
    page.wait_for_url(re.compile("stop=5"))
    page.wait_for_function("() => Math.abs(document.querySelector('.st-key-stop_5').getBoundingClientRect().top) < 200")
    page.locator(".st-key-stop_5 h2").click()
    page.keyboard.press("End")
    page.wait_for_url(re.compile("stop=10"))
    expect(page.get_by_role("radio", name="10", exact=True)).to_be_checked()


@pytest.mark.parametrize("size", SIZES)
def test_the_heading_of_a_linked_stop_is_not_under_the_numbers(visit, size):
    page = opened(visit, "/read?stop=5", width=size[0], height=size[1])
    heading, numbers = page.get_by_role("heading", name="5. Where the merge sits"), page.locator(".st-key-turn")
    page.wait_for_function("() => Math.abs(document.querySelector('.st-key-stop_5').getBoundingClientRect().top) < 200")
    boxes = [box_of(each) for each in (numbers, heading)]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"] + boxes[1]["height"] / 3


def test_an_embedded_stop_is_its_view_alone(visit):
    page = visit("/read?stop=4&embed=1")
    expect(page.get_by_role("img", name="Layer").first).to_be_visible(timeout=READY)
    expect(page.get_by_text("Second idea: merge")).to_be_hidden()
    expect(page.locator("[class*=st-key-stop_]")).to_have_count(1)


def test_present_shows_one_stop_in_large_type_and_ends_at_the_stop_that_it_shows(visit):
    page = opened(visit, "/read?stop=3", width=1024, height=768)
    present(page).click()
    page.wait_for_function("() => document.fullscreenElement === document.documentElement")
    heading = page.get_by_role("heading", name="3. What pruning loses")
    assert heading.evaluate("each => parseFloat(getComputedStyle(each).fontSize)") > 30
    expect(heading).to_be_in_viewport()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.locator(".st-key-stop_2")).to_be_hidden()
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", name="4. Second idea: merge")).to_be_in_viewport()
    expect(page.get_by_role("img", name="Layer").first).to_be_in_viewport(timeout=READY)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("img", name=re.compile("^Block 6"))).to_be_in_viewport()
    page.keyboard.press("PageUp")
    expect(heading).to_be_hidden()
    expect(page.get_by_role("heading", name="4. Second idea: merge")).to_be_in_viewport()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 1024
    page.get_by_role("button", name="End (Esc)").click()  # a headless browser has no Esc of its own
    page.wait_for_function("() => !document.fullscreenElement")
    page.wait_for_url(re.compile("stop=4"))
    expect(page.get_by_role("heading", name="4. Second idea: merge")).to_be_in_viewport()
    expect(page.get_by_role("radio", name="4", exact=True)).to_be_checked()


def test_a_click_before_the_server_has_answered_the_scrolling_does_not_scroll_back(context, address):
    page, held, holding = context.new_page(), [], []

    def through(browser):
        server = browser.connect_to_server()
        server.on_message(lambda message: held.append((browser, message)) if holding else browser.send(message))

    page.route_web_socket(re.compile("_stcore/stream"), through)
    page.goto(f"{address}/read?stop=3")
    page.get_by_role("img", name=re.compile("^Block 6")).wait_for(timeout=READY)
    holding.append(True)
    scroll_to(page, 4, 300)
    page.wait_for_url(re.compile("stop=4"))
    answered = len(held)
    while len(held) == answered:
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Glossary and questions").click()
    holding.clear()
    for browser, message in held:
        browser.send(message)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("radio", name="4", exact=True)).to_be_checked()
    assert "stop=4" in page.url
    assert abs(page.evaluate(TOP, 4) - 300) < 30
    page.close()


def test_a_clicker_turns_the_stop_with_a_card_open_in_the_lesson(visit):
    page = opened(visit, "/read?stop=6", width=1280, height=900)
    why = page.get_by_role("button", name="Why cosine?")
    why.wait_for(timeout=READY)
    present(page).click()
    page.wait_for_function("() => document.fullscreenElement === document.documentElement")
    why.click()
    expect(page.get_by_role("dialog", name="Why cosine?")).to_be_visible()
    page.keyboard.press("PageDown")
    expect(page.locator(".st-key-stop_7")).to_be_visible()
    expect(page.locator(".st-key-stop_6")).to_be_hidden()
    page.keyboard.press("PageUp")
    expect(why).to_be_visible()
    expect(page.get_by_role("dialog", name="Why cosine?")).to_be_hidden()
    page.locator(".lesson-token[tabindex='0']").press("Enter")
    why.click()
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.fullscreenElement")


def test_a_phone_presents_the_article_and_no_words_lie_over_others_in_the_lesson(visit):
    page = visit("/read?stop=2", width=390, height=844)
    button = present(page)
    expect(button).to_be_visible(timeout=READY)
    box = box_of(button)
    assert box["x"] + box["width"] <= 390
    button.click()
    expect(page.locator("html[data-present]")).to_have_count(1)
    expect(page.get_by_role("heading", name="3. What pruning loses")).to_be_hidden()
    page.get_by_role("button", name="End (Esc)").click()
    page.goto(page.url.split("/read")[0] + "/matching")
    page.get_by_role("button", name="Present").first.click(timeout=READY)
    sentence = page.locator(".lesson-sentence").first
    expect(sentence).to_contain_text("187 tokens")
    assert sentence.evaluate("each => each.scrollHeight <= each.clientHeight + 1")


@pytest.mark.parametrize(
    ("stop", "lowest"),
    [
        (2, ".tome-facts"),
        (6, ".lesson-details"),
        (7, ".play-card >> nth=-1"),
        (10, ".tome-frames .tome-frame >> nth=-1"),
    ],
)
def test_a_presented_stop_fits_the_screen_without_the_buttons_of_its_viewer(visit, stop, lowest):
    page = opened(visit, f"/read?stop={stop}", width=1024, height=768)
    place = page.locator(f".st-key-stop_{stop} {lowest}")
    place.wait_for(timeout=READY)
    page.keyboard.press("f")
    expect(page.locator("html[data-present]")).to_have_count(1)
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop === 0")
    box = box_of(place)
    assert box["y"] + box["height"] <= 768
    for name in ("Copy link", "Save PNG", "Present"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.locator(f".st-key-stop_{stop}").get_by_text("Export", exact=True)).to_be_hidden()
    expect(page.get_by_role("button", name="End (Esc)")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 900), (1024, 768)])
@pytest.mark.parametrize("stop", [1, 5])
def test_a_presented_drawing_takes_the_width_of_the_screen_and_fits_it(visit, stop, size):
    page = opened(visit, f"/read?stop={stop}", width=size[0], height=size[1])
    drawing = page.locator(f".st-key-stop_{stop} svg[role=img]")
    drawing.wait_for(timeout=READY)
    before = box_of(drawing)
    page.keyboard.press("f")
    expect(page.locator("html[data-present]")).to_have_count(1)
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop === 0")
    box = box_of(drawing)
    assert box["width"] > 0.9 * size[0]
    assert box["height"] > 1.2 * before["height"]
    assert box["y"] + box["height"] <= size[1]


@pytest.mark.parametrize(("lang", "word"), [("en", "Drawing…"), ("zh", "正在绘制…")])
def test_a_word_stands_in_the_place_of_a_picture_that_is_not_drawn_yet(visit, lang, word):
    page = visit(f"/read?lang={lang}", width=1024, height=768)
    page.locator(".st-key-stop_5 svg[role=img]").wait_for(timeout=READY)
    waits = """(stop) => [stop, ...stop.querySelectorAll('[data-testid=stColumn]')].map((each) => getComputedStyle(each, '::after'))
      .filter(({ content }) => content !== 'none').map(({ content, height }) => [content, parseFloat(height) > 150])"""
    shown = [page.locator(f".st-key-stop_{number}").evaluate(waits) for number in (1, 5, 7, 8)]
    assert shown == [[], [], [[f'"{word}"', True]], [[f'"{word}"', True]]]
    over = """(stop) => [...stop.querySelectorAll('[data-testid=stColumn]')]
      .some((each) => getComputedStyle(each, '::after').content !== 'none' && each.scrollHeight > each.clientHeight + 1)"""
    assert [page.locator(f".st-key-stop_{number}").evaluate(over) for number in (7, 8, 9)] == [False] * 3


# A picture is at most 15 % higher or lower than the room that was kept for it.
IN_ITS_ROOM = """(stop) => {
  const [section, view] = ['stop', 'view'].map(kind => document.querySelector(`.st-key-${kind}_${stop}`));
  if (!section || !view) return false;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const kept = rem * parseFloat(getComputedStyle(section).getPropertyValue('--waits'));
  const { height } = view.getBoundingClientRect();
  return Math.abs(height / kept - 1) < 0.15;
}"""


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_a_picture_has_the_room_that_was_kept_for_it(visit, size):
    page = visit("/read", width=size[0], height=size[1])
    for number in (2, 4, 6, 7, 8, 9, 10):
        page.get_by_role("radiogroup", name="Stops").get_by_text(str(number), exact=True).click(timeout=READY)
        page.wait_for_function(IN_ITS_ROOM, arg=number, timeout=READY)
