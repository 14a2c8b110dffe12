"""What a person does on the pages Video, Sound and Text."""

import re

import pytest
import timings
from boxes import box_of
from playwright.sync_api import Page, expect
from test_layers import COUNT_MESSAGES, PAINTED, canvas, frames_sent, scrubber

SMALL = "frames=4&clip_side=112&clip_r=20"
READY = 240_000


@pytest.fixture
def video(visit):
    def open_video(query: str = SMALL, **options) -> Page:
        page = visit(f"/video?{query}", **options)
        page.get_by_text("Cosine to the plain run").first.wait_for(timeout=READY)
        page.get_by_role("img", name="Layer").first.wait_for()
        return page

    return open_video


def cursor(page: Page):
    return page.get_by_role("slider", name="Frame", exact=True)


def strip(page: Page):
    """A number for what is painted in each small frame."""
    return page.evaluate("""() => {
      const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
      const frames = roots.flatMap(r => [...r.querySelectorAll('.tome-frames canvas')]);
      return frames.map(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((a, b) => (31 * a + b) | 0, 7));
    }""")


def test_the_sample_clip_is_painted_before_the_engine_is_there(visit):
    page = visit("/video?layer=0")
    expect(canvas(page)).to_have_attribute(
        "aria-label", "Layer 0 of 12: 1,518 of 1,518 tokens remain, frame 1 of 6", timeout=READY
    )
    assert page.evaluate(PAINTED)


def test_scrubbing_time_and_layer_asks_the_server_nothing_until_it_ends(video):
    page = video(f"{SMALL}&layer=6")
    page.get_by_role("button", name="Save as a web page").wait_for()  # the last to come, with scripts of Streamlit's
    page.wait_for_load_state("networkidle")
    page.evaluate(COUNT_MESSAGES)
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    for slider, kept in ((cursor(page), "frame=3"), (scrubber(page), "layer=12")):
        box = box_of(slider)

        def drag(box=box):
            page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
            page.mouse.down()
            for step in range(40):
                page.mouse.move(box["x"] + 4 + (box["width"] - 8) * step / 39, box["y"] + box["height"] / 2)

        assert frames_sent(page, drag) == 0
        page.mouse.up()
        expect(page).to_have_url(re.compile(kept))
    assert not fetched
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(r"Layer 12 of 12: .*frame 4 of 4"))


def test_keys_ask_the_server_nothing_before_they_rest_and_the_link_has_where_they_did(video):
    page = video(f"{SMALL}&layer=6")
    page.evaluate(COUNT_MESSAGES)
    scrubber(page).focus()
    assert frames_sent(page, lambda: [page.keyboard.press("ArrowRight") for _ in range(3)]) == 0
    page.get_by_role("link", name="Sound").click()
    page.wait_for_url(re.compile("/sound"))
    page.go_back()
    page.wait_for_url(re.compile("layer=9"))


def test_what_is_measured_of_a_slider_leaves_out_where_the_one_before_it_has_ended(video, monkeypatch):
    monkeypatch.setattr(timings, "KEYS", 3)

    def sent() -> list[float]:
        page = video(f"{SMALL}&layer=6")
        page.get_by_role("button", name="Save as a web page").wait_for()
        page.wait_for_load_state("networkidle")
        return [timings.scrub(page, slider)["sent"] for slider in ("Frame", "Layer")]

    # Once again where the machine stalls between two keys: the page takes the first for the last.
    assert [0, 0] in (sent() for _ in range(2))


PAINTED_IN_A_PAUSE = """() => {
  window.most = 0;
  window.pauses = 0;
  let painted = new Set();
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = function (...a) {
    if (this.canvas.closest('.tome-strip')) painted.add(this.canvas);
    return drawImage.apply(this, a);
  };
  const pause = window.requestIdleCallback;
  window.requestIdleCallback = (work, options) => pause(() => {
    painted = new Set();
    work();
    window.pauses += painted.size;
    window.most = Math.max(window.most, painted.size);
  }, options);
}"""


def test_a_new_frame_paints_one_layer_of_the_strip_in_each_pause_so_that_no_key_waits_for_all(video):
    page = video(f"{SMALL}&layer=6")
    page.evaluate(PAINTED_IN_A_PAUSE)
    cursor(page).press("ArrowRight")
    page.wait_for_function("window.pauses === 13")
    assert page.evaluate("window.most") == 1


WATCHED = """() => {
  window.watched = new Map();
  const { observe, disconnect } = ResizeObserver.prototype;
  ResizeObserver.prototype.observe = function (element, ...more) {
    if (element.closest('.tome-viewer') || element.classList.contains('tome-film')) window.watched.set(this, element);
    return observe.call(this, element, ...more);
  };
  ResizeObserver.prototype.disconnect = function () {
    window.watched.delete(this);
    return disconnect.call(this);
  };
}"""


