"""The page Matching in Chromium: its numbers are the Trace's, and dragging asks the server nothing."""

import re
from collections.abc import Callable

import pytest
import torch
from boxes import box_of
from playwright.sync_api import Page, expect
from served import ROOT

import tome
from explorer.engine.forward import pixels
from explorer.engine.models import EMBEDDED, load
from explorer.media.images import load as load_picture
from explorer.media.images import sample_pictures
from explorer.media.views import fit

SLOW = 60.0  # milliseconds: far above a frame and far below a run of the model, on a machine that others slow down

pytestmark = pytest.mark.browser
LAYER, R, SIDE = 6, 16, 224
READY = 240_000


@pytest.fixture(scope="module")
def trace() -> tome.Trace:
    """What tome computes for the page's first photo, model and r."""
    name, path = sample_pictures()[0]
    picture, backbone = load_picture(path.read_bytes(), name), load(EMBEDDED)
    view = fit(picture, backbone.patch, (SIDE // backbone.patch) ** 2)
    with torch.inference_mode():
        return tome.trace(backbone.model, pixels(backbone, picture, view), tome.MergeConfig(r=R))[1]


@pytest.fixture
def matching(visit: Callable[..., Page]) -> Callable[..., Page]:
    def open_matching(link: str = "mode=explore", **options) -> Page:
        page = visit(f"/matching?{link}", **options)
        page.locator(".lesson:not(.play)[data-ready]").wait_for(timeout=READY)
        return page

    return open_matching


def number(page: Page, name: str) -> str:
    return page.locator(f'[data-number="{name}"]').inner_text()


def count_messages(page: Page) -> list[int]:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(1)))
    return sent


def test_every_number_of_the_steps_is_the_traces(matching, trace):
    page = matching()
    step, lesson = trace.layers[LAYER - 1], page.locator(".lesson:not(.play)")
    tokens = step.grouping.n_in
    expect(lesson.locator(".lesson-sentence")).to_contain_text(f"Layer {LAYER} starts with {tokens} tokens")
    assert number(page, "most") == f"{step.similarity[0, 0].item():.4f}"
    page.get_by_role("button", name="4 Sort").click()
    assert int(number(page, "a")) + int(number(page, "b")) == tokens - trace.prefix
    assert number(page, "last") == f"{step.similarity[0, -1].item():.4f}"
    page.get_by_role("button", name="5 Merge").click()
    joined = step.destination[0].unique(return_counts=True)[1]
    assert number(page, "shared") == str(int((joined > 1).sum()))
    best = step.destination[0, 0]
    assert number(page, "size") == str(int(step.size[0, step.grouping.group[0, best]]))
    page.get_by_role("button", name="6 Join").click()
    expect(lesson.locator(".lesson-sentence")).to_contain_text(f"{step.grouping.n_out} tokens")
    # A token that merged stands in the place of its B token: of the tokens of a group the one at an odd position.
    stands = [
        max((step.grouping.group[0] == slot).nonzero()[:, 0].tolist(), key=lambda at: at % 2)
        for slot in range(step.grouping.n_out)
    ]
    moved = sum(stands[slot] % 2 != slot % 2 for slot in range(trace.prefix, step.grouping.n_out))
    assert number(page, "moved") == str(moved)


def test_dragging_r_draws_within_a_frame_and_asks_the_server_nothing(visit):
    page = visit("/")
    sent = count_messages(page)
    page.goto(page.url + "matching?mode=explore&step=4")
    page.locator(".lesson:not(.play)[data-ready]").wait_for(timeout=READY)
    page.wait_for_timeout(1500)
    before, slowest = len(sent), 0.0
    for r in (1, 20, 40, 60, 93, 0):
        took = page.get_by_label("Edges that merge (r)").first.evaluate(
            """(range, r) => { range.value = r; range.dispatchEvent(new Event("input", { bubbles: true }));
            return Number(range.closest(".lesson").dataset.frameMs) }""",
            r,
        )
        slowest = max(slowest, took)
    assert len(sent) == before
    assert slowest < SLOW
    expect(page.locator(".lesson-rate output").first).to_have_text("0 of 93")


def test_dragging_a_point_asks_the_server_nothing_until_it_is_let_go_and_the_link_holds_it(visit):
    page = visit("/")
    sent = count_messages(page)
    page.goto(page.url + "matching?mode=explore")
    page.locator(".lesson:not(.play)[data-ready]").wait_for(timeout=READY)
    page.wait_for_timeout(1500)
    mark = page.locator(".play-plane [data-point='2']")
    mark.scroll_into_view_if_needed()
    box = box_of(mark)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = len(sent)
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(15):
        page.mouse.move(x + 2 * i, y + i)
    assert len(sent) == before
    assert float(page.locator(".play").get_attribute("data-frame-ms")) < SLOW
    page.mouse.up()
    page.wait_for_function("location.search.includes('points=')")
    drawn = page.locator(".play-line").nth(1).get_attribute("d")
    page.reload()
    page.locator(".play[data-ready]").wait_for(timeout=READY)
    assert page.locator(".play-line").nth(1).get_attribute("d") == drawn


