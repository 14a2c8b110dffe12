"""What all tests share."""

from hypothesis import settings

# The same examples on every machine, and no failure because a machine was busy.
settings.register_profile("tests", derandomize=True, deadline=None, max_examples=10, database=None)
settings.load_profile("tests")
