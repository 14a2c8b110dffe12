"""r without its schedule."""

from tome.schedule import R

__all__ = ["mean_r"]


def mean_r(r: R) -> int:
    """Return the tokens merged per layer on average, as the app's slider sets them: ``r`` without its schedule."""
    return r if isinstance(r, int) else r[0]