def test_a_copied_link_shows_what_was_seen(matching):
    page = matching("mode=explore&step=3&sound_r=300")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".lesson-token[tabindex='0']").press("Enter")
    page.get_by_role("button", name="4 Sort").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"pinned=\d+", link)
    assert "step=4" in link
    assert "sound_r" not in link
    said = page.locator(".lesson-details").inner_text()
    page.goto(link)
    expect(page.locator(".lesson-details")).to_have_text(said)
    expect(page.locator(".lesson:not(.play)")).to_have_attribute("data-step", "4")


def test_a_copied_link_says_that_it_cannot_hold_an_own_photo(matching):
    page = matching()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".st-key-upload input[type=file]").set_input_files(ROOT / "sample_images" / "cat.jpg")
    page.get_by_text("Showing cat.jpg").wait_for()
    expect(page.locator(".lesson-sentence")).not_to_contain_text("187 tokens")  # of the sample
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied; it opens a sample")).to_be_visible()


def test_a_link_hides_the_lessons_buttons_and_its_layer_by_their_names(matching):
    lesson = matching().locator(".lesson:not(.play)")
    parts = {"share": ".tome-share", "present": ".tome-present", "layer": ".lesson-layer"}
    for part in parts.values():
        expect(lesson.locator(part)).to_be_visible()
    lesson = matching(f"mode=explore&hide={','.join(parts)}").locator(".lesson:not(.play)")
    for part in parts.values():
        expect(lesson.locator(part)).to_be_hidden()


def test_the_playground_says_what_a_step_of_the_chosen_method_is(matching):
    page = matching()
    told = page.locator(".play-step")
    expect(told).to_contain_text("The one step of bipartite matching")
    page.locator("[data-method='kmeans']").click()
    expect(told).to_contain_text("5 rounds of both are 9 steps")
    assert number(page, "steps-kmeans") == "9"


def test_a_reader_predicts_by_click_and_then_sees(matching):
    page = matching("mode=predict&step=3")
    details, wrong, right = (page.locator(name) for name in (".lesson-details", "path.lesson-miss", "path.lesson-mark"))
    expect(details).not_to_contain_text("most similar")
    expect(right).to_have_attribute("d", "")
    page.locator("[data-token='69']").first.click()
    expect(page.locator(".lesson-verdict")).to_contain_text("You chose B 69 (dashed outline)")
    expect(page.locator(".lesson-verdict")).to_contain_text("chooses B 67 (solid outline)")
    assert wrong.get_attribute("d")
    assert right.get_attribute("d")
    page.locator("[data-token='67']").first.click()
    expect(page.locator(".lesson-verdict")).to_contain_text("Right: B 67")
    expect(wrong).to_have_attribute("d", "")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".lesson-sentence")).to_contain_text("draws one edge")


def test_a_pointer_left_on_the_photo_does_not_change_what_the_answer_is_about(matching):
    page = matching("mode=predict&step=3")
    page.locator("[data-token='69']").first.click()
    expect(page.locator(".lesson-details")).to_contain_text("B 69")
    page.get_by_role("button", name="Next step").press("Enter")
    expect(page.locator(".lesson-sentence")).to_contain_text("draws one edge")
    expect(page.locator(".lesson-details")).not_to_contain_text("B 69")


def test_an_answer_told_by_the_clicker_is_not_offered_again(matching):
    page = matching("mode=predict&step=3")
    page.get_by_role("button", name="Next step").click()
    expect(page.locator(".lesson-verdict")).to_contain_text("Answer: B 67")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    expect(page.get_by_role("button", name="This one")).to_be_hidden()


def test_the_question_on_the_photo_is_answered_by_name_and_every_token_has_one(matching):
    page = matching("mode=predict&step=3")
    named = page.get_by_label("Or by name and place")
    named.select_option("69")
    expect(page.locator(".lesson-verdict")).to_be_empty()
    page.get_by_role("button", name="This one").click()
    expect(page.locator(".lesson-verdict")).to_contain_text("Not quite. You chose B 69")
    named.select_option("67")
    page.get_by_role("button", name="This one").click()
    expect(page.locator(".lesson-verdict")).to_contain_text("Right: B 67")
    names = page.locator(".lesson-token").evaluate_all("tokens => tokens.map((each) => each.ariaLabel)")
    assert all(re.match(r"[AB] \d+, .*row \d+, column \d+", name) for name in names)
    assert len(set(names)) == len(names)


