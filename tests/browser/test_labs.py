"""What a person does on the labs' pages."""

import csv
import io
import re
import zipfile
from urllib.parse import unquote

import numpy as np
import pytest
from boxes import box_of
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from served import refuse_once

from explorer.export.origin import origin_of_file

SLOW = 60.0  # milliseconds: far above a frame and far below a run of the model, on a machine that others slow down

READY = 120_000


def open_page(page: Page, section: str, name: str) -> None:
    """Choose a page in the menu of its section."""
    page.get_by_text(section, exact=True).click()
    page.get_by_role("menuitem", name=name).click()


@pytest.fixture
def lab(visit):
    """Open a lab and wait until its panels and its table are there."""

    def open_lab(path: str, **options) -> Page:
        page = visit(path, **options)
        try:
            page.get_by_test_id("stDataFrame").first.wait_for(timeout=READY)
            page.locator("canvas[role=img]").first.wait_for()
        except PlaywrightTimeout:
            pytest.fail(f"no table or no picture on {path}; the page says: {page.locator('body').inner_text()[:1000]}")
        return page

    return open_lab


COUNT_MESSAGES = """() => {
  window.sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...a) { window.sent += 1; return send.apply(this, a); };
}"""

# A frame is what the viewer draws for one position of the cursor: all panels.
SCRUB = """async () => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const root = roots.find(r => r.querySelector('canvas[role=img]'));
  const range = root.querySelector('input[type=range]');
  const viewer = root.querySelector('[data-frame-ms]');
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const times = [];
  for (let i = 0; i < 60; i++) {
    range.value = String(i % 13);
    range.dispatchEvent(new Event('input', { bubbles: true }));
    await frame();
    await frame();
    times.push(Number(viewer.dataset.frameMs));
  }
  return times.sort((a, b) => a - b);
}"""


def canvases(page: Page):
    return page.locator("canvas[role=img]")


def test_twelve_panels_follow_one_cursor_without_asking_the_server(lab):
    page = lab("/similarity?layer=6")
    expect(canvases(page)).to_have_count(12)
    page.evaluate(COUNT_MESSAGES)
    times = page.evaluate(SCRUB)
    assert page.evaluate("window.sent") == 0
    assert times[54] <= SLOW, f"nine of ten frames within {times[54]:.1f} ms, the slowest {times[-1]:.1f} ms"
    for place in range(12):
        expect(canvases(page).nth(place)).to_have_attribute("aria-label", re.compile("Layer 7 of 12"))


def test_a_click_shows_the_similarity_of_a_patch_in_every_panel(lab):
    page = lab("/similarity?layer=6&feature=key&metric=cosine,dot")
    box = box_of(canvases(page).first)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text(re.compile("Similarity to the pinned patch, as this layer"))).to_be_visible()
    expect(page.get_by_text(re.compile("to the pinned patch · "))).to_have_count(2)
    expect(page.locator(".tome-details").first).not_to_contain_text("column")  # the room under a picture is small
    expect(page.locator(".tome-live")).to_contain_text("column")
    page.get_by_role("radio", name="Size").check(force=True)
    expect(page.get_by_label("Similarity to the pinned patch")).not_to_be_checked()
    page.get_by_label("Similarity to the pinned patch").check()
    expect(page.get_by_text(re.compile("Similarity to the pinned patch, as this layer"))).to_be_visible()
    page.get_by_label("Similarity to the pinned patch").uncheck()
    expect(page.get_by_text(re.compile("Similarity to the pinned patch, as this layer"))).to_have_count(0)


def at_rest(canvas: Locator) -> str:
    """What a canvas shows once nothing is painted on it any more: panels that arrive later repaint those before."""
    for _ in range(40):
        shown = canvas.evaluate("canvas => canvas.toDataURL()")
        canvas.page.wait_for_timeout(500)
        if canvas.evaluate("canvas => canvas.toDataURL()") == shown:
            return shown
    pytest.fail("the canvas is painted again and again")


