"""Pages under the headers that the docs ask a proxy for, and hostile names through every export."""

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from conftest import READY, SERVING
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from explorer.export.query import FORMATS

pytestmark = pytest.mark.browser
HOSTILE = (
    "\"><script>alert(1)</script>'.png",
    "../../<img src=http://127.0.0.1:9/x onerror=alert(1)>.png",
    "\u202egnp.\u2028exe<!--.png",
    "x" * 900 + "&lt;![CDATA[.png",
)
ADDRESSES = re.compile(r"^(file|data|blob|chrome-extension):")


def test_the_documented_policy_lets_the_viewer_draw(guarded, layers):
    page = layers("/?layer=6")
    expect(page.get_by_role("img", name="Layer").first).to_be_visible()
    with page.expect_download():
        page.get_by_role("button", name="Save PNG").first.click()


def test_the_hash_in_the_policy_is_that_of_streamlits_inline_script(address):
    with urlopen(address) as page:
        scripts = re.findall(r"<script(?: type=\"module\")?>(.*?)</script>", page.read().decode(), re.DOTALL)
    hashes = [f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts]
    assert hashes
    assert all(each in SERVING.read_text() for each in hashes)


def test_a_page_inside_another_sites_page_gets_its_records(context: BrowserContext, address: str):
    page, asked = context.new_page(), []
    page.on("response", lambda told: asked.append((told.status, told.url)) if "/api/v1/record?" in told.url else None)
    html = f'<iframe src="{address}/?embed=1&layer=6" width="1000" height="800"></iframe>'
    page.route("http://lms.example/**", lambda route: route.fulfill(content_type="text/html", body=html))
    page.goto("http://lms.example/course")
    inside = page.frame_locator("iframe")
    inside.get_by_role("img", name="Layer").first.wait_for(timeout=READY)
    inside.get_by_role("slider", name="Tokens merged per layer").first.press("ArrowRight")
    expect(inside.get_by_text("r = 17").first).to_be_visible()
    page.close()
    assert asked
    assert {status for status, _ in asked} <= {200, 304}


def photo(number: int) -> bytes:
    stream = BytesIO()
    Image.effect_noise((64, 48), 30 + number).convert("RGB").save(stream, "PNG")
    return stream.getvalue()


def opened(context: BrowserContext, path: Path) -> tuple[Page, list[str]]:
    """Open a file from the disk; gives what it asked for and said."""
    page, seen = context.new_page(), []
    page.on("request", lambda request: seen.append(request.url))
    page.on("dialog", lambda dialog: (seen.append("dialog"), dialog.dismiss()))
    page.goto(path.as_uri())
    return page, [each for each in seen if not ADDRESSES.match(each)]


def test_a_hostile_name_does_no_harm_in_any_export(
    layers: Callable[..., Page], context: BrowserContext, address: str, tmp_path: Path
):
    page = layers("/?side=112")
    for number, hostile in enumerate(HOSTILE):
        harmless(page, hostile, photo(number), context, address, tmp_path)


def harmless(page: Page, hostile: str, content: bytes, context: BrowserContext, address: str, folder: Path) -> None:
    """Upload a photo under a hostile name, export it in every format, and look at each file."""
    with page.expect_response(lambda told: sha256(content).hexdigest() in told.url and "/record?" in told.url):
        page.locator(".st-key-upload input[type=file]").set_input_files(
            {"name": hostile, "mimeType": "image/png", "buffer": content}
        )
    expect(page.get_by_text(re.compile("^Showing"))).to_be_visible()
    files = []
    for button in ("Save PNG", "Save as a web page"):
        with page.expect_download() as told:
            page.get_by_role("button", name=button).first.click()
        files.append((told.value.suggested_filename, Path(told.value.path()).read_bytes()))
    for format in FORMATS:
        asked = {"photo": sha256(content).hexdigest(), "size": 56, "width": 320, "format": format}
        answer = page.request.get(f"{address}/api/v1/figure?{urlencode(asked)}")
        assert answer.status == 200, answer.text()
        name = re.fullmatch('attachment; filename="(.*)"', answer.headers["content-disposition"])[1]
        files.append((name, answer.body()))
    for name, body in files:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name)
        if name.endswith((".html", ".svg")):
            path = folder / name
            path.write_bytes(body)
            alone, seen = opened(context, path)
            assert seen == []
            assert alone.locator("script", has_text="alert(1)").count() == 0
            assert alone.locator("img[onerror]").count() == 0
            alone.close()