def test_a_viewer_that_goes_watches_no_size_any_more(visit):
    page = visit("/training")
    page.get_by_role("heading", name=re.compile(".")).first.wait_for()
    page.evaluate(WATCHED)
    page.get_by_role("link", name="Video", exact=True).click()
    canvas(page).wait_for(timeout=READY)
    page.get_by_role("button", name="Go to layer 6").wait_for()
    assert page.evaluate("window.watched.size") > 1
    page.go_back()
    page.wait_for_url(re.compile("/training"))
    canvas(page).wait_for(state="detached")
    page.wait_for_function("![...window.watched.values()].some(each => !each.isConnected)")


def test_hover_marks_a_token_in_every_frame_at_once(video):
    page = video(f"{SMALL}&layer=12&clip=bunny")
    before = strip(page)
    box = box_of(canvas(page))
    page.mouse.move(box["x"] + 0.95 * box["width"], box["y"] + 0.1 * box["height"])  # the sky
    expect(page.get_by_text(re.compile(r"one token of \d+ patches in 4 of 4 frames")).first).to_be_visible()
    assert all(one != two for one, two in zip(before, strip(page), strict=True))


def test_a_pin_names_frames_and_layers_and_its_link_shows_it(video):
    page = video(f"{SMALL}&layer=12&frame=2")
    box = box_of(canvas(page))
    page.mouse.click(box["x"] + 0.95 * box["width"], box["y"] + 0.1 * box["height"])
    tree = page.get_by_role("region", name=re.compile("Family tree of frame 3"))
    expect(tree.get_by_text(re.compile(r"joined from frames? \d")).first).to_be_visible()
    said = tree.get_by_text(re.compile("In the end its token holds")).text_content()
    expect(page).to_have_url(re.compile(r"pinned=\d+"))
    again = video(page.url.split("?")[1])
    expect(again.get_by_text(said)).to_be_visible()
    expect(canvas(again)).to_have_attribute("aria-label", re.compile("frame 3 of 4"))