def test_panels_that_wait_for_another_r_keep_their_picture_and_say_so(lab):
    page = lab("/similarity?layer=6")
    expect(canvases(page)).to_have_count(12, timeout=READY)
    waiting = page.locator("figure[data-waits]")
    before = at_rest(canvases(page).last)
    page.get_by_role("slider", name="Tokens merged per layer").press("ArrowRight")
    waiting.last.wait_for(timeout=READY)
    assert canvases(page).last.evaluate("canvas => canvas.toDataURL()") == before
    expect(waiting.last).to_contain_text("Waiting for its turn.")
    expect(waiting).to_have_count(0, timeout=READY)
    expect(canvases(page)).to_have_count(12)
    assert canvases(page).last.evaluate("canvas => canvas.toDataURL()") != before


def test_the_difference_view_follows_the_reference(lab):
    page = lab("/similarity?layer=9&feature=key&metric=cosine,dot")
    before = [canvases(page).nth(i).screenshot() for i in range(2)]
    pins = page.get_by_role("button", name=re.compile("^(Compare with this|Reference)$"))
    expect(pins.nth(0)).to_have_text("Reference")
    pins.nth(1).click()
    page.wait_for_url(re.compile("reference=dot"))
    expect(page.get_by_role("radio", name="Difference")).to_be_checked()
    expect(page.get_by_text(re.compile("whose group is not the reference's"))).to_be_visible()
    expect(pins.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(pins.nth(0)).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(500)
    assert [canvases(page).nth(i).screenshot() for i in range(2)] != before
    page.go_back()
    expect(pins.nth(0)).to_have_attribute("aria-pressed", "true")


def test_every_border_of_twelve_saved_panels_is_light_between_dark(lab):
    page = lab("/similarity?layer=6&feature=key,query,value&metric=cosine,dot,euclidean,softmax")
    expect(page.locator(".tome-panels figure")).to_have_count(12, timeout=60_000)
    expect(page.get_by_text("Measured on this photo")).to_be_visible(timeout=READY)
    with page.expect_download(timeout=60_000) as told:
        page.get_by_role("button", name="Save PNG").click()
    grey = np.asarray(Image.open(told.value.path()).convert("L"))
    for across in (grey, grey.T):
        between = (across[:, 1:-1] > 215) & (across[:, :-2] < 110) & (across[:, 2:] < 110)
        assert between.mean() > 0.01  # 0.004 where panels were reduced after they were painted


def test_nine_panels_are_saved_in_three_rows_with_their_legend(lab):
    page = lab("/similarity?pinned=100&layer=6&feature=key,query,value&metric=cosine,dot,softmax")
    expect(page.locator(".tome-panels figure")).to_have_count(9, timeout=60_000)
    expect(page.get_by_text("Not computed.")).to_have_count(0)
    with page.expect_download(timeout=60_000) as told:
        page.get_by_role("button", name="Save PNG").click()
    content = told.value.path().read_bytes()
    picture = Image.open(io.BytesIO(content))
    wide, high = (
        page.locator("canvas[role=img]").first.evaluate(f"canvas => canvas.client{side}")
        for side in ("Width", "Height")
    )
    assert 3 * high / (4 * wide) < picture.height / picture.width < 1.5 * 3 * high / (4 * wide)
    assert len(content) < 10 * 2**20  # what can be dropped on the app
    assert origin_of_file(content).link.startswith("similarity?")


def test_the_table_of_one_photo_is_saved_with_all_settings(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot&r=8")
    with page.expect_download() as told:
        page.get_by_role("button", name="CSV with all settings").click()
    assert re.fullmatch(r"dog-similarity-r8-[0-9a-f]{6}\.csv", told.value.suggested_filename)
    rows = list(csv.DictReader(told.value.path().read_text().splitlines()))
    assert [(row["metric"], row["r"], row["schedule"], row["scores_after_layer"]) for row in rows] == [
        ("cosine", "8", "constant", "12"),
        ("dot", "8", "constant", "12"),
    ]
    assert all(0 < float(row["class_cosine"]) < 1 and row["model"] == "DINOv2 ViT-S/14" for row in rows)


def test_a_fill_chosen_before_the_similarities_of_a_patch_arrive_is_not_covered_by_them(lab):
    page = lab("/similarity?layer=9&feature=key&metric=cosine,dot")
    held = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("[?&]patch="), hold)
    canvases(page).first.click()
    page.get_by_role("button", name="Compare with this").first.click()
    page.wait_for_url(re.compile("similarity=false"))
    assert held
    for route in held:
        route.continue_()
    expect(page.get_by_role("checkbox", name="Similarity to the pinned patch")).not_to_be_checked()


def test_a_link_shows_the_fill_that_covered_a_pinned_patchs_similarity(lab):
    page = lab("/similarity?layer=9&feature=key&metric=cosine,dot")
    heat = page.get_by_role("checkbox", name="Similarity to the pinned patch")
    canvases(page).first.click()
    page.wait_for_url(re.compile("pinned=[0-9]+"))
    page.get_by_role("button", name="Compare with this").first.click()
    page.wait_for_url(re.compile("reference=dot"))
    page.wait_for_url(re.compile("similarity=false"))
    other = lab("/" + page.url.split("/", 3)[3])
    for shown in (page, other):
        expect(shown.get_by_role("radio", name="Difference")).to_be_checked()
        expect(shown.get_by_text(re.compile("whose group is not the reference's"))).to_be_visible()
    expect(heat).not_to_be_checked()
    heat.check()
    expect(page.get_by_text(re.compile("Similarity to the pinned patch, as this layer"))).to_be_visible()
    page.get_by_role("slider", name="Layer", exact=True).press("Home")
    expect(page.get_by_text("Nothing is compared here: similarities begin with layer 1.")).to_be_visible()


def test_back_takes_a_panel_away_again_and_the_others_are_not_drawn_anew(lab):
    page = lab("/similarity?layer=9&feature=key&metric=cosine,dot")
    canvases(page).first.evaluate("canvas => { canvas.dataset.mark = 'mine'; }")
    page.get_by_role("button", name="Euclidean").click()
    expect(canvases(page)).to_have_count(3)
    expect(page.get_by_text("Waiting for its turn.")).to_have_count(0)
    expect(canvases(page).first).to_have_attribute("data-mark", "mine")
    page.go_back()
    expect(canvases(page)).to_have_count(2)


def test_each_page_is_one_step_back_and_has_its_choices(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot&r=12&layer=9")
    open_page(page, "Compare", "Algorithms")
    page.wait_for_url(re.compile("/algorithms[?](?=.*r=12)(?=.*layer=9)"))
    expect(canvases(page)).to_have_count(8, timeout=READY)
    page.get_by_role("button", name="DPC-kNN").click()
    page.wait_for_url(re.compile("algorithms=.*dpc_knn"))
    open_page(page, "Compare", "Prune or merge")
    page.wait_for_url(re.compile("/prune_or_merge[?].*r=12"))
    expect(page.get_by_text("3 panels of dog, r = 12.")).to_be_visible(timeout=READY)
    open_page(page, "Measure", "Speed")
    page.wait_for_url(re.compile("/speed[?].*r=12"))
    for heading, panels in (
        ("Prune or merge?", 3),
        ("Which tokens become one?", 9),
        ("Which tokens become one?", 8),
        ("What makes two tokens similar?", 2),
    ):
        page.go_back()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.get_by_text(f"{panels} panels of dog, r = 12.")).to_be_visible(timeout=READY)
    page.wait_for_timeout(2000)  # what calls a reader forward again does so after the page has come
    assert unquote(page.url).endswith("/similarity?feature=key&metric=cosine,dot&r=12&layer=9")


# Choose a fill at the moment at which the browser goes back, before the app has taken the page away.
CHOOSE_WHILE_LEAVING = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('canvas[role=img]'));
  const fill = [...root.querySelectorAll('input[type=radio]')].find(input => input.closest('label').innerText == 'Size');
  addEventListener('popstate', () => fill.click(), { once: true });
}"""


def at_second_lab(lab) -> Page:
    page = lab("/similarity?feature=key&metric=cosine,dot&r=12&layer=9")
    open_page(page, "Compare", "Prune or merge")
    expect(page.get_by_text("3 panels of dog, r = 12.")).to_be_visible(timeout=READY)
    panels = page.locator(".st-key-viewer canvas[role=img]")  # those of the batch come later
    expect(panels).to_have_count(3)
    return page


def expect_back_at_first_lab(page: Page) -> None:
    expect(page.get_by_text("2 panels of dog, r = 12.")).to_be_visible(timeout=READY)
    page.wait_for_timeout(2000)  # what calls a reader forward again does so after the page has come
    assert unquote(page.url).endswith("/similarity?feature=key&metric=cosine,dot&r=12&layer=9")


CHOOSE_AND_GO_BACK = CHOOSE_WHILE_LEAVING.replace(
    "addEventListener('popstate', () => fill.click(), { once: true });", "fill.click(); history.back();"
)

# As on a slow machine: Streamlit sends the choice right after its question for the page to go back to.
CHOOSE_AND_SEND_LATE = CHOOSE_WHILE_LEAVING.replace(
    "addEventListener('popstate', () => fill.click(), { once: true });",
    """const soon = window.setTimeout;
  window.setTimeout = send => addEventListener('popstate', () => send(), { once: true });
  fill.click();
  window.setTimeout = soon;
  setTimeout(() => history.back(), 150);""",
)


def test_a_choice_on_a_page_that_is_being_left_does_not_call_the_reader_back(lab):
    page = at_second_lab(lab)
    page.evaluate(CHOOSE_WHILE_LEAVING)
    page.go_back()
    expect_back_at_first_lab(page)


@pytest.mark.parametrize("choose", [CHOOSE_AND_GO_BACK, CHOOSE_AND_SEND_LATE], ids=["at once", "late"])
def test_a_choice_right_before_back_is_kept_and_back_ends_on_the_page_before(lab, choose):
    page = at_second_lab(lab)
    page.evaluate(choose)
    expect_back_at_first_lab(page)
    page.go_forward()
    expect(page.get_by_text("3 panels of dog, r = 12.")).to_be_visible(timeout=READY)
    assert "fill=size" in page.url
    expect(page.locator(".st-key-viewer").get_by_role("radio", name="Size")).to_be_checked()


def test_going_back_twice_at_once_ends_where_the_link_says(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot")
    for _ in range(2):  # what the first round had to compute, the second finds
        for photo in ("cat", "duck", "owl"):
            page.get_by_role("radio", name=photo).click(force=True)
            page.wait_for_url(re.compile(f"photo={photo}"))
        page.go_back()
        page.wait_for_timeout(100)
        page.go_back()
        expect(page.get_by_text("2 panels of cat")).to_be_visible()
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=READY)
        assert page.evaluate("location.search").endswith("photo=cat")
        expect(page.get_by_role("radio", name="cat")).to_be_checked()


def test_the_link_keeps_a_pinned_patch_when_another_choice_is_made(lab):
    page = lab("/similarity?layer=9&feature=key&metric=cosine,dot")
    canvases(page).first.click()
    page.wait_for_url(re.compile("pinned=[0-9]+"))
    page.get_by_role("button", name="Compare with this").first.click()
    page.wait_for_url(re.compile("reference=dot"))
    assert re.search("pinned=[0-9]+", page.url)
    assert "layer=9" in page.url


def test_photos_and_an_archive_of_ones_own_are_measured_and_the_bad_one_is_named(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot")
    page.get_by_text("My own photos").click()
    files = [
        {"name": "dog.png", "mimeType": "image/png", "buffer": png(1)},
        {
            "name": "more.zip",
            "mimeType": "application/zip",
            "buffer": zipped({"a/cat.png": png(2), "b/bad.png": b"no"}),
        },
        {"name": "cow.png", "mimeType": "image/png", "buffer": png(3)},
    ]
    page.locator("input[type=file][multiple]").set_input_files(files)
    page.get_by_role("button", name="Measure 4 files").click()
    expect(page.get_by_text("Mean ± standard deviation over the photos.")).to_be_visible(timeout=READY)
    expect(page.get_by_text(re.compile("bad.png"))).to_have_count(1)
    expect(page.get_by_text(re.compile("of 4 photos"))).to_have_count(0)
    with page.expect_download() as told:
        page.get_by_role("button", name="CSV, one line per photo and panel").click()
    assert re.fullmatch(r"tome-similarity-3-photos-r16-[0-9a-f]{10}\.csv", told.value.suggested_filename)
    rows = list(csv.DictReader(told.value.path().read_text().splitlines()))
    assert {(row["model"], row["model_key"], row["scores_after_layer"]) for row in rows} == {
        ("DINOv2 ViT-S/14", "dinov2_embedded", "12")
    }
    assert [row["photo"] for row in rows] == ["dog.png"] * 2 + ["cat.png"] * 2 + ["bad.png"] + ["cow.png"] * 2


def png(seed: int) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("path", ["/similarity", "/algorithms", "/prune_or_merge"])
def test_a_narrow_screen_shows_two_panels_at_once_and_scrolls_only_downwards(lab, path):
    page = lab(path, width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [box_of(canvases(page).nth(i)) for i in range(canvases(page).count())]
    assert boxes[0]["x"] >= 0
    assert boxes[1]["x"] + boxes[1]["width"] <= 390  # the others follow in a row that scrolls sideways
    assert boxes[0]["y"] == boxes[1]["y"]


def test_holes_and_padding_of_a_batch_are_shown(lab):
    page = lab("/prune_or_merge?batch=dog,duck")
    expect(page.get_by_text(re.compile("are padding"))).to_be_visible(timeout=READY)
    expect(canvases(page)).to_have_count(5)


R_SLIDER = "Tokens merged per layer (r)"
FIRST = "canvas[role=img] >> nth=0"


def label(page: Page) -> str:
    return page.locator(FIRST).get_attribute("aria-label")


def rate(page: Page):
    return page.get_by_role("slider", name=R_SLIDER)


def tokens(r: int) -> re.Pattern:
    return re.compile(f"Layer 6 of 12: {267 - 6 * r} of 267 tokens remain")


def test_a_new_r_shows_the_first_panel_while_the_others_wait_and_the_tables_follow(lab):
    page = lab("/similarity?r=8&layer=6")
    before = box_of(page.get_by_test_id("stDataFrame").first)
    rate(page).press("ArrowRight")
    expect(page.locator(FIRST)).to_have_attribute("aria-label", tokens(9))
    assert page.locator("figure[data-waits]").count() > 0
    expect(page.get_by_text("12 panels of dog, r = 9.")).to_be_visible(timeout=READY)
    expect(page.locator("figure[data-waits]")).to_have_count(0)
    for place in range(12):
        expect(canvases(page).nth(place)).to_have_attribute("aria-label", tokens(9))
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    assert box_of(page.get_by_test_id("stDataFrame").first)["y"] == before["y"]
    assert "r=9" in page.url


def test_dragging_r_shows_values_on_the_way_and_all_panels_of_the_last_one(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot,softmax&layer=6")
    box, seen = box_of(rate(page)), set()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.1 * box["width"], middle)
    page.mouse.down()
    for step in range(100):
        page.mouse.move(box["x"] + (0.1 + 0.001 * step) * box["width"], middle)
        seen.add(label(page))
    page.mouse.up()
    r = int(rate(page).input_value())
    for place in range(3):
        expect(canvases(page).nth(place)).to_have_attribute("aria-label", tokens(r), timeout=READY)
    expect(page.get_by_text(f"3 panels of dog, r = {r}.")).to_be_visible(timeout=READY)
    expect(page).to_have_url(re.compile(f"[?&]r={r}(&|$)"))
    assert len(seen) > 2


def test_back_and_forward_take_r_along(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot&layer=6")
    rate(page).press("ArrowRight")
    expect(page).to_have_url(re.compile("r=17"), timeout=READY)
    for go, r in ((page.go_back, 16), (page.go_forward, 17)):
        go()
        expect(rate(page)).to_have_value(str(r))
        for place in range(2):
            expect(canvases(page).nth(place)).to_have_attribute("aria-label", tokens(r))
        expect(page.get_by_text(f"2 panels of dog, r = {r}.")).to_be_visible()


def test_the_same_r_chosen_again_after_a_step_back_counts(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot&layer=6")
    for go, r in ((None, 17), (page.go_back, 16), (None, 17)):
        go() if go else rate(page).press("ArrowRight")
        expect(page.get_by_text(f"2 panels of dog, r = {r}.")).to_be_visible(timeout=READY)


def test_a_full_queue_is_shown_and_retried(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot&r=20&layer=6")
    refuse_once(page, "**/api/v1/records?*r=21*")
    rate(page).press("ArrowRight")
    expect(page.get_by_text("64 runs are waiting already. Trying again…")).to_be_visible()
    expect(page.locator(FIRST)).to_have_attribute("aria-label", tokens(21))
    expect(page.get_by_text("64 runs are waiting")).to_have_count(0)
    expect(page.get_by_text("2 panels of dog, r = 21.")).to_be_visible(timeout=READY)


def test_the_remaining_panels_can_be_stopped_and_resumed(visit):
    page = visit("/algorithms?side=448&layer=6")
    page.locator(FIRST).wait_for(timeout=READY)
    rate(page).press("ArrowRight")
    page.get_by_role("button", name="Stop the rest").click(timeout=READY)
    expect(page.get_by_text("Stopped.", exact=True).first).to_be_visible()
    expect(page).to_have_url(re.compile("r=17"))
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Stopped.", exact=True)).to_have_count(0, timeout=READY)
    expect(page.get_by_text("Waiting for its turn.")).to_have_count(0, timeout=READY)
    page.get_by_test_id("stDataFrame").first.wait_for(timeout=READY)


def test_a_pinned_patch_stays_pinned_and_compared_under_another_r(lab):
    page = lab("/similarity?layer=6&feature=key&metric=cosine,dot&pinned=100")
    close = page.get_by_text(re.compile("to the pinned patch · "))
    expect(close).to_have_count(2)
    rate(page).press("ArrowRight")
    expect(page.locator(FIRST)).to_have_attribute("aria-label", tokens(17))
    expect(close).to_have_count(2)
    expect(page).to_have_url(re.compile("pinned=100"))


def test_a_page_that_is_left_in_the_middle_of_a_run_leaves_the_next_one_whole(lab):
    page = lab("/similarity?r=30&layer=6")  # an r of its own, which no other test has computed
    rate(page).press("ArrowRight")
    page.locator("figure[data-waits]").first.wait_for()
    open_page(page, "Compare", "Prune or merge")
    expect(canvases(page)).to_have_count(7, timeout=READY)
    expect(page.get_by_text("Waiting for its turn.")).to_have_count(0, timeout=READY)
    page.get_by_test_id("stDataFrame").first.wait_for(timeout=READY)


# Turn r and click on another page before its panels are there.
TURN_AND_LEAVE = """() => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const r = roots.map(root => root.querySelector('input[aria-label="Tokens merged per layer (r)"]')).find(Boolean);
  r.value = 21;
  for (const name of ['input', 'change']) r.dispatchEvent(new Event(name, { bubbles: true }));
  document.querySelector('a[href$="/text"]').click();
}"""


def test_an_r_turned_right_before_a_click_on_another_page_is_there_after_back_and_a_step_of_its_own(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot&r=20&layer=9")
    page.evaluate(TURN_AND_LEAVE)
    page.wait_for_url(re.compile("/text"))
    expect(page.get_by_role("heading", name="Which words become one token?")).to_be_visible(timeout=READY)
    for r in (21, 20):
        page.go_back()
        expect(page.get_by_text(f"2 panels of dog, r = {r}.")).to_be_visible(timeout=READY)
        page.wait_for_timeout(1000)  # what calls a reader forward again does so after the page has come
        assert f"r={r}" in page.url


def test_a_reload_shows_the_same_panels_under_the_same_r(lab):
    page = lab("/similarity?feature=key&metric=cosine,dot&layer=6")
    rate(page).press("ArrowRight")
    expect(page).to_have_url(re.compile("r=17"), timeout=READY)
    page.reload()
    expect(rate(page)).to_have_value("17", timeout=READY)
    for place in range(2):
        expect(canvases(page).nth(place)).to_have_attribute("aria-label", tokens(17), timeout=READY)
    expect(page.get_by_text("2 panels of dog, r = 17.")).to_be_visible()


def test_two_tabs_have_independent_r(lab):
    one, two = (lab("/similarity?feature=key&metric=cosine,dot&layer=6") for _ in range(2))
    rate(one).press("ArrowRight")
    rate(two).press("ArrowLeft")
    for page, r in ((one, 17), (two, 15)):
        for place in range(2):
            expect(canvases(page).nth(place)).to_have_attribute("aria-label", tokens(r), timeout=READY)
        expect(page.get_by_text(f"2 panels of dog, r = {r}.")).to_be_visible(timeout=READY)
