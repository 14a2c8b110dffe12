"""Fixtures and settings for all tests."""

import logging
import sys
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import none
from jaxtyping import config


class _Loggers(dict):
    """Loggers by name.  pytest walks through them before each test, while other threads import modules that add some."""

    def values(self):
        return list(super().values())


logging.root.manager.loggerDict = _Loggers(logging.root.manager.loggerDict)

LIBRARY = Path(__file__).parent / "tome"

# The same examples on every machine, and no failure because a machine was busy.
settings.register_profile("tests", derandomize=True, deadline=None, max_examples=10, database=None)
settings.load_profile("tests")


@pytest.fixture(scope="session", autouse=True)
def _dice():
    """Run Hypothesis once: it looks for who holds generators of random numbers, and sees nobody once an engine froze them."""
    given(none())(lambda nothing: None)()


@pytest.fixture(autouse=True)
def _threads():
    """Restore torch's number of threads: results are bit-equal only for a fixed number."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _shapes(request):
    """Check shapes where the library is tested, if they are checked at all: elsewhere the same calls take twice as long."""
    config.update("jaxtyping_disable", LIBRARY not in request.path.parents)


@pytest.fixture(autouse=True)
def _garbage():
    """Collect none after a page: beside all that the tests import it takes a tenth of their time."""
    if engine := sys.modules.get("explorer.engine.engine"):
        engine.COLLECT_SECONDS = float("inf")


@pytest.fixture(autouse=True)
def _components():
    """Look for other packages' Streamlit components once, not at every run of a page: that took two fifths of a page test."""
    if "streamlit" in sys.modules:
        from streamlit.components.v2 import manifest_scanner as scanner

        if not hasattr(scanner.scan_component_manifests, "cache_info"):
            scanner.scan_component_manifests = cache(scanner.scan_component_manifests)


@pytest.fixture
def unchecked_shapes(_shapes):
    """For tests that run models dozens of times, as others do with checked shapes."""
    config.update("jaxtyping_disable", True)
