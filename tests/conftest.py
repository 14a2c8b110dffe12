"""Fixtures and settings for all tests."""

from pathlib import Path

import pytest
import torch
from hypothesis import settings
from jaxtyping import config

LIBRARY = Path(__file__).parent / "tome"

# The same examples on every machine, and no failure because a machine was busy.
settings.register_profile("tests", derandomize=True, deadline=None, max_examples=10, database=None)
settings.load_profile("tests")


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


@pytest.fixture
def unchecked_shapes(_shapes):
    """For tests that run models dozens of times, as others do with checked shapes."""
    config.update("jaxtyping_disable", True)
