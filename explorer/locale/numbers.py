"""Numbers as readers see them: thousands have a comma, and a minus sign is no hyphen.

Sizes in pixels, names and years have no comma: they are passed as text.  The same is in ``web/page/number.js``.
"""

from numbers import Integral, Number
from string import Formatter
from typing import Any

__all__ = ["filled", "number"]


def number(value: Any, style: str = "") -> str:
    """Return ``value`` in ``style``, a format such as ``.2f``; what is no number stays as that format writes it."""
    if not isinstance(value, Number) or isinstance(value, bool):
        return format(value, style)
    if not style and isinstance(value, Integral):
        style = ","
    elif style.endswith("f"):
        style = style.replace(".", ",.")
    return format(value, style).replace("-", "−")


class _Formatter(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return number(value, format_spec)


def filled(text: str, *values: object, **named: object) -> str:
    """Return ``text`` with values in its places, as ``str.format`` does."""
    return _Formatter().vformat(text, values, named)
