"""What a person does on the page Layers."""

import csv
import os
import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from boxes import box_of
from playwright.sync_api import Page, Route, expect
from served import refuse_once
from test_access import READY

SAMPLES = Path(__file__).parents[2] / "sample_images"


def canvas(page: Page):
    return page.locator("canvas[role=img]").first


def scrubber(page: Page):
    return page.get_by_role("slider", name="Layer", exact=True)


def frames_sent(page: Page, act) -> int:
    """How many messages the page sends to the server while ``act`` runs."""
    before = page.evaluate("window.sent")
    act()
    return page.evaluate("window.sent") - before


COUNT_MESSAGES = """() => {
  window.sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...a) { window.sent += 1; return send.apply(this, a); };
}"""


def test_the_first_page_is_painted_before_the_engine_is_there(visit):
    page = visit("/?layer=0")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(r"Layer 0 of 12: 267 of 267 tokens remain"))
    assert page.evaluate(PAINTED)


def test_controls_that_are_used_before_the_first_picture_is_there_wait_for_it(visit):
    page, held = visit("/read?r=5"), []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/record?*", hold)
    page.goto(page.url.replace("/read?r=5", "/?r=5&layer=3"))
    for name in ("Next layer", "Play over layers", "First layer"):
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("radiogroup", name="Fill").get_by_text("Size").click()
    scrubber(page).press("ArrowRight")
    assert held
    while held:
        held.pop().continue_()
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(r"Layer 3 of 12"))
    expect(page.get_by_role("radio", name="Size").first).to_be_checked()


CHOOSE_AND_LEAVE = """() => {
  const root = [...document.querySelectorAll('*')].map(e => e.shadowRoot).find(r => r?.querySelector('canvas[role=img]'));
  [...root.querySelectorAll('input[type=radio]')].find(input => input.closest('label').innerText == 'Size').click();
  document.querySelector('a[href$="/text"]').click();
}"""


def test_a_choice_right_before_a_click_on_another_page_leaves_that_page_whole(visit):
    page = visit("/?layer=3")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(r"Layer 3 of 12"))
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)
    page.evaluate(CHOOSE_AND_LEAVE)
    page.wait_for_url(re.compile("/text"))
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(r"Layer \d+ of 6"))
    page.go_back()
    page.wait_for_url(re.compile("fill=size"))
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(r"Layer 3 of 12"))


TURN_AND_LEAVE = """() => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const r = roots.map(root => root.querySelector('input[aria-label="Tokens merged per layer (r)"]')).find(Boolean);
  r.value = 5;
  for (const name of ['input', 'change']) r.dispatchEvent(new Event(name, { bubbles: true }));
  document.querySelector('a[href$="/matching"]').click();
}"""


def test_an_r_turned_right_before_a_click_on_another_page_goes_along(visit):
    page = visit("/?layer=3")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(r"Layer 3 of 12"))
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)
    page.evaluate(TURN_AND_LEAVE)
    page.wait_for_url(re.compile(r"/matching\?.*\br=5\b"))


LABELS = """() => {
  window.labels = [];
  const note = () => {
    const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
    const label = roots.map(r => r.querySelector('canvas[role=img]')).find(Boolean)?.getAttribute('aria-label');
    if (label && label !== window.labels.at(-1)) window.labels.push(label);
    requestAnimationFrame(note);
  };
  note();
}"""


BUSY = "() => setTimeout(() => { const end = performance.now() + 400; while (performance.now() < end); })"
"""keeps the page's only thread from everything else, as a large picture does"""


def layers_seen(page: Page) -> list[int]:
    return [int(label.split()[1]) for label in page.evaluate("window.labels")]


def test_a_first_view_plays_once_from_the_photo_to_the_last_layer(visit):
    page = visit()
    page.evaluate(LABELS)
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 12 of 12: 75 of 267 tokens remain")
    seen = layers_seen(page)
    assert seen == sorted(seen)
    assert len(seen) > 6
    assert "layer" not in page.url
    expect(page.get_by_role("button", name="Play over layers", exact=True)).to_be_visible()


def test_reduced_motion_shows_the_end_at_once(visit):
    page = visit("/speed")  # no viewer there
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("link", name="Layers").click()
    page.evaluate(LABELS)
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 12 of 12: 75 of 267 tokens remain")
    assert set(layers_seen(page)) == {12}


