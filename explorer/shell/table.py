"""Tables with headings and definitions in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from explorer.locale.language import mark, tr
from explorer.locale.numbers import filled
from explorer.measuring.rows import as_csv

__all__ = ["explained", "save_csv", "save_table", "table", "wrapped"]


STYLE = """<style>
.st-key-{key} :is(th, td):is({numbers}) {{text-align: right !important}}
@media (max-width: 640px) {{.st-key-{key} :is(th, td) {{padding-inline: 0.25rem}}}}
</style>"""  # Streamlit writes the alignment into each cell; room for seven columns on a phone


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Any] | None = None, **options: Any) -> None:
    """Draw ``rows``; their names, the columns' and the help are English msgids of the catalogue."""
    st.dataframe(
        [{tr(name): value for name, value in row.items()} for row in rows],
        hide_index=True,
        column_config={
            tr(name): {**_counted(rows, name), **_in_words((columns or {}).get(name, {}))} for name in _names(rows)
        },
        **{"placeholder": "–", **options},
    )


def wrapped(rows: Sequence[Mapping[str, Any]], key: str, formats: Mapping[str, str] | None = None) -> None:
    """Draw ``rows`` whose cells wrap, so that all columns fit a phone; numbers are on the right.

    ``formats`` are those of numbers by column; ``key`` names the table on its page.
    """

    def told(name: str, value: Any) -> Any:
        if name not in (formats or {}):
            return value
        return "–" if value is None else filled(formats[name], value)

    names = _names(rows)
    numbers = [at for at, name in enumerate(names, 1) if name in (formats or {}) or type(rows[0].get(name)) is int]
    shown = [{tr(name): told(name, row.get(name)) for name in names} for row in rows]
    with st.container(key=key):
        st.html(STYLE.format(key=key, numbers=", ".join(f":nth-child({at})" for at in numbers)))
        st.table(shown, hide_index=True)  # at full height: the keyboard cannot reach a container that scrolls


def explained(columns: Mapping[str | tuple[str, ...], str], key: str) -> None:
    """Draw the meaning of ``columns``, folded; ``key`` names their table on its page."""
    with st.expander(tr("What the columns of the file mean")):
        wrapped(
            [
                {
                    mark("Column"): f"`{names}`"
                    if isinstance(names, str)
                    else ", ".join(f"`{name}`" for name in names),
                    mark("Meaning"): tr(meaning),
                }
                for names, meaning in columns.items()
            ],
            key,
        )


def save_table(rows: Sequence[Mapping[str, Any]], name: str, key: str) -> None:
    """Draw a button for ``rows`` as a CSV file ``name`` with English column names."""
    records = [{title.lower(): value for title, value in row.items()} for row in rows]
    save_csv(tr("CSV"), as_csv(records), name, key=f"save {key}")


def save_csv(label: str, content: str | Callable[[], str], name: str, key: str) -> None:
    """Draw a button for a CSV file ``name``; ``content`` may be made when it is asked for."""
    st.download_button(label, content, name, "text/csv", on_click="ignore", key=key)


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _counted(rows: Sequence[Mapping[str, Any]], name: str) -> Any:
    """Return how a column of whole numbers is written: as ``number`` writes them."""
    whole = {type(row.get(name)) for row in rows} <= {int, type(None)}
    return st.column_config.NumberColumn(format="%,d") if whole else {}


def _in_words(config: Any) -> Any:
    told = config.get("help") if isinstance(config, dict) else None
    return {**config, "help": tr(told)} if told else config
