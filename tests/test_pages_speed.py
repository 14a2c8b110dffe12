"""The pages Speed and Training, run as Streamlit runs them."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.models import EMBEDDED
from explorer.ui import cache

ROOT = Path(__file__).parents[1]
PATIENCE = 240


@pytest.fixture(scope="module", autouse=True)
def engine():
    assert cache.engine().model(EMBEDDED).done.wait(PATIENCE)


def opened(page: str, **link: str) -> AppTest:
    """The page with its model."""
    app = AppTest.from_file(str(ROOT / "explorer" / "app.py"), default_timeout=PATIENCE)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(f"../pages/{page}.py")
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    while any("hourglass" in (info.icon or "") for info in app.info):
        app.run()
    assert not app.exception
    return app


def finished(app: AppTest, name: str) -> AppTest:
    """The page once the job of ``name`` has ended."""
    assert app.session_state[f"growing.{name}"].job.wait(PATIENCE)
    app.run()
    assert not app.exception
    return app


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def test_before_anything_is_measured_the_cost_of_each_layer_is_there():
    app = opened("speed")
    assert len(app.get("plotly_chart")) == 1
    assert {"over_r.start", "algorithms.start", "parts.start"} <= keys(app)
    assert "over_r.stop" not in keys(app)


def test_nothing_to_compare_where_nothing_merges():
    app = opened("speed", r="0")
    assert "algorithms.start" not in keys(app)
    assert any("above 0" in info.value for info in app.info)


def test_timed_blocks_are_drawn_with_their_machine_kept(monkeypatch):
    monkeypatch.setattr("explorer.ui.speed.ROUNDS", 1)
    app = opened("speed")
    app.button(key="parts.start").click().run()
    finished(app, "parts")
    assert "Matching and merging take" in captions(app)
    names = [button.label for button in app.get("download_button")]
    assert names == ["CSV", "JSON"]


def test_a_measurement_is_stopped_and_keeps_what_it_had(monkeypatch):
    monkeypatch.setattr("explorer.ui.speed.ROUNDS", 500)
    app = opened("speed")
    app.button(key="parts.start").click().run()
    growing = app.session_state["growing.parts"]
    deadline = time.monotonic() + PATIENCE
    while len(growing.results) < 3 and time.monotonic() < deadline:
        growing.job.wait(0.05)
    app.button(key="parts.stop").click().run()
    finished(app, "parts")
    assert any("Cancelled" in info.value for info in app.info)
    assert 3 <= len(growing.results) < 100
    assert "Matching and merging take" in captions(app)
    assert "parts.stop" not in keys(app)


def test_a_whole_training_ends_with_its_accuracies(monkeypatch):
    monkeypatch.setattr("explorer.ui.training.EPOCHS", (1, 3, 6, 12))
    app = opened("training", epochs="1")
    assert {"course.start", "step.start"} <= keys(app)
    app.button(key="course.start").click().run()
    finished(app, "course")
    assert app.session_state["course"][1].done
    assert "held-out digits" in captions(app)
    assert app.button(key="course.start").label == "Train both"


def test_a_broken_link_shows_the_pages_all_the_same():
    for page in ("speed", "training"):
        assert not opened(page, images="x", epochs="-1", learn="<b>", draw="1e9", mae_r="99").exception
