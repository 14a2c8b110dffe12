"""Numbers beside a text, the words that merged, and the embedding over r."""

from collections.abc import Mapping, Sequence

import streamlit as st

from explorer.charts.speed import lines
from explorer.engine.task import Task
from explorer.locale.language import mark, retell, tr
from explorer.locale.numbers import filled, number
from explorer.media.names import safe_name
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.records.texts import TextSource
from explorer.shell import measuring
from explorer.shell.figures import gflops, tokens
from explorer.shell.rivals import Result, Way, save
from explorer.shell.table import save_table, wrapped
from explorer.shell.too_much import too_much
from explorer.text.merged import merged_words
from tome.config import MergeConfig

__all__ = ["figures", "over_r", "words"]

FIRST = 8
"""tokens shown without a click"""
RATES = (2, 4, 8, 12, 16, 20)
SHORT = mark(
    "This text is short: r = {r} in {layers} layers asks for all {tokens} tokens of its words or more, so hardly any stays."
)
UNKNOWN = "[UNK]"
LEFT, COSINE = mark("Tokens left"), mark("Cosine to plain")
RIVALS = ("bipartite", "adjacent_merge", "random_prune", "attention_prune")


def figures(record: Record, config: MergeConfig) -> None:
    """Draw tokens, cosine of the embedding and multiply-adds of a merged run."""
    beside = st.columns(3)
    tokens(beside[0], record, tr("Pieces of words; the two that frame the text count too and never merge."))
    beside[1].metric(
        tr("Embedding cosine"),
        number(record.class_cosine, ".4f"),
        help=tr(
            "Between the vectors of the text with and without merging: 1 is unchanged. For scale: texts on different "
            "matters had 0.01 to 0.22."
        ),
    )
    gflops(beside[2], record, tr("Billions of multiply-adds, as the paper counts them."))
    if record.text.cut:
        st.caption(tr("The text is longer than the model reads: its end is left out."))
    _unknown(record.text.words)
    too_much("text", record, config.r, SHORT)


def _unknown(pieces: Sequence[str]) -> None:
    """Warn of pieces that the model cannot read."""
    if count := pieces.count(UNKNOWN):
        said = tr(
            "The model reads English only: {count} of {all} pieces are [UNK], unknown to it.",
            count=count,
            all=len(pieces),
        )
        st.warning(said, icon=":material/translate:")


def words(record: Record) -> None:
    """Draw the groups of words that form one token after the last layer."""
    st.header(tr("Words that are one token in the end"))
    rows = [
        {
            mark("Words of the token"): " · ".join(group.words),
            mark("Count"): len(group.words),
            mark("First merge in layer"): group.layers[0],
            mark("All together from layer"): group.layers[-1],
        }
        for group in merged_words(record)
    ]
    if not rows:
        st.markdown(tr("No words became one token."))
        return
    wrapped(rows[:FIRST], "words")
    if rest := rows[FIRST:]:
        with st.expander(tr("{count} more tokens", count=len(rest))):
            wrapped(rest, "more_words")
    st.caption(
        tr("In the order of the text; a mark such as a comma is a token, too. The other words are tokens of their own.")
    )
    save_table(rows, safe_name(record.name, "-words.csv"), "words")


def over_r(source: TextSource, algorithms: Mapping[str, str]) -> None:
    """Draw the cosine of the embedding over r for merging and pruning, on request."""
    st.header(tr("Merging, neighbours only, or pruning?"))
    st.caption(tr("Every run here merges the same r in each layer, whatever schedule is chosen above."))

    def work(task: Task, tell) -> None:
        for r in RATES:
            for algorithm in RIVALS:
                way = Way(algorithms[algorithm], source, MergeConfig(r=r, algorithm=algorithm))
                tell((way, service().run(source, way.config, task)))

    measuring.measured(
        "texts", source.key, len(RATES) * len(RIVALS), mark("runs"), work, lambda _, results: _table(results),
        label=tr("Compare over r"), help=tr("Cosine of the embedding for six values of r and four algorithms."),
    )  # fmt: skip


def _table(results: Sequence[Result]) -> None:
    if not results:
        return
    rates = list(dict.fromkeys(way.config.r for way, _ in results))
    left = {way.config.r: record.layers[-1].tokens for way, record in results}
    spent = {way.config.r: record.figures.gflops for way, record in results}
    found: dict[str, dict[int, float]] = {}
    for way, record in results:
        found.setdefault(way.title, {})[way.config.r] = record.class_cosine
    st.plotly_chart(
        lines(
            {retell(title): [(r, cosines.get(r)) for r in rates] for title, cosines in found.items()},
            tr("Tokens removed per layer (r)"),
            tr(COSINE),
            height=380,
        ),
        key="over-r",
        alt=tr("{title} over r, a line per method.", title=tr(COSINE)),
    )
    rows = [
        (LEFT, "{}", left),
        ("GFLOPs", "{:.2f}", spent),
        *((title, "{:.3f}", each) for title, each in found.items()),
    ]
    wrapped(
        [
            {"r": tr(title), **{str(r): filled(format, each[r]) for r in rates if r in each}}
            for title, format, each in rows
        ],
        "over_r",
        {str(r): "{}" for r in rates},
    )
    st.caption(tr("Cosine of the embedding to the plain one; one text, one seed: no error bars."))
    save(results, lambda record: {LEFT: record.layers[-1].tokens, COSINE: record.class_cosine}, "-over-r.csv")