def test_moving_the_layer_stops_the_opening_play(visit):
    page = visit()
    canvas(page).wait_for()
    scrubber(page).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("layer=1(&|$)"))
    page.reload()
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 1 of 12: 251 of 267 tokens remain")


PAINTED = """() => {
  const roots = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const canvas = roots.map(r => r.querySelector('canvas[role=img]')).find(Boolean);
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(pixels.buffer)).size > 20;
}"""


def test_a_drag_of_sixty_steps_asks_the_server_nothing_until_it_ends(layers):
    page = layers("/?layer=6")
    page.evaluate(COUNT_MESSAGES)
    box = box_of(scrubber(page))
    middle = box["y"] + box["height"] / 2

    def drag():
        page.mouse.move(box["x"] + box["width"] / 2, middle)
        page.mouse.down()
        for step in range(60):
            page.mouse.move(box["x"] + box["width"] * (0.5 + 0.49 * (-1) ** (step + 1) * step / 60), middle)

    assert frames_sent(page, drag) == 0
    label = canvas(page).get_attribute("aria-label")
    assert label.startswith("Layer 12 ")
    page.mouse.up()
    expect(canvas(page)).to_have_attribute("aria-label", label)
    expect(page).to_have_url(re.compile("layer=12"))


def test_the_keyboard_alone_scrubs_plays_pins_and_lets_go(layers):
    page = layers()
    scrubber(page).focus()
    page.keyboard.press("End")
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 12 of 12: 75 of 267 tokens remain")
    page.keyboard.press("Home")
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 0 of 12: 267 of 267 tokens remain")
    page.keyboard.press("ArrowRight")
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 1 of 12: 251 of 267 tokens remain")
    page.keyboard.press("Space")
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("Layer 3 of 12"))
    page.keyboard.press("Space")
    canvas(page).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"pinned=\d+"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"^(?!.*pinned=)"))


def test_hover_describes_a_token_and_a_click_pins_its_family_tree(layers):
    page = layers("/?layer=6")
    box = box_of(canvas(page))
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.45)
    expect(page.get_by_text(re.compile(r"\d+ patches")).first).to_be_visible()
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.45)
    expect(page).to_have_url(re.compile(r"pinned=\d+"))


def test_a_link_reopens_the_view_in_another_session(layers):
    page = layers("/?photo=cat&r=8&layer=10&fill=region")
    label = canvas(page).get_attribute("aria-label")
    assert label.startswith("Layer 10 of 12")
    page.get_by_role("radio", name="Size").check(force=True)
    expect(page).to_have_url(re.compile("fill=size"))
    again = layers(page.url.removeprefix(page.evaluate("location.origin")))
    expect(canvas(again)).to_have_attribute("aria-label", label)
    assert again.get_by_role("radio", name="Size").is_checked()


def test_a_look_at_a_clip_keeps_the_model_and_the_layer_of_the_photo(visit):
    page = visit("/?model=other&timm=test_vit&random=true&layer=2")
    page.get_by_role("button", name="Measure the speed-up").wait_for(timeout=READY)
    expect(page.get_by_role("slider", name="Layer", exact=True)).to_have_value("2")
    page.get_by_role("link", name="Video", exact=True).click()
    page.wait_for_url(re.compile("/video[?].*timm=test_vit"))
    page.get_by_role("link", name="Layers", exact=True).click()
    page.wait_for_url(re.compile("[?](?=.*timm=test_vit)(?=.*random=true)(?=.*layer=2)"))
    expect(page.get_by_role("slider", name="Layer", exact=True)).to_have_value("2")


def test_back_returns_to_the_photo_before(layers):
    page = layers("/?layer=4")
    page.get_by_role("radio", name="cat").or_(page.get_by_role("button", name="cat")).first.click()
    expect(page).to_have_url(re.compile("photo=cat"))
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("of 295 tokens"))
    page.go_back()
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("Layer 4 of 12: 203 of 267 tokens"))


SAYS_WHAT_IS_CHOSEN = """() => {
  const chosen = [...document.querySelectorAll('[role=radio][aria-checked=true]')].map(each => each.innerText.trim());
  const busy = document.querySelector('[data-testid=stStatusWidget]');
  const named = new URL(location.href).searchParams.get('photo');
  return !busy && !chosen.includes('owl') && chosen.includes(named);
}"""


