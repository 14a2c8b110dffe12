"""What a lesson's link hides in the sidebars: each control by one name, and all of them."""

import pytest
from playwright.sync_api import Page, expect
from test_access import READY

from explorer.shell.embed import PLACES

pytestmark = pytest.mark.browser
PAGES = {
    "/?square=true&model=other&random=true&timm=test_vit": {"sample", "upload", "camera", "crop", "model", "size"},
    "/video?model=other&random=true&timm=test_vit": {
        "sample", "upload", "model", "size", "frames", "attention", "algorithm",
    },
    "/sound?sound_model=hub": {"sample", "upload", "microphone", "model", "algorithm"},
    "/text?r=16": {"sample", "upload", "algorithm"},
}  # fmt: skip
"""link that shows all controls of a sidebar → the names of them"""
CONTROLS = "[data-testid=stSidebarUserContent] :is(button, input, textarea, [role=slider], [role=combobox])"
SEEN = """(all) => [...document.querySelectorAll(all)].filter((each) => each.getBoundingClientRect().height > 0)"""
NAMED = f"""([all, places]) => ({SEEN})(all).map((each) =>
  Object.keys(places).filter((name) => each.closest(places[name])))"""
FREE = 3
"""two languages, and the glossary"""
NAMES = {name: place for name, place in PLACES.items() if name not in ("sidebar", "glossary", "title", "figures")}


def opened(visit, link: str) -> Page:
    page = visit(link)
    page.get_by_role("button", name="Glossary and questions").wait_for(timeout=READY)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=READY)
    return page


def test_a_link_that_leaves_r_alone_locks_the_schedule_and_the_layers_after_a_change_of_r_too(visit):
    page = visit("/?embed=true&hide=toolbar&lock=layer,schedule")
    rate = page.get_by_role("slider", name="Tokens merged per layer (r)")
    rate.wait_for(timeout=READY)
    expect(page.get_by_label("Decreasing schedule")).to_be_disabled()
    film = page.locator(".tome-frame")
    expect(film.first).to_be_disabled()
    film.first.evaluate("button => button.dataset.before = ''")
    rate.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tome-frame[data-before]")).to_have_count(0)
    expect(film.first).to_be_visible()
    expect(page.locator(".tome-frame:enabled")).to_have_count(0)


@pytest.mark.parametrize("link", PAGES)
def test_a_link_hides_each_control_of_a_sidebar_by_one_name(visit, link):
    page = opened(visit, link)
    page.locator(PLACES["upload"]).get_by_role("button").first.wait_for(timeout=READY)  # its script comes later
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=READY)
    named = page.evaluate(NAMED, [CONTROLS, NAMES])
    assert sorted(map(len, named))[:FREE] == [0] * FREE
    assert all(len(each) == 1 for each in sorted(named, key=len)[FREE:]), "a control without a name, or with two"
    assert {name for each in named for name in each} == PAGES[link]
    page = opened(visit, f"{link}&hide={','.join(NAMES)}")
    expect(page.get_by_test_id("stSidebar").get_by_text("At most")).to_be_hidden()
    page.wait_for_function(f"([all, free]) => ({SEEN})(all).length === free", arg=[CONTROLS, FREE])
