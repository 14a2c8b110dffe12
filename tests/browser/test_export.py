"""What leaves the app: figures, films, embed codes; and the full screen of a lecture."""

import re
from base64 import b64decode, b64encode
from io import BytesIO

import numpy as np
import pytest
from boxes import box_of
from PIL import Image
from playwright.sync_api import Page, expect
from served import ROOT

from explorer.export.origin import origin_of_file


def canvas(page: Page):
    return page.locator("canvas[role=img]").first


def label(layer: int):
    return re.compile(rf"Layer {layer} of 12: ")


def opened_menu(page: Page) -> None:
    menu = page.locator("summary", has_text="Export")
    expect(menu).to_have_count(1)  # the view shown while the model loads has left
    menu.click()


def download(page: Page, kind: str) -> tuple[str, bytes]:
    page.get_by_label("Format").select_option(kind)
    with page.expect_download(timeout=60_000) as told:
        page.get_by_role("button", name="Download", exact=True).click()
    return told.value.suggested_filename, told.value.path().read_bytes()


SENT = """() => {
  window.sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...a) { window.sent += 1; return send.apply(this, a); };
}"""


def test_every_kind_of_file_is_downloaded_without_a_rerun(layers):
    page = layers("/?layer=6&fill=region")
    page.evaluate(SENT)
    opened_menu(page)
    found = {kind: download(page, kind) for kind in ("gif", "svg", "pdf", "json")}
    assert [name for name, _ in found.values()] == [
        "dog-r16-region.gif",
        "dog-r16-layer-6-region.svg",
        "dog-r16-layer-6-region.pdf",
        "dog-r16.json",
    ]
    assert Image.open(BytesIO(found["gif"][1])).n_frames == 13
    assert b"?layer=6&amp;fill=region" in found["svg"][1]
    assert page.evaluate("window.sent") == 0


def test_a_vector_figure_is_offered_in_the_width_of_a_papers_column_and_without_its_caption(layers):
    page = layers("/?layer=6")
    opened_menu(page)
    name, content = download(page, "svg")
    assert (name, b'width="960"' in content) == ("dog-r16-layer-6.svg", True)
    expect(page.get_by_label("Width", exact=True)).to_be_hidden()
    page.get_by_label("Width on paper").select_option("3.25")
    page.get_by_label("Caption in the picture").uncheck()
    name, content = download(page, "svg")
    assert name == "dog-r16-layer-6-3.25in-no-caption.svg"
    assert b'width="3.25in"' in content
    name, _ = download(page, "png")
    assert name == "dog-r16-layer-6-no-caption.png"
    expect(page.get_by_label("Width on paper")).to_be_hidden()
    page.get_by_label("Format").select_option("json")
    expect(page.get_by_label("Caption in the picture")).to_be_disabled()


