"""A saved web page, opened from the disk."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from explorer.export.standalone import web_page
from explorer.media.clips import FILES, frames, sheet
from explorer.media.images import load, sample_pictures
from explorer.records.build import with_jpeg, with_photo
from explorer.records.stored import CLIP
from explorer.records.stored import stored as stored_record

pytestmark = pytest.mark.browser
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=http://127.0.0.1:9/x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "![x](http://127.0.0.1:9/p.png)",
    "<style>@import 'http://127.0.0.1:9/s.css';</style>",
    "<!-- <script>",
    "\u2028alert(1)//",
    "<base href=http://127.0.0.1:9/>",
)
ELEMENTS = "() => [...document.querySelectorAll('*')].map((element) => element.tagName).join(' ')"


def stored() -> dict:
    name, path = sample_pictures()[0]
    return with_photo(stored_record(), load(path.read_bytes(), name))


@pytest.fixture
def opened(context: BrowserContext, tmp_path: Path):
    """Open the page of a story with this name and caption in one tab; what it asks for and says is recorded."""
    page = context.new_page()
    page.set_viewport_size({"width": 1000, "height": 800})
    page.seen = []
    page.on("request", lambda request: page.seen.append(request.url))
    page.on("console", lambda message: page.seen.append(message.text))
    page.on("dialog", lambda dialog: (page.seen.append("dialog"), dialog.dismiss()))

    def open_page(name: str, **start: object):
        page.seen.clear()
        path = tmp_path / f"{sha256(name.encode()).hexdigest()}.html"
        path.write_text(web_page({**stored(), "name": name, "caption": name}, **start), encoding="utf-8")
        page.goto(path.as_uri())
        page.locator(".tome-viewer [data-ready], .tome-viewer[data-ready]").wait_for(timeout=30_000)
        return page

    yield open_page
    page.close()


def test_the_file_alone_scrubs_and_saves(opened):
    page = opened("dog.webp", layer=6, fill="region")
    canvas = page.get_by_role("img", name="Layer")
    expect(canvas).to_have_attribute("aria-label", re.compile("Layer 6 of 12: 171 of 267"))
    page.get_by_role("slider", name="Layer").press("End")
    expect(canvas).to_have_attribute("aria-label", re.compile("Layer 12 of 12: 75 of 267"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save PNG").click()
    assert download.value.suggested_filename == "dog-layer-12-picture.png"  # it carries no view


def test_hostile_names_open_no_dialog_ask_for_nothing_and_add_no_element(opened):
    plain = opened("dog").evaluate(ELEMENTS)
    for name in HOSTILE:
        page = opened(name)
        assert page.evaluate(ELEMENTS) == plain
        assert [url for url in page.seen if not url.startswith(("file:", "data:", "blob:"))] == []
        assert page.get_by_role("heading").inner_text().strip() == " ".join(name.split())


def test_a_saved_clip_plays_over_its_frames_without_a_server(context, tmp_path):
    jpeg = sheet(frames(FILES.named("bunny"), CLIP.frames))
    path = tmp_path / "clip.html"
    path.write_text(web_page(with_jpeg(stored_record(CLIP), jpeg), layer=12, pinned=480), encoding="utf-8")
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    expect(page.get_by_text(re.compile(r"In the end its token holds \d+ patches in frames? .* of 6"))).to_be_visible()
    page.get_by_role("button", name="Go to frame 4").click()
    expect(page.get_by_role("img", name="Layer")).to_have_attribute(
        "aria-label", re.compile("Layer 12 of 12.*frame 4 of 6")
    )
    assert page.get_by_role("button", name="Copy link").count() == 0
    assert all(each.startswith(("file:", "data:", "blob:")) for each in asked)
    page.close()
