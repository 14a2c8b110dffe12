"""Write the generated parts of the docs: ``make reference``.

In a page, a part is between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``; tests compare it with fresh output.
"""

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from unittest import mock

import results
import timm_models
from link_words import LINK_WORDS
from tables import codes, table

DOCS = Path(__file__).parents[1]
PART = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)
COMMANDS = (
    "explorer.__main__",
    "tome.lab.benchmark.__main__",
    "tome.lab.evaluate.__main__",
    "tome.lab.evaluate.speech",
    "tome.lab.training.__main__",
    "tome.lab.frames",
    "tome.lab.text",
    "tome.lab.pooling",
    "tome.lab.models",
    "explorer.cli",
    "explorer.labs.order",
)
"""Modules whose ``main`` reads a command line."""


class _Reached(BaseException):
    """Raised in place of parsing the command line."""


def parser_of(module: str) -> argparse.ArgumentParser:
    """Return the argument parser of ``module``."""

    def stop(parser: argparse.ArgumentParser, *_: object) -> None:
        raise _Reached(parser)

    with mock.patch.object(argparse.ArgumentParser, "parse_known_args", stop):
        try:
            import_module(module).main([])
        except _Reached as reached:
            return reached.args[0]
    raise ValueError(f"{module} must read its command line with argparse")


def actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Return the arguments of ``parser``, those of its subcommands included, without --help."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from actions(each)
        elif not isinstance(action, argparse._HelpAction):
            yield action


def commands() -> str:
    """Return a section for each command: its purpose and a table of its arguments."""
    return "\n\n".join(_command(parser_of(module)) for module in COMMANDS)


def _command(parser: argparse.ArgumentParser) -> str:
    purpose = " ".join((parser.description or "").split("\n\n")[0].split())
    purpose = re.sub(r"^``[^`]*``: ", "", purpose)
    rows = [(_flag(action), _default(action), _help(action)) for action in actions(parser)]
    return (
        f"## `{parser.prog}`\n\n{purpose[:1].upper()}{purpose[1:]}\n\n{table(('argument', 'default', 'meaning'), rows)}"
    )


def _flag(action: argparse.Action) -> str:
    value = action.metavar or ("" if action.nargs == 0 else action.dest.upper())
    more = " …" if action.nargs in ("+", "*") else ""
    if not action.option_strings:
        return f"`{value or action.dest}{more}`"
    return f"`{' '.join([*action.option_strings, value]).strip()}{more}`"


def _default(action: argparse.Action) -> str:
    if action.required:
        return "required"
    if action.dest == "threads":
        return "torch's"  # depends on the machine
    if action.default is None or action.nargs == 0:
        return ""
    values = action.default if isinstance(action.default, list) else [action.default]
    return ", ".join(f"`{value}`" for value in values)


def _help(action: argparse.Action) -> str:
    from tome.matching import ALGORITHMS

    choices = tuple(action.choices or ())
    listed = "an [algorithm](../models/algorithms.md)" if choices == tuple(ALGORITHMS) else codes(choices)
    return ": ".join(part for part in (action.help or "", listed) if part)


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
