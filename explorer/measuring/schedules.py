"""The names of schedules: a module without torch, as captions need them."""

from tome.schedule import R

__all__ = ["schedule_name"]


def schedule_name(r: R) -> str:
    """Return what tables, captions and files call the schedule of ``r``."""
    if isinstance(r, int):
        return "constant"
    if not isinstance(r, tuple):
        return "per layer"
    return "decreasing" if r[1] == -1 else f"inflection {r[1]:g}".replace("-", "−")
