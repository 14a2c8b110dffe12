"""The pages Speed and Training, run as Streamlit runs them."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core import hub
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
    assert app.session_state["session"].measurements[name].task.job.wait(PATIENCE)
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
    monkeypatch.setattr("explorer.ui.speed_blocks.ROUNDS", 1)
    app = opened("speed")
    app.button(key="parts.start").click().run()
    finished(app, "parts")
    assert "Matching and merging take" in captions(app)
    names = [button.label for button in app.get("download_button")]
    assert names == ["CSV", "JSON"]


def test_a_measurement_is_stopped_and_keeps_what_it_had(monkeypatch):
    monkeypatch.setattr("explorer.ui.speed_blocks.ROUNDS", 500)
    app = opened("speed")
    app.button(key="parts.start").click().run()
    task = app.session_state["session"].measurements["parts"].task
    deadline = time.monotonic() + PATIENCE
    while len(task.snapshot.results) < 3 and time.monotonic() < deadline:
        task.job.wait(0.05)
    app.button(key="parts.stop").click().run()
    finished(app, "parts")
    assert any("Cancelled" in info.value for info in app.info)
    assert 3 <= len(task.snapshot.results) < 100
    assert "Matching and merging take" in captions(app)
    assert "parts.stop" not in keys(app)


def test_a_whole_training_ends_with_its_accuracies(monkeypatch):
    monkeypatch.setattr("explorer.ui.training.EPOCHS", (1, 3, 6, 12))
    app = opened("training", epochs="1")
    assert {"course.start", "step.start"} <= keys(app)
    app.button(key="course.start").click().run()
    finished(app, "course")
    assert app.session_state["session"].course[1].done
    assert "held-out digits" in captions(app)
    assert app.button(key="course.start").label == "Train both"


def test_an_algorithm_that_fails_is_named_and_the_others_are_drawn(monkeypatch):
    def breaks(*_, **__):
        raise RuntimeError("no *eigenvalues*")

    monkeypatch.setattr("tome.matching.spectral.match", breaks)
    monkeypatch.setattr("explorer.ui.speed_algorithms.ROUNDS", 1)
    app = opened("speed")
    app.button(key="algorithms.start").click().run()
    finished(app, "algorithms")
    (said,) = [warning.value for warning in app.warning]
    assert said.startswith("Normalised cut at r = 16 is left out: it failed with RuntimeError")
    assert r"\*eigenvalues\*" in said, "the words of an error are no markup"
    table = next(block.value for block in app.markdown if "| Algorithm |" in block.value)
    assert "Bipartite soft matching" in table
    assert "Normalised cut" not in table


@pytest.mark.parametrize(("busy", "warned"), [(0.5, True), (1.25, False)])
def test_readers_are_told_when_the_machine_was_busy(monkeypatch, busy, warned):
    # One round has no spread: its quartiles are 1 × apart.
    monkeypatch.setattr("explorer.ui.speed_records.BUSY", busy)
    monkeypatch.setattr("explorer.ui.speed_rates.ROUNDS", 1)
    app = opened("speed")
    app.button(key="over_r.start").click().run()
    finished(app, "over_r")
    assert ("the machine had other work" in captions(app)) == warned


def test_without_the_hub_mae_runs_with_random_weights_and_the_page_says_so(monkeypatch):
    def unreachable(*_, **__):
        raise OSError("no route")

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub.socket, "create_connection", unreachable)
    cache.engine().forget("vit_base_patch16_224.mae")
    app = opened("training", mae="true")
    (said,) = [warning.value for warning in app.warning]
    assert "was not loaded: the model hub cannot be reached" in said
    assert "These weights are random" in said
    app.button(key="mae.start").click().run()
    finished(app, "mae")
    assert "Cosine with the pooled feature" in captions(app)


def test_a_broken_link_shows_the_pages_all_the_same():
    for page in ("speed", "training"):
        assert not opened(page, images="x", epochs="-1", learn="<b>", draw="1e9", mae_r="99").exception
