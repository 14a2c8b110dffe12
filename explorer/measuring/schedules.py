"""The names of schedules: a module without torch, as captions need them."""

from tome.schedule import R

__all__ = ["mean_r", "schedule_name"]


def mean_r(r: R) -> int:
    """Return the tokens merged per layer on average, as the app's slider sets them: ``r`` without its schedule."""
    return r if isinstance(r, int) else r[0]


def schedule_name(r: R) -> str:
    """Return what tables, captions and files call the schedule of ``r``."""
    if isinstance(r, int):
        return "constant"
    if not isinstance(r, tuple):
        return "per layer"
    return "decreasing" if r[1] == -1 else f"inflection {r[1]:g}".replace("-", "−")
