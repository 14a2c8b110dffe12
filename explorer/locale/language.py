"""The language of a run: set by whoever begins one, asked where a sentence is said.

It is a context variable: every script run and every thread has its own, so two readers with two languages never meet.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from explorer.locale.catalogue import entries, messages

__all__ = ["LANGUAGES", "TAGS", "language", "mark", "named", "retell", "speak", "speaking", "tr"]

LANGUAGES = {"en": "English", "zh": "中文"}
TAGS = {"en": "en", "zh": "zh-CN"}
"""as HTML writes them"""
SEPARATOR = " · "
"""between the parts of a title, which are told again one by one"""
LEAST_LETTERS = 6
"""of a sentence that is told by its fixed words: fewer would fit anything"""
LONGEST = 500
"""characters of a sentence that is told again: with 3,600 made for it, all patterns together took 8 s"""

_now: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """Return the language of this run."""
    return _now.get()


def speak(name: str) -> None:
    """Say everything that follows in this run in language ``name``."""
    _now.set(name if name in LANGUAGES else "en")


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Say what is inside in language ``name``."""
    token = _now.set(name if name in LANGUAGES else "en")
    try:
        yield
    finally:
        _now.reset(token)


def tr(english: str, **values: object) -> str:
    """Return ``english`` in the language of this run, with ``values`` for its ``{names}``.

    A text that is not in the catalogue stays as it is.  Without values braces mean nothing.
    """
    text = messages(language()).get(english, english)
    return text.format(**values) if values else text


def mark(english: str) -> str:
    """Return ``english`` as it is, and have it in the catalogue: for constants, which ``tr`` is given where they are shown."""
    return english


def retell(said: str) -> str:
    """Return a sentence that was made where no language is known: by the library, or in another process or thread."""
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
    """Return what fits each sentence with values, those with the most fixed words first, and whether these tell it alone.

    Where they are too few, one of its values must be known for the sentence to be.
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
                parts.append(f"(?P=_{part})" if part in seen else f"(?P<_{part}>.*?)")  # a group's name is no number
                seen.add(part)
        told = len(re.sub(r"\W", "", fixed)) >= LEAST_LETTERS
        found.append((len(fixed), told, re.compile("".join(parts), re.DOTALL), known[entry.english]))
    return [each[1:] for each in sorted(found, key=lambda each: -each[0])]


def named(labels: Mapping[Any, str]) -> Callable[[Any], str]:
    """Return what tells an option by its label, in the language of this run: for a widget's ``format_func``."""
    return lambda option: retell(labels[option])