@pytest.mark.parametrize("after", [0, 15, 30, 60, 120])
def test_a_step_back_right_after_a_choice_ends_where_the_address_says(layers, after):
    page = layers("/?layer=6&photo=cat")
    page.get_by_role("radio", name="cow").click()
    page.wait_for_url(re.compile("photo=cow"))
    page.get_by_role("radio", name="owl").click()
    page.wait_for_timeout(after)  # the choice's link is on its way, sooner or later
    page.evaluate("history.back()")
    page.wait_for_function(SAYS_WHAT_IS_CHOSEN)


def test_a_measurement_asked_for_right_after_a_key_on_r_is_made(layers):
    page = layers("/?r=8")
    r = page.get_by_role("slider", name="Tokens merged per layer (r)")
    r.focus()
    measure = page.get_by_role("button", name="Measure the speed-up")
    measure.scroll_into_view_if_needed()
    box = box_of(measure)
    page.keyboard.press("ArrowRight")
    page.evaluate(BUSY)  # Streamlit sends the click and the report of r, which loses the focus, at once
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("Forward time, medians").or_(page.get_by_text("Not measurable now")).first).to_be_visible(
        timeout=60_000
    )
    expect(page).to_have_url(re.compile(r"[?&]r=9\b"))


def test_the_theme_is_followed_at_once(layers):
    page = layers(color_scheme="light")
    ground = "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".stApp")).not_to_have_css("background-color", light)
    assert page.evaluate(PAINTED)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_region_under_the_pointer_is_told_and_nothing_moves(layers, width):
    page = layers("/?layer=12", width=width)
    picture = canvas(page)
    before = box_of(picture)
    for across, down in ((0.5, 0.45), (0.3, 0.3), (0.9, 0.1), (0.45, 0.75)):
        picture.hover(position={"x": across * before["width"], "y": down * before["height"]})
        expect(page.locator(".tome-details").first).to_contain_text(re.compile("row [0-9]+, column [0-9]+"))
        assert box_of(picture) == before


def test_a_narrow_screen_scrolls_only_downwards(layers):
    page = layers(width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = box_of(canvas(page))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box_of(scrubber(page))["width"] > 120


def test_a_change_of_r_does_not_fetch_the_photo_again(layers):
    page = layers("/?layer=6")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    label = canvas(page).get_attribute("aria-label")
    page.get_by_role("slider", name="Tokens merged per layer (r)").press("ArrowRight")
    expect(canvas(page)).not_to_have_attribute("aria-label", label)
    assert not [url for url in fetched if "/photo" in url]
    assert page.evaluate(PAINTED)


def test_dragging_r_shows_values_on_the_way_and_the_last_one_in_the_end(layers):
    page = layers("/?layer=6")
    slider = page.get_by_role("slider", name="Tokens merged per layer (r)")
    box = box_of(slider)
    labels = set()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(100):
        page.mouse.move(box["x"] + (0.1 + 0.001 * step) * box["width"], box["y"] + box["height"] / 2)
        labels.add(canvas(page).get_attribute("aria-label"))
    page.mouse.up()
    r = int(slider.input_value())
    expect(canvas(page)).to_have_attribute("aria-label", f"Layer 6 of 12: {267 - 6 * r} of 267 tokens remain")
    expect(page).to_have_url(re.compile(f"[?&]r={r}(&|$)"))
    expect(page.get_by_text(f"267 → {267 - 12 * r}")).to_be_visible()
    assert len(labels) > 2


def test_r_changes_the_picture_and_the_link_and_back_and_forward_take_it_along(layers):
    page = layers("/?layer=6")
    slider = page.get_by_role("slider", name="Tokens merged per layer (r)")
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile("[?&]r=17"))
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 6 of 12: 165 of 267 tokens remain")
    page.go_back()
    expect(slider).to_have_value("16")
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 6 of 12: 171 of 267 tokens remain")
    page.go_forward()
    expect(slider).to_have_value("17")
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 6 of 12: 165 of 267 tokens remain")


def test_a_full_queue_is_shown_and_retried(layers):
    page = layers("/?layer=6")
    refuse_once(page, "**/api/v1/record?*r=21*")
    for _ in range(5):
        page.get_by_role("slider", name="Tokens merged per layer (r)").press("ArrowRight")
    expect(page.get_by_text("64 runs are waiting already. Trying again…")).to_be_visible()
    expect(canvas(page)).to_have_attribute("aria-label", "Layer 6 of 12: 141 of 267 tokens remain")
    expect(page.get_by_text("64 runs are waiting")).to_have_count(0)


