"""Untrusted text (file names, class names, link parameters) inside Markdown."""

import re

__all__ = ["literal"]

MARKUP = re.compile(r"([!-/:-@\[-`{-~])")
LINKS = re.compile(r"(?i)(www|https?|ftp|mailto|xmpp)(?=[.:])|(?<=\w)(?=@)")
JOINER = "\u2060"
"""Invisible, and no part of an address: Markdown makes links of bare addresses even where every mark is escaped."""


def literal(text: str) -> str:
    """Return Markdown that shows ``text`` literally, without emphasis, colours, links, pictures or emoji."""
    return MARKUP.sub(r"\\\1", LINKS.sub(rf"\g<0>{JOINER}", " ".join(text.split())))
