"""The r at which the first word changes, found by bisection."""

from collections.abc import Callable, Sequence

import streamlit as st

from explorer.engine.tasks import Task
from explorer.locale.language import in_row, mark, tr
from explorer.measuring.schedules import mean_r
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.records.sounds import SoundSource
from explorer.shell import measuring, state
from explorer.shell.rivals import Result, Way, save
from explorer.shell.table import wrapped
from tome.config import MergeConfig
from tome.schedule import schedule

__all__ = ["capped_layers", "draw", "first_change"]

RATES = (100, 150, 200, 250, 300, 350)
RIVALS = {"bipartite": mark("Changed by merging"), "random_prune": mark("Changed by random pruning")}
HALVINGS = 7
"""upper bound: the widest gap is from 0 to 100"""


def draw(source: SoundSource, decreasing: bool) -> None:
    """Draw changed words over r for merging and random pruning, on request, under a constant or ``decreasing`` r."""
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
        def changed(r: int, algorithm: str = "bipartite") -> int:
            way = Way(RIVALS[algorithm], source, MergeConfig(r=(r, -1.0) if decreasing else r, algorithm=algorithm))
            record = service().run(source, way.config, task)
            tell((way, record))
            return record.sound.changed

        first_change(changed, RATES)
        for r in RATES:
            changed(r, "random_prune")

    total = len(RIVALS) * len(RATES) + HALVINGS
    measuring.measured(
        "limit", (source.key, decreasing), total, mark("runs"), work, lambda known, results: _found(results, known.running),
        label=tr("Find the limit"),
        help=tr("At most {total} runs: words changed for r from {low} to {high}, by merging and by random pruning, and the first r between two of them at which merging changes a word.", total=total, low=RATES[0], high=RATES[-1]),
    )  # fmt: skip


def first_change(changed: Callable[[int], int], rates: Sequence[int]) -> int | None:
    """Return an r at which words change, but not at r − 1: bisect below the first of ``rates`` with a change.

    ``changed(r)`` counts the changed words; it is 0 at r = 0.  Returns None without any change.
    """
    counts = {r: changed(r) for r in rates}
    high = next((r for r in rates if counts[r]), None)
    if high is None:
        return None
    low = max((r for r in rates if r < high), default=0)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if changed(middle) else (middle, high)
    return high


def _found(results: Sequence[Result], running: bool) -> None:
    if not results:
        return
    merged = {
        mean_r(way.config.r): record.sound.changed for way, record in results if way.config.algorithm == "bipartite"
    }
    # A search that was stopped has not reached the limit.
    ends = sorted(r for r, changed in merged.items() if changed and merged.get(r - 1) == 0)
    if ends:
        left = {mean_r(way.config.r): record.layers[-1].tokens for way, record in results}
        _say(ends[0], left, results[0][1].layers[0].tokens)
    elif not running and set(RATES) <= set(merged) and not any(merged.values()):
        st.markdown(tr("**No word changed up to r = {high}.**", high=RATES[-1]))
    _table(results)
    _say_cap(results)
    save(results, _columns, "-limit.csv")


def _say(first: int, left: dict[int, int], tokens: int) -> None:
    st.markdown(
        tr(
            "**{gone} of {tokens} tokens can go before a word does: at r = {before} none changes, and r = {first} is the first "
            "at which merging changes one.** Found by halving between the values that were run: since words can come back, a "
            "smaller r that was not run may change one, too.",
            gone=tokens - left[first - 1],
            tokens=tokens,
            first=first,
            before=first - 1,
        )
    )
    label = tr("See r = {first}, the first with a changed word", first=first)
    if st.button(label, key="limit.set", icon=":material/tune:"):
        state.set_rate("sound", first)
        st.toast(tr("r is {first} now: spectrogram and words above follow it.", first=first), icon=":material/tune:")
        st.rerun()


def _say_cap(results: Sequence[Result]) -> None:
    """Say from which r on a layer could not merge as many tokens as it was asked for."""
    capped = [mean_r(way.config.r) for way, record in results if capped_layers(record, way.config)]
    if capped:
        st.caption(
            tr(
                "From r = {first} of these on, some layers merge fewer tokens than r: no layer merges more than half of its "
                "tokens, so a larger r removes few more.",
                first=min(capped),
            )
        )


def capped_layers(record: Record, config: MergeConfig) -> list[int]:
    """Return the layers, counted from 1, that merged fewer tokens than the schedule asked for."""
    tokens = [layer.tokens for layer in record.layers]
    asked = schedule(config.r, len(tokens) - 1)
    return [layer for layer, r in enumerate(asked, 1) if tokens[layer - 1] - tokens[layer] < r]


def _columns(record: Record) -> dict[str, object]:
    return {mark("Tokens left"): record.layers[-1].tokens, mark("Words changed"): record.sound.changed}


def _table(results: Sequence[Result]) -> None:
    rows: dict[int, dict] = {}
    for way, record in results:
        left = record.layers[-1].tokens
        r = mean_r(way.config.r)
        row = rows.setdefault(r, {"r": r, mark("Tokens left"): left, mark("Words"): record.sound.words})
        row[way.title] = record.sound.changed
    wrapped([rows[r] for r in sorted(rows)], "limit", dict.fromkeys(RIVALS.values(), "{:.0f}"))
    st.caption(
        tr(
            "A row for each r: merging ran at all of them, random pruning only at {rates} (–: not run). One sound, one seed of "
            "the random pruning: no error bars. The model can loop where much is dropped.",
            rates=", ".join(map(str, RATES)),
        )
    )
