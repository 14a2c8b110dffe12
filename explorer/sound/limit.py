"""How many tokens can go before a word does: a stored search for each sample, and the reader's own."""

from collections.abc import Callable, Sequence

import streamlit as st

from explorer.engine.task import Task
from explorer.locale.language import in_row, mark, tr
from explorer.measuring.examples import example
from explorer.records.query import Query
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.records.sounds import SoundSource
from explorer.shell import cursor, measuring
from explorer.shell.rivals import Result, Way, save
from explorer.shell.table import wrapped
from explorer.sound.search import MOST, RATES, RIVALS, Row, row, search
from tome.config import MergeConfig

__all__ = ["draw"]


def draw(query: Query, source: SoundSource, decreasing: bool) -> None:
    """Draw changed words over r for merging and random pruning, under a constant or ``decreasing`` r.

    A sample opens with a stored search; others are searched on request.
    """
    st.header(tr("How far can it go?"))
    st.caption(
        in_row(
            [
                tr(
                    "Words can come back at a larger r, since other tokens merge then and the decoder hears something else."
                ),
                tr("Every run here has the decreasing schedule chosen above.")
                if decreasing
                else tr("Every run here merges the same r in each layer."),
            ]
        )
    )

    def work(task: Task, tell: Callable[[Result], None]) -> None:
        def run(config: MergeConfig) -> Record:
            record = service().run(source, config, task)
            tell((Way(RIVALS[config.algorithm], source, config), record))
            return record

        search(run, decreasing)

    def found(known: measuring.Measurement, results: Sequence[Result]) -> None:
        _found([row(way.config, record) for way, record in results], known.running)
        if results:
            save(results, _columns, "-limit.csv")

    known = measuring.measured(
        "limit", (source.key, decreasing), MOST, mark("runs"), work, found,
        label=tr("Find the limit"),
        help=tr("At most {total} runs: words changed for r from {low} to {high}, by merging and by random pruning, and the first r between two of them at which merging changes a word.", total=MOST, low=RATES[0], high=RATES[-1]),
    )  # fmt: skip
    if known is None and (rows := _stored(query, decreasing)):
        _found(rows, False)
        st.caption(example("limit").caption)


def _stored(query: Query, decreasing: bool) -> list[Row]:
    if query.model != "embedded":
        return []
    return [each for each in example("limit").rows if (each["sound"], each["decreasing"]) == (query.sound, decreasing)]


def _found(rows: Sequence[Row], running: bool) -> None:
    if not rows:
        return
    merged = {each["r"]: each for each in rows if each["algorithm"] == "bipartite"}
    # A search that was stopped has not reached the limit.
    ends = sorted(
        r for r, each in merged.items() if each["changed"] and r - 1 in merged and not merged[r - 1]["changed"]
    )
    if ends:
        _say(ends[0], merged[ends[0] - 1])
    elif not running and set(RATES) <= set(merged) and not any(each["changed"] for each in merged.values()):
        st.markdown(tr("**No word changed up to r = {high}.**", high=RATES[-1]))
    _table(rows)
    _say_cap(rows)


def _say(first: int, before: Row) -> None:
    st.markdown(
        tr(
            "**{gone} of {tokens} tokens can go before a word does: at r = {before} none changes, and r = {first} is the first "
            "at which merging changes any.** Found by halving between the values that were run: since words can come back, a "
            "smaller r that was not run may change one, too.",
            gone=before["tokens"] - before["left"],
            tokens=before["tokens"],
            first=first,
            before=before["r"],
        )
    )
    label = tr("See r = {first}, the first with a changed word", first=first)
    if st.button(label, key="limit.set", icon=":material/tune:"):
        cursor.set_rate("sound", first)
        st.toast(tr("r is {first} now: spectrogram and words above follow it.", first=first), icon=":material/tune:")
        st.rerun()


def _say_cap(rows: Sequence[Row]) -> None:
    """Say from which r on a layer could not merge as many tokens as it was asked for."""
    capped = [each["r"] for each in rows if each["capped"]]
    if capped:
        st.caption(
            tr(
                "From r = {first} of these on, some layers merge fewer tokens than r: no layer merges more than half of its "
                "tokens, so a larger r removes few more.",
                first=min(capped),
            )
        )


def _columns(record: Record) -> dict[str, object]:
    return {mark("Tokens left"): record.layers[-1].tokens, mark("Words changed"): record.sound.changed}


def _table(rows: Sequence[Row]) -> None:
    table: dict[int, dict] = {}
    for each in sorted(rows, key=lambda each: each["r"]):
        line = table.setdefault(
            each["r"], {"r": each["r"], mark("Tokens left"): each["left"], mark("Words"): each["words"]}
        )
        line[RIVALS[each["algorithm"]]] = each["changed"]
    wrapped(list(table.values()), "limit", dict.fromkeys(RIVALS.values(), "{:.0f}"))
    st.caption(
        tr(
            "A row for each r: merging ran at all of them, random pruning only at {rates} (–: not run). One sound, one seed of "
            "the random pruning: no error bars. The model can loop where much is dropped.",
            rates=", ".join(map(str, RATES)),
        )
    )
