"""What axe finds on every page, under the documented policy, in both themes and languages, and on the saved page: nothing."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from test_web_page import stored

from explorer.export.standalone import web_page

ROOT = Path(__file__).parents[2]
READY = 240_000
PAGES = {
    "/": ("canvas[role=img]", "Layers", "逐层观察"),
    "/video?frames=4&clip_side=112&clip_r=16": ("canvas[role=img]", "Video", "视频"),
    "/sound": ("canvas[role=img]", "Sound", "声音"),
    "/text": ("canvas[role=img]", "Text", "文本"),
    "/matching": (".lesson:not(.play)[data-ready]", "Matching", "匹配"),
    "/read": ("[data-testid=stMarkdown] >> nth=0", "Read", "阅读"),
    "/similarity?feature=key&metric=cosine,dot": ("[data-testid=stDataFrame]", "Similarity", "相似度"),
    "/algorithms?algorithms=bipartite,kmeans": ("[data-testid=stDataFrame]", "Algorithms", "算法"),
    "/prune_or_merge": ("[data-testid=stDataFrame]", "Prune or merge", "剪枝还是合并"),
    "/speed": (".st-key-parts .js-plotly-plot", "Speed", "速度"),
    "/training": (".st-key-tested .js-plotly-plot", "Training", "训练"),
}
"""link of a page → what is there when it is, and its names"""
# Streamlit's own, not ours to mend: its uploader's input, its navigation and tables.
OWN = ["presentation-role-conflict"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""the rules that ask for a colour: all that a theme can change"""
RUN = """async ([rules, where, only]) => {
  const found = await axe.run(where ? { include: [...document.querySelectorAll(where)] } : document, {
    resultTypes: ['violations'],
    ...(only && { runOnly: only }),
    rules: Object.fromEntries(rules.map((rule) => [rule, { enabled: false }])),
  });
  return found.violations.flatMap(({ id, impact, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id} (${impact}, ${nodes.length} in all): ${node.html.slice(0, 160)} ${node.any.map((each) => each.message).join(' ').slice(0, 160)}`));
}"""


def axe() -> str:
    """Return axe's script, from the folder in which `npm ci` put it; as npm does, parent folders are looked into."""
    for folder in (ROOT, *ROOT.parents):
        script = folder / "node_modules" / "axe-core" / "axe.min.js"
        if script.is_file():
            return script.read_text()
    if os.environ.get("CI"):
        raise FileNotFoundError("axe-core is not installed: run `npm ci`")
    pytest.skip("axe-core is not installed: run `npm ci`, as `make lint` does")


def violations(page: Page, where: str | None = None, only: list[str] | None = None) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe())
    return page.evaluate(RUN, [OWN, where, only])


def rest(page: Page) -> None:
    """Wait until no script runs and nothing fades: Streamlit pales what a running script has not yet drawn again."""
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1, timeout=READY)
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=READY)
    page.wait_for_timeout(300)


def violations_by_theme(page: Page) -> dict[str, list[str]]:
    """Return what axe finds on a page at rest: by every rule in the theme it has, and in the other one by those of colours."""
    found = {}
    for scheme, rules in (("light", None), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        rest(page)
        found[scheme] = violations(page, only=rules)
    return found


@pytest.mark.parametrize("link", PAGES)
def test_under_the_documented_policy_axe_finds_nothing_in_either_theme_and_language(guarded, visit, link):
    there, name, chinese = PAGES[link]
    page = visit(link)
    page.locator(there).first.wait_for(timeout=READY)
    assert violations_by_theme(page) == {"light": [], "dark": []}
    assert page.title() == f"{name} · ToMe Explorer"
    page.get_by_role("button", name="中文").or_(page.get_by_role("radio", name="中文")).first.click()
    expect(page).to_have_title(f"{chinese} · ToMe Explorer")
    page.locator(there).first.wait_for(timeout=READY)
    rest(page)
    assert violations(page) == []


def test_axe_finds_nothing_on_a_saved_page_in_either_theme(context, tmp_path):
    page = context.new_page()
    page.emulate_media(color_scheme="light")
    path = tmp_path / "saved.html"
    path.write_text(web_page({**stored(), "name": "dog", "caption": "dog"}, layer=6, pinned=100), encoding="utf-8")
    page.goto(path.as_uri())
    page.locator("[data-ready]").first.wait_for(timeout=30_000)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, only=COLOURS) == []
    page.close()