def test_the_first_steps_give_no_answer_away_before_it_is_asked_for(matching):
    page = matching("mode=predict")
    lesson = page.locator(".lesson:not(.play)")
    expect(lesson).to_contain_text("least similar")
    for name in ("1 Tokens", "2 Split"):
        page.get_by_role("button", name=name).click()
        expect(lesson).not_to_contain_text("most similar: ")
        expect(lesson).not_to_contain_text("edge ")
        expect(lesson).not_to_contain_text("strongest")
    page.get_by_role("button", name="3 Choose").click()
    page.get_by_role("button", name="Skip this question").click()
    expect(lesson.locator(".lesson-details")).to_contain_text("most similar: ")
    expect(lesson.locator(".lesson-details")).not_to_contain_text("edge ")
    page.get_by_role("button", name="4 Sort").click()
    expect(lesson.locator(".lesson-details")).not_to_contain_text("most similar: ")
    page.get_by_role("button", name="Skip this question").click()
    expect(lesson.locator(".lesson-details")).to_contain_text("edge 1 of 93, among the r best: merges")


def test_a_layer_with_nothing_left_says_so(matching):
    page = matching("mode=explore&r=128&layer=12&step=4")
    expect(page.locator(".lesson-sentence")).to_contain_text("Nothing is left to merge in this layer")
    expect(page.locator(".lesson-empty")).to_be_visible()
    expect(page.get_by_label("Edges that merge (r)").first).to_be_hidden()


def test_a_card_covers_no_other_why_and_its_button_closes_it(matching):
    page = matching()
    keys, cosine = (page.get_by_role("dialog", name=f"Why {word}?") for word in ("keys", "cosine"))
    page.get_by_role("button", name="Why keys?").click()
    page.get_by_role("button", name="Why cosine?").click()
    expect(cosine).to_be_visible()
    expect(keys).to_be_hidden()
    cosine.get_by_role("button", name="Close").click()
    expect(cosine).to_be_hidden()


def test_why_opens_and_escape_closes_it(matching):
    page = matching()
    page.get_by_role("button", name="Why keys?").click()
    expect(page.get_by_role("dialog", name="Why keys?")).to_be_visible()
    expect(page.get_by_role("dialog", name="Why keys?")).to_contain_text("Table 1a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Why keys?")).to_be_hidden()


def test_the_keyboard_walks_from_token_to_token(matching):
    page = matching()
    page.locator(".lesson-token[tabindex='0']").focus()
    focused = page.locator(".lesson-token:focus")
    first = focused.get_attribute("data-token")
    page.keyboard.press("ArrowRight")
    second = focused.get_attribute("data-token")
    assert second != first
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('pinned=')")
    page.reload()
    expect(page.locator(".lesson-token[aria-pressed='true']")).to_have_attribute("data-token", second)


def test_next_shows_the_answer_to_a_question_and_the_step_before_it_goes_on(matching):
    page = matching("mode=predict&step=4")
    question, on = page.get_by_role("region", name="Predict, then see"), page.get_by_role("button", name="Next step")
    on.click()
    expect(question.locator(".lesson-option.lesson-right")).to_have_count(1)
    expect(question.locator(".lesson-verdict")).to_contain_text(re.compile(r"^Answer: A \d+ → B \d+$"))
    on.click()
    expect(question).to_be_hidden()
    expect(page.locator(".lesson-sentence")).to_contain_text("The edges are sorted by similarity")
    expect(on).to_be_focused()
    on.click()
    expect(page.locator(".lesson[data-step='5']")).to_be_visible()


def test_a_clicker_goes_on_from_an_open_card_and_from_another_layer_and_escape_ends_at_once(matching):
    page = matching("mode=explore&step=5&layer=11")
    lesson, card = page.locator(".lesson:not(.play)"), page.get_by_role("dialog")
    page.get_by_role("button", name="Present").click()
    page.wait_for_function("document.fullscreenElement !== null")
    page.get_by_role("button", name="Why weigh the mean by size?").click()
    expect(card).to_be_visible()
    page.keyboard.press("PageDown")
    expect(lesson).to_have_attribute("data-step", "6")
    expect(card).to_have_count(0)
    page.get_by_role("button", name="On to layer 12").click()
    expect(page.locator(".lesson-sentence")).to_contain_text("Layer 12 starts with")
    page.keyboard.press("PageDown")
    expect(lesson).to_have_attribute("data-step", "2")
    page.keyboard.press("PageUp")
    expect(lesson).to_have_attribute("data-step", "1")
    page.locator(".lesson-token[tabindex='0']").press("Enter")
    page.get_by_role("button", name="Why keys?").click()
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_function("document.fullscreenElement === null")