def test_the_menu_closes_by_escape_after_a_download_and_by_a_click_beside_it(layers):
    page = layers("/?layer=6&fill=region")
    opened_menu(page)
    download(page, "svg")
    expect(page.get_by_role("button", name="Download", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Format")).to_be_hidden()
    opened_menu(page)
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_label("Format")).to_be_hidden()


def saved(page: Page) -> tuple[str, bytes]:
    with page.expect_download(timeout=60_000) as told:
        page.get_by_role("button", name="Save PNG").first.click()
    return told.value.suggested_filename, told.value.path().read_bytes()


def test_a_saved_picture_carries_its_view_as_a_figure_does(layers):
    page = layers("/?layer=6&fill=region&pinned=100")
    name, picture = saved(page)
    opened_menu(page)
    figure, exported = download(page, "png")
    assert name == figure == "dog-r16-layer-6-region-patch-100.png"
    assert origin_of_file(picture) == origin_of_file(exported)
    assert origin_of_file(picture).link == "?layer=6&fill=region&pinned=100"


def test_the_svg_looks_like_the_canvas(layers):
    page = layers(
        "/?layer=6&fill=region", width=1920, height=1300
    )  # borders are as wide on a small canvas as on a large one
    expect(canvas(page)).to_have_attribute("aria-label", label(6))
    page.wait_for_function(DRAWN)
    seen = page.evaluate(PIXELS)
    opened_menu(page)
    _, svg = download(page, "svg")
    page.goto("data:image/svg+xml;base64," + b64encode(svg).decode())
    page.set_viewport_size({"width": 960, "height": 900})
    shot = np.asarray(Image.open(BytesIO(page.screenshot())).convert("RGB")).astype(float)
    picture = shot[49 : 49 + 690, 20:940]  # where sheet.py puts it
    mine = Image.open(BytesIO(b64decode(seen))).convert("RGB").resize((230, 172), Image.Resampling.BOX)
    other = Image.fromarray(picture.astype(np.uint8)).resize((230, 172), Image.Resampling.BOX)
    far = np.abs(np.asarray(mine).astype(float) - np.asarray(other).astype(float))
    assert far.mean() < 8
    assert np.median(far) <= 3


DRAWN = """() => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const canvas = roots.map(r => r.querySelector('canvas[role=img]')).find(Boolean);
  return canvas && canvas.closest('.tome-viewer').dataset.ready === '';
}"""
PIXELS = """() => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const canvas = roots.map(r => r.querySelector('canvas[role=img]')).find(Boolean);
  return canvas.toDataURL().split(",")[1];
}"""


def test_a_film_plays_to_its_end(layers):
    page = layers("/?layer=6")
    opened_menu(page)
    for kind in ("mp4", "webm"):
        page.get_by_label("Width", exact=True).evaluate(
            "(select) => { select.disabled = false; select.value = '480'; }"
        )
        _, film = download(page, kind)
        played = page.evaluate(PLAYED, [b64encode(film).decode(), f"video/{kind}"])
        assert played["ended"]
        assert played["width"] == 480
        assert played["seconds"] == pytest.approx(8, abs=0.3)  # twelve layers for half a second, the last for two


PLAYED = """async ([content, type]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const video = document.createElement("video");
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([bytes], { type }));
  video.playbackRate = 4;
  const ended = new Promise((done, fail) => { video.onended = () => done(true); video.onerror = () => fail(video.error.message); });
  await video.play();
  video.playbackRate = 4;
  return { ended: await ended, width: video.videoWidth, seconds: video.duration };
}"""


def test_caption_citation_and_embed_code_are_copied(layers):
    page = layers("/?layer=6")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened_menu(page)
    starts = {
        "figure caption": "dog, layer 6 of 12",
        "citation": "@inproceedings{bolya2023tome",
        "embed code": "<iframe src=",
    }
    for name, start in starts.items():
        page.get_by_role("button", name=f"Copy {name}").click()
        expect(page.get_by_text(f"Copied: {name}.")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()").startswith(start)


def test_a_link_of_an_own_photo_is_said_to_open_a_sample(layers):
    page = layers("/?layer=6")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    said, own = page.locator(".tome-export .tome-said"), "A link cannot hold your own photo"
    opened_menu(page)
    page.get_by_role("button", name="Copy lesson link").click()
    expect(said).to_contain_text("Copied: lesson link.")
    expect(said).not_to_contain_text(own)
    page.locator(".st-key-upload input[type=file]").set_input_files(ROOT / "sample_images" / "cat.jpg")
    page.get_by_text("Showing cat.jpg").wait_for()
    menu = page.locator(".tome-export")
    for name in ("Copy lesson link", "Copy embed code"):
        expect(menu).to_have_count(1)
        menu.evaluate("each => { each.open = true; }")
        page.get_by_role("button", name=name).click()
        expect(said).to_contain_text(own)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied; it opens a sample")).to_be_visible()


def test_a_lesson_whose_layer_is_locked_cannot_play_on_opening(layers):
    page = layers("/?layer=6")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened_menu(page)
    plays, readers = page.get_by_label("Plays on opening"), page.get_by_label("Readers may change")
    plays.check()
    readers.select_option(label="r only")
    expect(plays).to_be_disabled()
    expect(plays).not_to_be_checked()
    page.get_by_role("button", name="Copy lesson link").click()
    expect(page.get_by_text("Copied: lesson link.")).to_be_visible()
    assert "layer=6" in page.evaluate("navigator.clipboard.readText()")
    readers.select_option(label="the layer only")
    expect(plays).to_be_enabled()


def test_an_embedded_page_is_the_picture_alone(visit):
    page = visit("/?embed=1&layer=6&hide=toolbar&lock=r")
    expect(canvas(page)).to_be_visible(timeout=60_000)
    assert "embed=true" in page.url
    for gone in (
        page.get_by_role("heading", level=1),
        page.get_by_text("Upload a photo"),
        page.locator(".tome-toolbar"),
    ):
        expect(gone).to_be_hidden()
    assert page.locator(".tome-rate input").first.is_disabled()
    box = box_of(canvas(page))
    assert box["y"] >= 0
    expect(page.get_by_role("button", name="Next layer")).to_be_visible()
    page.get_by_role("button", name="Next layer").click()
    expect(canvas(page)).to_have_attribute("aria-label", label(7))


def test_a_lecturer_can_fix_everything_but_r(layers):
    page = layers("/?photo=cat&lock=sample,upload,camera,crop,model,size,layer,fill,merges,pin&layer=6")
    assert page.get_by_role("slider", name="Layer", exact=True).is_disabled()
    assert page.get_by_role("radio", name="Regions").is_disabled()
    assert page.get_by_label("Model", exact=True).is_disabled()
    box = box_of(canvas(page))
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    rate = page.get_by_role("slider", name="Tokens merged per layer (r)")
    rate.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("r=17"))
    assert "pinned" not in page.url


def test_a_clicker_steps_through_the_layers_and_escape_ends_where_it_began(layers):
    page = layers("/?layer=6", width=1024, height=768)
    button = page.get_by_role("button", name="Present")
    button.scroll_into_view_if_needed()
    before = page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    button.click()
    page.wait_for_function("document.fullscreenElement !== null")
    for key, layer in (("PageDown", 7), ("PageDown", 8), ("PageUp", 7), ("ArrowRight", 8), ("End", 12), ("Home", 0)):
        page.keyboard.press(key)
        expect(canvas(page)).to_have_attribute("aria-label", label(layer))
    picture, readout = box_of(canvas(page)), box_of(page.locator(".tome-readout:visible").first)
    assert picture["y"] >= 0
    assert picture["height"] > 0.5 * 768
    assert readout["y"] + readout["height"] <= 768
    page.keyboard.press("Escape")
    page.wait_for_function("document.fullscreenElement === null")
    expect(canvas(page)).to_have_attribute("aria-label", label(6))
    expect(button).to_be_focused()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == pytest.approx(before, abs=2)


def test_space_plays_and_pauses_a_presented_view_and_nothing_scrolls(layers):
    page = layers("/?layer=6&arrows=true", width=1024, height=768)
    page.get_by_role("button", name="Present").click()
    page.wait_for_function("document.fullscreenElement !== null")
    view = page.locator(".tome-viewer[data-present]")
    canvas(page).hover()
    page.locator(".tome-details", has_text="row").wait_for()
    over = view.evaluate("each => [each.scrollHeight - each.clientHeight, each.scrollWidth - each.clientWidth]")
    assert over == [0, 0]
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause layers")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play over layers")).to_be_visible()
    after = page.get_by_role("button", name="First layer")
    after.focus()
    page.keyboard.press(" ")
    expect(canvas(page)).to_have_attribute("aria-label", label(0))
    expect(page.get_by_role("button", name="Play over layers")).to_be_visible()


