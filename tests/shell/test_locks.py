"""What a lesson's link locks in the sidebars, control by control; and all of them but r."""

import pytest
from test_pages import app

from explorer.engine.models import EMBEDDED
from explorer.shell import cache
from explorer.shell.link import LOCK

CONTROLS = {
    "layers": {
        "sample": {"photo"}, "upload": {"upload"}, "camera": {"camera"}, "crop": {"square", "offset"},
        "model": {"model", "timm", "random"}, "size": {"side"},
    },
    "video": {
        "sample": {"clip"}, "upload": {"own clip upload 0"}, "model": {"clip_model", "model", "timm", "random"},
        "frames": {"frames"}, "size": {"clip_side"}, "attention": {"attention"}, "algorithm": {"clip_algorithm"},
    },
    "sound": {
        "sample": {"sound"}, "upload": {"own sound upload 0"}, "microphone": {"own sound microphone 0"},
        "model": {"sound_model", "sound_hub"}, "algorithm": {"sound_algorithm"},
    },
    "text": {"sample": {"text"}, "upload": {"own text upload 0"}, "algorithm": {"text_algorithm"}},
}  # fmt: skip
"""page → name in a link → keys of the widgets that it locks"""
OPENED = {
    "layers": {"square": "true", "model": "other", "random": "true", "timm": "test_vit"},
    "video": {"model": "other", "random": "true", "timm": "test_vit"},
    "sound": {"sound_model": "hub"},
}
"""what shows all controls of a page"""
FREE = {"lang", "open_glossary"}


@pytest.fixture(scope="module", autouse=True)
def engine():
    assert cache.engine().model(EMBEDDED).done.wait(300)


def sidebar(page: str, **query: str) -> dict[str, bool]:
    """Return for each widget of a page's sidebar whether it is locked."""
    at = app(**OPENED.get(page, {}), **query)
    at.switch_page(f"_pages/{page}.py").run()
    assert not at.exception
    widgets = {}
    for each in _leaves(at.sidebar):
        if hasattr(each.proto, "disabled") and hasattr(each.proto, "id"):
            key = each.proto.id.partition("-")[2].partition("-")[2]
            widgets[key] = each.proto.disabled
    return widgets


def _leaves(block):
    for child in block.children.values():
        yield from _leaves(child) if hasattr(child, "children") else [child]


@pytest.mark.parametrize("page", CONTROLS)
def test_the_table_has_every_control_of_the_sidebar(page):
    known = set().union(*CONTROLS[page].values()) | FREE
    widgets = sidebar(page)
    assert set(widgets) == known
    assert not any(widgets.values())


@pytest.mark.parametrize(("page", "name"), [(page, name) for page in CONTROLS for name in CONTROLS[page]])
def test_a_link_locks_a_control_and_no_other(page, name):
    locked = {key for key, disabled in sidebar(page, lock=name).items() if disabled}
    assert locked == CONTROLS[page][name]


@pytest.mark.parametrize("page", CONTROLS)
def test_a_link_can_fix_everything_but_r(page):
    free = {key for key, disabled in sidebar(page, lock=",".join(set(LOCK) - {"r"})).items() if not disabled}
    assert free == FREE


def test_the_name_of_a_clip_model_on_the_hub_is_locked_with_the_choice():
    at = app(clip_model="hub", lock="model")
    at.switch_page("_pages/video.py").run()
    assert at.selectbox(key="clip_model").disabled
    assert at.text_input(key="clip_hub").disabled