def test_a_projector_presents_the_whole_table_of_a_group_and_the_lines_below_it(matching):
    page = matching("mode=explore&step=5", width=1024, height=768)
    page.get_by_role("button", name="Present").click()
    page.wait_for_function("document.fullscreenElement !== null")
    assert page.locator(".lesson-scroll").evaluate("each => each.scrollWidth <= each.clientWidth")
    box = box_of(page.locator(".lesson-attention"))
    assert box["y"] + box["height"] <= 768


def test_on_a_phone_the_verdict_is_in_sight_of_the_tap(matching):
    page = matching("mode=predict&step=3", width=390, height=844)
    photo = page.locator(".lesson-photo").first
    photo.evaluate("each => each.scrollIntoView({ block: 'end' })")
    page.locator("[data-token='69']").first.dispatch_event("click")
    verdict = page.locator(".lesson-verdict")
    expect(verdict).to_contain_text("You chose B 69")
    box = box_of(verdict)
    assert box["y"] + box["height"] <= 844
    page.get_by_role("button", name="Go on").click()
    expect(verdict).to_have_count(0)
    page.get_by_role("button", name="Next step").click()
    page.locator(".lesson-option").last.click()
    expect(verdict).to_be_in_viewport(ratio=0.9)


def test_on_a_phone_the_verdict_covers_no_token_that_it_is_about(matching):
    page = matching("mode=predict&step=3", width=390, height=664)
    page.locator(".lesson-photo").first.evaluate("each => each.scrollIntoView({ block: 'end' })")
    page.locator("[data-token='69']").first.dispatch_event("click")
    verdict = page.locator(".lesson-verdict")
    expect(verdict).to_contain_text("You chose B 69")
    expect(verdict).to_be_in_viewport(ratio=0.99)
    above = box_of(verdict)["y"]
    for name in ("ring", "mark", "miss"):
        outlined = box_of(page.locator(f"path.lesson-{name}"))
        assert outlined["y"] >= 0
        assert outlined["y"] + outlined["height"] <= above, name


def test_the_table_after_a_question_is_of_the_token_that_it_was_about(matching):
    page = matching("mode=predict&step=5")
    asked = re.search(r"B \d+", page.locator(".lesson-sentence").inner_text())[0]
    for _ in range(2):
        page.get_by_role("button", name="Next step").click()
    expect(page.locator(".lesson-average tbody tr").first).to_contain_text(asked)


def test_the_line_below_the_photo_is_of_the_token_asked_about_until_another_is_pointed_at(matching):
    page = matching("mode=predict&step=5&layer=12&pinned=0")
    asked = re.search(r"B \d+", page.locator(".lesson-sentence").inner_text())[0]
    details = page.locator(".lesson-details")
    expect(details).to_contain_text(f"{asked} · position")
    expect(details).not_to_contain_text("chosen")
    other = page.locator(".lesson-photo .lesson-token").first
    other.hover()
    expect(details).to_contain_text(f"position {other.get_attribute('data-token')} ")
    page.mouse.move(0, 0)
    expect(details).to_contain_text(asked)


def test_after_a_wrong_answer_which_tells_the_right_one_the_button_goes_on(matching):
    page = matching("mode=predict&step=5&layer=12")
    page.locator(".lesson-option").first.click()
    expect(page.locator(".lesson-verdict")).to_contain_text("Not quite. They all merge:")
    expect(page.get_by_role("button", name="Show the answer")).to_have_count(0)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".lesson-sentence")).to_contain_text("each group becomes one token")


def test_a_part_of_the_edges_says_at_a_token_how_many_of_its_own_it_leaves_out(matching):
    page = matching("mode=explore&step=4&layer=12")
    sets = page.locator(".lesson-columns")
    told = re.compile(r"(\d+) of (\d+) edges")
    partial = sets.get_by_role("button", name=told)
    expect(partial.first).to_be_visible()
    node = partial.first
    token, (drawn, all_of_it) = node.get_attribute("data-token"), told.search(node.get_attribute("aria-label")).groups()
    assert int(drawn) < int(all_of_it)
    node.focus()
    expect(page.locator(".lesson-details")).to_contain_text(f"chosen by {all_of_it} A tokens")
    page.get_by_role("button", name="Show all").click()
    whole = sets.locator(f"[data-token='{token}']")
    expect(whole).to_be_visible()
    assert "edges" not in whole.get_attribute("aria-label")


def test_nothing_is_wider_than_a_phone(matching):
    page = matching(width=390, height=844)
    for name in ("2 Split", "4 Sort", "5 Merge", "6 Join"):
        page.get_by_role("button", name=name).click()
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