def test_the_lesson_is_presented_with_its_questions(visit):
    page = visit("/matching?step=3", width=1024, height=768)
    page.get_by_role("button", name="Present").click(timeout=120_000)
    page.wait_for_function("document.fullscreenElement !== null")
    question = page.get_by_role("region", name="Predict, then see")
    expect(question).to_be_visible()
    page.keyboard.press("PageDown")
    expect(page.locator(".lesson-verdict")).to_have_text("Answer: B 67")
    page.keyboard.press("PageDown")
    expect(question).to_be_hidden()
    page.keyboard.press("PageDown")
    expect(page.locator(".lesson[data-step='4']")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".lesson[data-step='3']")).to_be_visible()


def test_a_figure_that_is_dropped_on_the_upload_opens_its_view(layers, tmp_path):
    page = layers("/?photo=cat&r=8&layer=7&fill=region")
    opened_menu(page)
    name, content = download(page, "png")
    (tmp_path / name).write_bytes(content)
    other = layers("/?layer=2")
    other.locator(".st-key-upload input[type=file]").set_input_files(tmp_path / name)
    expect(canvas(other)).to_have_attribute("aria-label", "Layer 7 of 12: 239 of 295 tokens remain")
    expect(other).to_have_url(re.compile(r"photo=cat"))
    expect(other.get_by_text("The view of this file, “cat”, is open.")).to_be_visible()


def test_a_figure_of_a_text_that_is_dropped_on_layers_is_opened_on_its_page(visit, layers, tmp_path):
    page = visit("/text?text=bread&text_r=4&layer=3&fill=size")
    page.locator("canvas[role=img]").first.wait_for(timeout=120_000)
    opened_menu(page)
    name, content = download(page, "svg")
    (tmp_path / name).write_bytes(content)
    other = layers("/?photo=cat&layer=2")
    other.locator(".st-key-upload input[type=file]").set_input_files(tmp_path / name)
    expect(
        other.get_by_text("This file holds a view of “bread” from another page of this app, where it can be opened.")
    ).to_be_visible()
    other.get_by_role("button", name="Open its view").click()
    expect(other.get_by_role("heading", name="Which words become one token?")).to_be_visible()
    expect(canvas(other)).to_have_attribute("aria-label", re.compile(r"^Layer 3 of 6"))
    expect(other.get_by_text("r = 4", exact=True)).to_be_visible()
    expect(other.get_by_role("radio", name="Size")).to_be_checked()