def test_the_view_is_saved_as_a_standalone_page(layers):
    page = layers("/?layer=6&fill=region")
    scrubber(page).press("End")
    expect(page).to_have_url(re.compile("layer=12"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a web page").click()
    assert re.fullmatch(r"dog-[0-9a-f]{8}\.html", download.value.suggested_filename)
    content = Path(download.value.path()).read_text(encoding="utf-8")
    assert content.endswith("</html>\n")
    assert '"layer":12' in content


def test_a_bad_upload_keeps_the_picture(layers):
    page = layers("/?layer=6")
    label = canvas(page).get_attribute("aria-label")
    files = {"name": "notes.png", "mimeType": "image/png", "buffer": b"not a picture"}
    page.locator(".st-key-upload input[type=file]").set_input_files(files)
    expect(page.get_by_role("alert").filter(has_text="notes.png")).to_be_visible()
    expect(canvas(page)).to_have_attribute("aria-label", label)


def test_a_photo_above_the_limit_is_refused_in_a_sentence_that_says_what_to_do(layers, tmp_path):
    page = layers("/")
    limit = page.get_by_text("At most 20 MB and 52 megapixels; a copy 1536 pixels wide is enough.")
    expect(limit.first).to_be_visible()
    for name, size in {"large.jpg": 25, "huge.jpg": 60}.items():
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, size << 20)
    choose = page.locator(".st-key-upload input[type=file]")
    choose.set_input_files(tmp_path / "large.jpg")
    expect(
        page.get_by_role("alert").filter(has_text="“large.jpg” is larger than 20 MB: save a smaller copy")
    ).to_be_visible()
    choose.set_input_files(tmp_path / "huge.jpg")
    reason = page.get_by_test_id("stFileChip").get_by_role("alert")
    expect(reason).to_contain_text("File must be 50.0MB or smaller")
    assert box_of(reason)["width"] > 100, "to be read without a mouse"


def test_a_patch_of_one_photo_is_compared_with_those_of_another(layers):
    page = layers("/?r=13&beside=owl&layer=6")
    pair = page.locator(".tome-viewer").nth(1)
    dog, owl = pair.locator("canvas").nth(0), pair.locator("canvas").nth(1)
    expect(owl).to_be_visible()
    before = sha256(owl.screenshot()).hexdigest()
    box = box_of(dog)
    dog.click(position={"x": box["width"] / 2, "y": box["height"] / 3})
    expect(pair.locator(".tome-legend")).to_contain_text("both photos on one scale")
    live = pair.locator(".tome-live")
    expect(live).to_contain_text("owl · DINOv2 ViT-S/14: most similar patch, 0.638 to the pinned patch")
    expect(live).to_contain_text("row 7, column 9")  # of docs/api.md: patch 134 of 21 columns
    assert sha256(owl.screenshot()).hexdigest() != before
    told = pair.locator(".tome-details").nth(1)
    expect(told).to_contain_text("most similar patch · 0.638 to the pinned patch")
    dog.hover(position={"x": 20, "y": 20})
    expect(pair.locator(".tome-details").nth(0)).not_to_contain_text("1.000 to the pinned patch")
    expect(told).to_contain_text("most similar patch · 0.638 to the pinned patch")
    expect(pair.locator(".tome-families section")).to_have_count(1)
    box = box_of(owl)
    owl.click(position={"x": box["width"] / 2, "y": box["height"] / 3})
    expect(live).to_contain_text("dog · DINOv2 ViT-S/14: most similar patch")
    expect(live).to_contain_text("owl · DINOv2 ViT-S/14: Layer 6")
    pair.locator("summary", has_text="Export").click()
    expect(pair.get_by_label("Format").locator("option:not([hidden])")).to_have_count(7)  # neither page nor record
    with page.expect_download(timeout=60_000) as told:
        pair.get_by_role("button", name="Download", exact=True).click()
    named = r"dog-and-owl-r13-layer-6-similarity-patch-\d+-[0-9a-f]{6}\.svg"
    assert re.fullmatch(named, told.value.suggested_filename)
    assert "of owl, both photos on one scale" in told.value.path().read_text()
    other = layers("/?layer=2")
    file = {"name": "pair.svg", "mimeType": "image/svg+xml", "buffer": told.value.path().read_bytes()}
    other.locator(".st-key-upload input[type=file]").set_input_files(file)
    again = other.locator(".tome-viewer").nth(1).locator(".tome-live")
    expect(again).to_contain_text("dog · DINOv2 ViT-S/14: most similar patch", timeout=60_000)
    expect(again).to_contain_text("owl · DINOv2 ViT-S/14: Layer 6")
    assert re.search("[?&]beside_pinned=", other.url)
    assert not re.search("[?&]pinned=", other.url)


def test_what_a_photo_beside_has_put_into_the_link_goes_with_it(layers):
    page = layers("/?layer=2&beside=owl")
    page.get_by_text("Beside another photo or another model").click()
    pair = page.locator(".tome-viewer").nth(1)
    owl = pair.locator("canvas").nth(1)
    box = box_of(owl)
    owl.click(position={"x": box["width"] / 2, "y": box["height"] / 3})
    page.wait_for_url(re.compile("beside_pinned="))
    pair.get_by_role("button", name="Next layer").click()
    page.wait_for_url(re.compile("layer=3"))
    pair.get_by_text("Regions").click()
    page.wait_for_url(re.compile("fill=region"))
    page.locator("[class*=st-key-beside]").get_by_text("owl", exact=True).click()
    expect(page.locator(".tome-viewer")).to_have_count(1)
    page.wait_for_url(lambda url: "beside" not in url)
    assert parse_qsl(urlsplit(page.url).query) == [("layer", "2")]
    expect(page.get_by_text("Layer 2 of 12", exact=True)).to_be_visible()


def test_ones_own_photo_is_still_there_after_a_page_without_photos(layers):
    page = layers("/?layer=6")
    page.locator(".st-key-upload input[type=file]").set_input_files(SAMPLES / "owl.webp")
    shown = page.get_by_text("Showing owl.webp.")
    expect(shown).to_be_visible()
    page.get_by_role("link", name="Text").click()
    expect(page.get_by_role("heading", name="Which words become one token?")).to_be_visible(timeout=READY)
    page.go_back()
    expect(shown).to_be_visible()
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("of 295 tokens remain"))
    page.get_by_role("radio", name="cow").click(force=True)
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="Show my photo again").click()
    expect(shown).to_be_visible()


