"""What a person does on the pages Speed and Training."""

import csv
import json
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, Route, expect

READY = 240_000
PLACES = "key => Array.from(document.querySelector(`.st-key-${key} .js-plotly-plot`)?.data[0].y ?? [])"
GROWN = f"([key, count]) => ({PLACES})(key).length > count"


def button(page: Page, name: str | re.Pattern) -> Locator:
    return page.get_by_role("button", name=name)


def stop(page: Page) -> Locator:
    """That of a measurement: Streamlit has one of its own while a page runs."""
    return page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop")


def downloaded(page: Page, name: str) -> str:
    with page.expect_download() as waiting:
        button(page, name).first.click()
    return Path(waiting.value.path()).read_text()


def test_a_measurement_shows_how_far_it_is_and_what_was_measured_stays_when_it_is_stopped(visit):
    page = visit("/speed?side=224")
    button(page, re.compile("values of r")).click(timeout=READY)
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Stops in about \d+ s"))).to_be_visible()
    button(page, "CSV").first.wait_for(timeout=READY)
    stop(page).click()
    expect(page.get_by_text("Cancelled. Partial results are shown below.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(stop(page)).to_have_count(0)
    for key in ("over_r-speed", "over_r-near"):
        expect(page.locator(f".st-key-{key} .js-plotly-plot")).to_be_visible()
    rows = list(csv.DictReader(downloaded(page, "CSV").splitlines()))
    assert {row["schedule"] for row in rows} == {"constant", "decreasing"}
    busy = page.get_by_text("Not measurable now").count() > 0  # then times stay out of the files, too
    assert all((row["images_per_second"] == "") == busy and row["processor"] and row["torch"] for row in rows)
    assert [record["r"] for record in json.loads(downloaded(page, "JSON"))] == [int(row["r"]) for row in rows]


def test_a_training_that_was_stopped_goes_on_where_it_was(visit):
    page = visit("/training?side=224&epochs=20")
    button(page, "Train both here").click(timeout=READY)
    expect(page.get_by_text(re.compile(r"About \d+ seconds left"))).to_be_visible(timeout=READY)
    page.wait_for_function(GROWN, arg=["loss", 1], timeout=READY)
    stop(page).click()
    expect(page.get_by_text("Cancelled. Partial results are shown below.")).to_be_visible()
    page.wait_for_timeout(1000)  # the chart is drawn after the words
    before, known = page.evaluate(PLACES, "loss"), downloaded(page, "CSV").splitlines()
    button(page, "Resume").click()
    page.wait_for_function(GROWN, arg=["loss", len(before) + 1], timeout=READY)
    stop(page).click()
    expect(button(page, "Resume")).to_be_enabled()
    page.wait_for_timeout(1000)
    later = downloaded(page, "CSV").splitlines()
    assert len(later) > len(known)
    assert later[: len(known)] == known, "the seconds of every step are in it, so none was done again"


LEGEND_BELOW = """() => {
  const [plots, legends] = ['nsewdrag', 'legend'].map(part => document.querySelectorAll(`.st-key-frontier .${part}`));
  if (plots.length != 1 || legends.length != 1) return false;
  const [plot, legend] = [plots[0], legends[0]].map(each => each.getBoundingClientRect());
  return plot.height > 200 && legend.top > plot.bottom;
}"""


def test_a_phone_shows_the_whole_frontier(visit):
    page = visit("/speed?side=224&r=4", width=390, height=844)
    button(page, re.compile(r"Measure \d+ algorithms")).click(timeout=READY)
    page.locator(".st-key-frontier .js-plotly-plot .legend").first.wait_for(timeout=READY)
    stop(page).click()
    expect(page.get_by_text(re.compile("The numbered ones, bold in the table"))).to_be_visible()
    page.wait_for_function(LEGEND_BELOW)  # the chart of before goes a moment later
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    page.locator(".st-key-frontier").hover()
    expect(page.locator(".st-key-frontier .modebar-btn").first).to_be_hidden()


def test_controls_whose_scripts_come_late_show_the_choices_of_the_link(visit):
    page = visit("/speed")
    button(page, re.compile("values of r")).wait_for(timeout=READY)
    late = []

    def hold(route: Route) -> None:
        late.append(route)

    page.route(re.compile(r"/(Selectbox|TextInput)\.\w+\.js"), hold)
    page.goto(page.url + "?model=other&timm=resnet26")  # refused at once, and then the page runs again
    expect(page.get_by_role("alert")).to_contain_text("resnet26 cannot be merged")
    for each in late:
        each.continue_()
    expect(page.get_by_role("textbox", name="timm model name")).to_have_value("resnet26")
