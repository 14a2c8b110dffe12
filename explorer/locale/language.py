"""The language of a run, in a context variable.

Every script run and thread has its own value, so that readers with different languages never interfere.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from explorer.locale.catalogue import entries, messages
from explorer.locale.numbers import filled

__all__ = ["LANGUAGES", "TAGS", "in_row", "language", "mark", "named", "retell", "speak", "speaking", "tr"]

LANGUAGES = {"en": "English", "zh": "中文"}
TAGS = {"en": "en", "zh": "zh-CN"}
"""language → its tag in HTML"""
SEPARATOR = " · "
"""separates the parts of a title, which are translated one by one"""
LEAST_LETTERS = 6
"""fewest fixed letters that identify a sentence: with fewer, a pattern would match almost anything"""
LONGEST = 500
"""characters of a sentence to retell: with 3,600 adversarial ones, all patterns together took 8 s"""

_NO_SPACE = re.compile(r"([。：；，！？]) ")
_CHINESE_MARKS = {",": "，", ".": "。", ";": "；"}
_BETWEEN = re.compile(r"([\u4e00-\u9fff）”])([,.;]) ")

_now: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """Return the language of this run."""
    return _now.get()


def speak(name: str) -> None:
    """Set the language for the rest of this run."""
    _now.set(name if name in LANGUAGES else "en")


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Set the language within the block."""
    token = _now.set(name if name in LANGUAGES else "en")
    try:
        yield
    finally:
        _now.reset(token)


def tr(english: str, **values: object) -> str:
    """Return ``english`` in the language of this run, with ``values`` for its ``{names}``.

    Texts missing from the catalogue stay in English.  Without values, braces are literal.
    """
    text = messages(language()).get(english, english)
    return filled(text, **values) if values else text


def mark(english: str) -> str:
    """Return ``english`` unchanged, and list it in the catalogue: for constants that are passed to ``tr`` later."""
    return english


def retell(said: str) -> str:
    """Translate a finished English sentence from the library, another process or another thread."""
    known = messages(language())
    if said in known or language() == "en" or len(said) > LONGEST:
        return known.get(said, said)
    for told, pattern, translation in _patterns(language()):
        if found := pattern.fullmatch(said):
            values = {_bare(name): retell(value) for name, value in found.groupdict().items()}
            if told or values != {_bare(name): value for name, value in found.groupdict().items()}:
                return _filled(translation, values)
    return SEPARATOR.join(map(retell, said.split(SEPARATOR))) if SEPARATOR in said else said


def _bare(group: str) -> str:
    return group.removeprefix("_")


PLACEHOLDER = re.compile(r"\{(\w+)[^{}]*\}")


def _filled(translation: str, values: dict[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values[found[1]], translation)


@cache
def _patterns(name: str) -> list[tuple[bool, re.Pattern[str], str]]:
    """Return a pattern for each sentence with values, most fixed words first, and whether these identify it alone.

    If not, one of its values must be in the catalogue, too.
    """
    known, found = messages(name), []
    for entry in entries(name):
        fixed = PLACEHOLDER.sub("", entry.english)
        if entry.english not in known or fixed == entry.english:
            continue
        parts, seen = [], set()
        for index, part in enumerate(PLACEHOLDER.split(entry.english)):
            if index % 2 == 0:
                parts.append(re.escape(part))
            else:
                parts.append(f"(?P=_{part})" if part in seen else f"(?P<_{part}>.*?)")  # no digit first
                seen.add(part)
        told = len(re.sub(r"\W", "", fixed)) >= LEAST_LETTERS
        found.append((len(fixed), told, re.compile("".join(parts), re.DOTALL), known[entry.english]))
    return [each[1:] for each in sorted(found, key=lambda each: -each[0])]


def in_row(parts: Iterable[str], separator: str = " ") -> str:
    """Return ``parts`` in a row, without empty ones; between Chinese ones the marks are Chinese, too."""
    text = separator.join(filter(None, parts))
    return _NO_SPACE.sub(r"\1", _BETWEEN.sub(lambda found: found[1] + _CHINESE_MARKS[found[2]], text))


def named(labels: Mapping[Any, str]) -> Callable[[Any], str]:
    """Return a widget's ``format_func``: the label of an option in the language of this run."""
    return lambda option: retell(labels[option])