def test_ones_own_photo_stands_beside_a_sample_until_it_is_removed(layers):
    page = layers("/?layer=6")
    page.get_by_text("Beside another photo or another model").click()
    own = page.locator(".st-key-upload_beside")
    own.locator("input[type=file]").set_input_files(SAMPLES / "owl.webp")
    pair = page.locator(".tome-viewer").nth(1)
    expect(pair.locator("canvas[role=img]")).to_have_count(2, timeout=60_000)
    box = box_of(pair.locator("canvas").first)
    pair.locator("canvas").first.click(position={"x": box["width"] / 2, "y": box["height"] / 3})
    expect(pair.locator(".tome-live")).to_contain_text("owl.webp · DINOv2 ViT-S/14: most similar patch")
    bad = {"name": "notes.png", "mimeType": "image/png", "buffer": b"not a picture"}
    own.get_by_role("button", name="Remove owl.webp").click()
    expect(page.locator(".tome-viewer")).to_have_count(1)
    page.wait_for_url(lambda url: "pinned" not in url)
    own.locator("input[type=file]").set_input_files(bad)
    expect(page.get_by_role("alert").filter(has_text="notes.png")).to_be_visible()
    expect(canvas(page)).to_be_visible()


def test_the_numbers_of_every_layer_are_saved_with_all_settings(layers):
    page = layers("/?r=8")
    page.get_by_text("Every layer in numbers").click()
    with page.expect_download() as told:
        page.get_by_role("button", name="CSV with all settings").click()
    assert told.value.suggested_filename == "dog-layers-r8.csv"
    rows = list(csv.DictReader(told.value.path().read_text().splitlines()))
    assert [(row["layer"], row["tokens_out"]) for row in rows] == [(str(n), str(267 - 8 * n)) for n in range(1, 13)]
    assert {(row["model"], row["r"], row["schedule"]) for row in rows} == {("DINOv2 ViT-S/14", "8", "constant")}
    assert {(row["algorithm"], row["proportional_attention"]) for row in rows} == {("bipartite", "True")}
    page.get_by_text("What the columns of the file mean").click()
    explained = page.locator(".st-key-columns_layers code")
    expect(explained.first).to_be_visible()
    assert set(explained.all_inner_texts()) == set(rows[0])
