"""On a projector, all of a presented step or stop is in sight: nothing has to be scrolled to."""

import re

import pytest
from boxes import box_of
from playwright.sync_api import Locator, Page, expect
from test_access import READY

pytestmark = pytest.mark.browser
PROJECTORS = [(1024, 768), (1280, 720)]
CUT = """(root) => {
  const cut = [];
  const textOf = (node) => [...node.childNodes].filter((each) => each.nodeType === 3 && each.textContent.trim());
  const boxesOf = (node) => [
    ...(/^(svg|canvas|img|input|button|select)$/i.test(node.tagName) ? [node.getBoundingClientRect()] : []),
    ...textOf(node).flatMap((text) => {
      const range = document.createRange();
      range.selectNodeContents(text);
      return [...range.getClientRects()];
    }),
  ];
  const look = (node, frames) => {
    const style = getComputedStyle(node);
    if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0' || style.clipPath !== 'none') return;
    for (const box of boxesOf(node)) {
      if (!box.width || !box.height || (box.right < 0 && box.bottom < 0)) continue; // what a chart measures its words with
      const over = ({ left, top, right, bottom }) =>
        Math.max(box.bottom - bottom, box.right - right, top - box.top, left - box.left);
      const by = Math.round(Math.max(...frames.map(over)));
      if (by > 1) cut.push(`${node.tagName} ${node.className.baseVal ?? node.className}, "${node.textContent.trim().slice(0, 40)}": ${by} px`);
    }
    if (/^svg$/i.test(node.tagName)) return;
    const clips = style.overflowX !== 'visible' || style.overflowY !== 'visible';
    const within = clips ? [...frames, node.getBoundingClientRect()] : frames;
    for (const child of (node.shadowRoot ?? node).children) look(child, within);
  };
  look(root, [new DOMRect(0, 0, innerWidth, innerHeight)]);
  return cut;
}"""
"""what of the presented element lies outside the window, or outside a part that scrolls"""

LOWEST = {
    1: "svg[role=img]",
    2: ".tome-facts",
    3: "svg[role=img]",
    4: ".tome-facts",
    5: "svg[role=img]",
    6: ".lesson-columns",
    7: ".play-card >> nth=-1",
    8: "[data-testid=stDataFrame] canvas >> nth=0",
    9: "[data-testid=stMetric] >> nth=-1",
    10: "[data-testid=stMetric] >> nth=-1",
}
"""stop → what comes last of it"""
DRAWN = (
    "parts => parts.map(getComputedStyle).every(({ opacity, transform }) => opacity === '1' && transform === 'none')"
)
WORDS = "[class*=st-key-words_]"


def present(page: Page) -> None:
    page.locator(".tome-present").first.wait_for(timeout=READY)
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")


def expect_whole(shown: Locator, name: str) -> None:
    """Fail with what is cut of ``shown``, unless all of it comes into sight."""
    cut = shown.evaluate(CUT)
    for _ in range(20):
        if not cut:
            return
        shown.page.wait_for_timeout(100)
        cut = shown.evaluate(CUT)
    assert cut == [], name


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", PROJECTORS)
def test_every_step_of_the_presented_lesson_is_whole_on_a_projector(visit, size, language):
    page = visit(f"/matching?mode=predict&step=1&lang={language}", width=size[0], height=size[1])
    lesson = page.locator(".lesson:not(.play)[data-ready]")
    lesson.wait_for(timeout=READY)
    lesson.locator(".lesson-token[tabindex='0']").focus()
    present(page)
    seen = set()
    while "6" not in seen:
        step = lesson.get_attribute("data-step")
        expect_whole(lesson, f"step {step}")
        seen.add(step)
        page.keyboard.press("PageDown")
    assert seen == set("123456")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", PROJECTORS)
def test_every_presented_stop_is_whole_on_a_projector(visit, size, language):
    page = visit(f"/read?lang={language}", width=size[0], height=size[1])
    page.get_by_role("img", name=re.compile("224 px")).wait_for(timeout=READY)
    present(page)
    for number, lowest in LOWEST.items():
        stop = page.locator(f".st-key-stop_{number}")
        expect(stop).to_be_visible()
        stop.locator(lowest).first.wait_for(timeout=READY)
        expect_whole(page.locator("html"), f"stop {number}")
        assert stop.locator(".grow").evaluate_all(DRAWN), (
            f"stop {number}: nothing scrolls here that could end an animation"
        )
        page.keyboard.press("PageDown")
    words, figures = (
        box_of(page.locator(f".st-key-stop_10 {each}")) for each in (WORDS, "[data-testid=stMetric] >> nth=0")
    )
    assert words["y"] + words["height"] <= figures["y"]
