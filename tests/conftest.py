"""Fixtures and settings for all tests."""

import pytest
import torch
from hypothesis import settings

# The same examples on every machine, and no failure because a machine was busy.
settings.register_profile("tests", derandomize=True, deadline=None, max_examples=10, database=None)
settings.load_profile("tests")


@pytest.fixture(autouse=True)
def _threads():
    """Restore torch's number of threads: results are bit-equal only for a fixed number."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
