"""What all tests share."""

import pytest
import torch
from hypothesis import settings

# The same examples on every machine, and no failure because a machine was busy.
settings.register_profile("tests", derandomize=True, deadline=None, max_examples=10, database=None)
settings.load_profile("tests")


@pytest.fixture(autouse=True)
def _threads():
    """Leave torch the number of threads that it had: what is bit-equal is so with one number of them."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def sent(monkeypatch):
    """The records that go over the wire, as to a browser that listens."""
    from explorer.ui.wire import Wire

    records = []
    monkeypatch.setattr(Wire, "open", True)
    monkeypatch.setattr(Wire, "send", lambda wire, record: records.append(record))
    monkeypatch.setattr(Wire, "await_shown", lambda wire, seconds: True)
    return records


@pytest.fixture
def sent_by_the_sidebar(sent, monkeypatch):
    """How many records had gone when the sidebar was drawn, once for each run of the page."""
    from explorer.ui import controls

    by_then, plainly = [], controls.sidebar

    def sidebar(**options):
        by_then.append(len(sent))
        return plainly(**options)

    monkeypatch.setattr(controls, "sidebar", sidebar)
    return by_then