NAMES = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('.tome-frames'));
  const said = name => getComputedStyle(root.querySelector(name), '::before').content.replaceAll('"', '');
  return ['.tome-buttons', '.tome-named', '.tome-frames', '.tome-strip .tome-film'].map(said);
}"""


def test_both_strips_and_both_buttons_that_play_say_what_they_are_of(video):
    page = video()
    assert page.evaluate(NAMES) == ["Layer", "Time", "Frame", "Layer"]
    for name in ("Play over layers", "Play over time"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()


def test_time_plays_with_the_keyboard_and_by_its_button_and_the_contact_sheet_is_saved(video):
    page = video()
    cursor(page).focus()
    page.keyboard.press("End")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("frame 4 of 4"))
    page.keyboard.press("Space")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("frame 2 of 4"))
    page.get_by_role("button", name="Pause time").click()
    expect(page.get_by_role("button", name="Play over time")).to_be_visible()
    page.get_by_role("button", name="Go to frame 1").click()
    expect(cursor(page)).to_have_attribute("aria-valuetext", re.compile("Frame 1 of 4"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the contact sheet").click()
    assert download.value.suggested_filename == "bunny-frames.png"
    with open(download.value.path(), "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_r_of_a_clip_changes_the_picture_the_figures_and_the_link_and_a_bad_clip_keeps_them(video):
    page = video(f"{SMALL}&layer=12")
    page.get_by_role("slider", name="Tokens merged per layer (r)").press("ArrowRight")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(r"Layer 12 of 12: 21 of 268"))
    expect(page).to_have_url(re.compile(r"clip_r=21"))
    expect(page.get_by_text("268 → 21")).to_be_visible()
    label = canvas(page).get_attribute("aria-label")
    files = {"name": "notes.mp4", "mimeType": "video/mp4", "buffer": b"no clip"}
    page.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_role("alert").filter(has_text="notes.mp4")).to_be_visible()
    expect(canvas(page)).to_have_attribute("aria-label", label)


@pytest.mark.parametrize("page_name", ["video", "sound"])
def test_a_narrow_screen_shows_clips_and_sounds_without_scrolling_sideways(page_name, video, sound):
    page = (video if page_name == "video" else sound)(width=390, height=844, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = box_of(canvas(page))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box_of(scrubber(page))["width"] > 120


def test_turning_r_up_changes_a_word_and_hover_says_when(sound):
    page = sound("layer=4")
    expect(page.get_by_role("heading", name=re.compile("No word changed"))).to_be_visible()
    slider = page.get_by_role("slider", name="Tokens merged per layer (r)")
    slider.fill("300")
    expect(page.get_by_role("heading", name=re.compile("2 of 22 words changed"))).to_be_visible()
    expect(page).to_have_url(re.compile("sound_r="))
    picture = box_of(canvas(page))
    page.mouse.move(picture["x"] + 0.1 * picture["width"], picture["y"] + 20)
    expect(page.get_by_text(re.compile(r"\d step.*\d\.\d\d–\d\.\d\d s")).first).to_be_visible()


def test_a_long_search_for_the_limit_can_be_stopped(sound):
    page = sound()
    page.get_by_role("button", name="Find the limit").click()
    expect(page.get_by_text(re.compile("of 19 runs"))).to_be_visible()
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile("Cancelled"))).to_be_visible()


def test_words_of_a_text_merge_and_a_pin_says_which_joined(visit):
    page = visit("/text?layer=6&fill=region&text_r=12")
    page.get_by_text("Embedding cosine").first.wait_for(timeout=READY)
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("Layer 6 of 6: 39 of 111"), timeout=READY)
    box = box_of(canvas(page))
    page.mouse.click(box["x"] + 0.5 / 8 * box["width"], box["y"] + 2.5 / 14 * box["height"])  # the first full stop
    expect(page.get_by_text(re.compile(r"one token of \d+ words · .*“.*\.")).first).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("Family tree of word 17"))).to_be_visible()
    page.mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 0.98 * box["height"])  # after the last word
    page.get_by_role("textbox", name="Or a paragraph of your own").fill("A short sentence of my own.")
    page.keyboard.press("Control+Enter")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("of 9 tokens"))


def test_a_pin_on_a_clip_stays_with_the_clip(video):
    page = video(f"{SMALL}&layer=12&frame=2&pinned=30")
    page.get_by_role("link", name="Sound").click()
    page.wait_for_url(re.compile("/sound"))
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("Layer 4 of 4"), timeout=READY)
    assert not re.search(r"[?&](pinned|frame|layer)=", page.url)
    page.go_back()
    page.wait_for_url(re.compile("pinned=30"))


def test_a_pin_stays_with_its_clip_when_another_is_chosen_and_back_brings_it_again(video):
    page = video(f"{SMALL}&layer=12&pinned=30")
    tree, sidebar = page.get_by_role("region", name=re.compile("Family tree")), page.get_by_test_id("stSidebar")
    said = tree.get_by_text(re.compile("In the end its token holds")).text_content()
    page.get_by_role("slider", name="Tokens merged per layer (r)").press("ArrowRight")
    page.wait_for_url(re.compile("clip_r=21.*pinned=30|pinned=30.*clip_r=21"))
    expect(tree).to_be_visible()
    page.get_by_role("slider", name="Tokens merged per layer (r)").press("ArrowLeft")
    page.wait_for_url(re.compile("clip_r=20"))
    sidebar.get_by_text("Pan over a dog").click()
    expect(tree).to_be_hidden(timeout=READY)
    page.wait_for_url(lambda url: "clip=dog-pan" in url and "pinned" not in url)
    sidebar.get_by_text("中文").click()
    expect(page.get_by_role("img", name="第 12 层")).to_be_visible()
    expect(page.locator(".tome-family")).to_have_count(0)
    page.go_back()
    page.go_back()
    page.wait_for_url(lambda url: "pinned=30" in url and "dog-pan" not in url)
    expect(tree.get_by_text(said)).to_be_visible(timeout=READY)
    again = video(f"{SMALL}&layer=12&clip=dog-pan&pinned=30")
    expect(again.get_by_role("region", name=re.compile("Family tree"))).to_be_visible()


def test_a_link_with_a_pin_alone_opens_where_the_token_is_whole(video):
    page = video(f"{SMALL}&pinned=30")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("Layer 12 of 12"))


def test_a_text_has_no_mean_colour_and_falls_back_to_regions(visit):
    page = visit("/text?layer=6&text_r=12&fill=mean")
    expect(page.get_by_role("radio", name="Regions")).to_be_checked(timeout=READY)
    expect(page.get_by_role("radio", name="Mean colour")).to_be_hidden()


def test_the_family_tree_says_from_which_layer_a_token_spans_frames(video):
    page = video(f"{SMALL}&layer=12&frame=2&pinned=140")
    tree = page.get_by_role("region", name=re.compile("Family tree"))
    said = tree.get_by_text(re.compile(r"Its token spans frames from layer \d+ on\.")).text_content()
    layer = int(re.search(r"\d+", said).group())
    facts = page.get_by_text(re.compile(r"in \d of 4 frames")).first
    scrubber(page).fill(str(layer))
    expect(facts).to_contain_text(re.compile(r"in [234] of 4 frames"))
    scrubber(page).fill(str(layer - 1))
    expect(page.get_by_text(re.compile(r"in [234] of 4 frames"))).to_have_count(0)


BRIGHTNESS = """() => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const picture = roots.map(r => r.querySelector('.tome-canvas')).find(Boolean);
  const data = picture.getContext('2d').getImageData(0, 0, picture.width, picture.height).data;
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}"""


def test_a_pin_stands_out_among_regions_without_the_pointer(video):
    page = video(f"{SMALL}&layer=12&fill=region")
    before = page.evaluate(BRIGHTNESS)
    canvas(page).focus()
    for key in ("ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("region", name=re.compile("Family tree"))).to_be_visible()
    page.get_by_role("slider", name="Frame", exact=True).focus()
    page.wait_for_function(f"before => ({BRIGHTNESS})() < 0.9 * before", arg=before)


def test_the_chips_of_the_contact_sheet_can_be_read_in_the_dark(video):
    page = video(color_scheme="dark")
    chip = page.locator("[data-testid=stMultiSelect] [data-tag]").first
    expect(chip).to_have_css("background-color", "rgb(44, 68, 84)")
    expect(chip.locator("span").first).to_have_css("color", "rgb(236, 239, 241)")
