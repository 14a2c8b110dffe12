"""Write the generated parts of the docs: ``make reference``.

In a page, a part is between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``; tests compare it with fresh output.
"""

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import results
import timm_models
from command_lines import commands
from link_words import LINK_WORDS
from tables import codes, table

DOCS = Path(__file__).parents[1]
PART = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def configuration() -> str:
    """Return the table of MergeConfig's fields."""
    from tome import MergeConfig

    rows = []
    for field in fields(MergeConfig):
        options, low, high = (field.metadata.get(name) for name in ("options", "low", "high"))
        limits = " ".join(f"{word} {value}" for word, value in (("from", low), ("to", high)) if value is not None)
        values = codes(options) if options else limits or _TYPES[field.name]
        rows.append((f"`{field.name}`", f"`{field.default!r}`", values, field.metadata["label"]))
    return table(("field", "default", "values", "label in the app"), rows)


_TYPES = {
    "algorithm": "an [algorithm](../models/algorithms.md)",
    "proportional_attention": "`True`, `False`",
    "params": "the algorithm's own options",
}


def algorithms() -> str:
    """Return the table of algorithms."""
    from tome.lab.algorithms import markdown
    from tome.matching import ALGORITHMS

    return markdown(ALGORITHMS)


def hosts() -> str:
    """Return the table of hosts with their classes."""
    import tome.hosts.frames
    import tome.hosts.hf
    import tome.hosts.timm  # noqa: F401 — imported to register their hosts
    from tome.hosts.registry import HOSTS

    served: dict[str, list[str]] = {}
    for kind, host in HOSTS.items():
        if kind.__module__.startswith(("timm", "transformers", "tome")):
            served.setdefault(host.name, []).append(kind.__name__)
    rows = [(name, codes(sorted(kinds))) for name, kinds in sorted(served.items())]
    return table(("host", "classes"), rows)


def refused() -> str:
    """Return the table of refused families, a line per reason."""
    from tome.hosts.refused import REFUSED

    why: dict[str, list[str]] = {}
    for kind, reason in REFUSED.items():
        why.setdefault(reason, []).append(kind)
    return table(("reason", "classes"), [(reason, codes(sorted(kinds))) for reason, kinds in sorted(why.items())])


def glossary() -> str:
    """Return the table of the app's words."""
    from explorer.locale.glossary import TERMS

    rows = [
        (term.english, term.chinese, term.meaning, term.code)
        for term in sorted(TERMS, key=lambda term: term.english.lower())
    ]
    return table(("term", "中文", "meaning", "in the code"), rows)


def link() -> str:
    """Return the table of a link's parameters."""
    from explorer.shell.link import PARAMETERS

    missing = [name for name in PARAMETERS if name not in LINK_WORDS]
    if missing:
        raise ValueError(f"docs/_make/link_words.py must say what {', '.join(missing)} of a link means")
    rows = [
        (f"`{name}`", _default_of(known), _values_of(known), LINK_WORDS[name]) for name, known in PARAMETERS.items()
    ]
    return table(("parameter", "default", "values", "meaning"), rows)


def _default_of(known: object) -> str:
    from explorer.shell.link import write

    value = known.default
    return "" if value in (None, ()) else f"`{write(value)}`"


def _values_of(known: object) -> str:
    from explorer.shell import parameter

    if isinstance(known, parameter.Word):
        return codes(known.options) if known.options else "text"
    if isinstance(known, parameter.Parts):
        return f"some of {codes(known.options)}"
    if isinstance(known, parameter.Count):
        return f"{known.low} to {known.high:,}"
    return {
        parameter.Flag: "`true`, `false`",
        parameter.Share: "0 to 1, in steps of 0.05",
        parameter.Words: "names, with commas",
    }[type(known)]


PARTS: dict[str, Callable[[], str]] = {
    **{each.__name__: each for each in (commands, configuration, algorithms, hosts, refused, glossary, link)},
    **results.PARTS,
    **timm_models.PARTS,
}


def updated(text: str) -> str:
    """Return a page with its generated parts updated."""
    return PART.sub(lambda part: f"{part[1]}\n{PARTS[part[2]]()}\n\n{part[3]}", text)


def main() -> None:
    """Rewrite the generated parts of every page."""
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text()
        if (new := updated(text)) != text:
            page.write_text(new)
            print(f"{page.relative_to(DOCS)} rewritten")


if __name__ == "__main__":
    main()
