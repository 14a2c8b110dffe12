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
