"""The page Text: one paragraph under the viewer's r, and what its embedding keeps."""

import streamlit as st

from explorer.engine.packaged import MINILM
from explorer.engine.runs import Job
from explorer.locale.language import mark, retell, tr
from explorer.media import texts
from explorer.records.errors import BadQuery
from explorer.records.query import Query
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.records.texts import TextSource
from explorer.shell import measuring, run, stage
from explorer.shell.embed import locked
from explorer.shell.media_controls import merging, rate, sample
from explorer.shell.session import session
from explorer.shell.table import table
from explorer.shell.text import literal
from explorer.viewer import component
from tome.config import MergeConfig

__all__ = ["page"]

MOST_R = 32
ALGORITHMS = {
    "bipartite": mark("Bipartite soft matching"),
    "adjacent_merge": mark("Adjacent merging"),
    "random_merge": mark("Random merging"),
    "random_prune": mark("Random pruning"),
    "attention_prune": mark("Attention pruning"),
}
LABELS = {"sea": mark("The sea"), "bread": mark("Bread")}
RATES = (2, 4, 8, 12, 16, 20)


def page() -> None:
    """Draw the page."""
    query = _sidebar()
    st.title(tr("Which words become one token?"))
    st.markdown(
        tr(
            "A sentence model reads the paragraph and gives one vector for it. In every layer the *r* most similar pairs of "
            "tokens merge: point at a word to see all words of its token. Under **Mean colour**, the colour says where "
            "in the text its words stand, from blue at the beginning to yellow at the end. Long words are split in pieces."
        )
    )
    prose = stage.model(MINILM)
    if prose is None:
        return
    try:
        source = service().source(query)
    except BadQuery as reason:
        st.error(literal(f"{reason.parameter} {retell(reason.rule)}."))
        return
    component.follow(query, MOST_R, rate=rate("text"))
    record = run.record(source, query.config)
    _figures(record)
    _over_r(source)


def _sidebar() -> Query:
    with st.sidebar:
        chosen = sample("text", LABELS)
        own = st.text_area(
            tr("Or a paragraph of your own"), max_chars=texts.MOST_LETTERS, key="own_text", disabled=locked("upload"),
            help=tr("English; the first 256 tokens are read. It stays in this server's memory for your session."),
        )  # fmt: skip
        return Query(text=_held(own) or chosen, **merging("text", ALGORITHMS, MOST_R))


def _held(content: str) -> str:
    """Return the digest of the reader's own text, "" where there is none."""
    text = texts.OwnText.of(content, tr("your text"))
    if not text.content:
        return ""
    st.caption(tr("A link cannot hold your text; it opens the sample that is marked above."))
    session().own_files["text"] = text
    texts.hold(text)
    return text.digest


def _figures(record: Record) -> None:
    merged, plain = record.figures.gflops, record.plain.gflops
    tokens = f"{record.layers[0].tokens} → {record.layers[-1].tokens}"
    beside = st.columns(3)
    beside[0].metric(
        tr("Tokens, first to last layer"),
        tokens,
        help=tr("Pieces of words; the two that frame the text count too and never merge."),
    )
    beside[1].metric(
        tr("Embedding cosine"),
        f"{record.class_cosine:.4f}",
        help=tr(
            "Between the vectors of the text with and without merging: 1 is unchanged. For scale: texts on different "
            "matters had 0.01 to 0.22."
        ),
    )
    beside[2].metric(
        "GFLOPs", f"{plain:.2f} → {merged:.2f}", help=tr("Billions of multiply-adds, as the paper counts them.")
    )
    if record.text.cut:
        st.caption(tr("The text is longer than the model reads: its end is left out."))


def _over_r(source: TextSource) -> None:
    st.header(tr("Merging, neighbours only, or pruning?"))
    rivals = ("bipartite", "adjacent_merge", "random_prune", "attention_prune")

    def work(job: Job, tell) -> None:
        for r in RATES:
            for algorithm in rivals:
                record = service().run(source, MergeConfig(r=r, algorithm=algorithm), job)
                tell((r, ALGORITHMS[algorithm], record.layers[-1].tokens, record.class_cosine))

    measuring.measured(
        "texts", source.key, len(RATES) * len(rivals), mark("runs"), work, lambda _, results: _table(results),
        label=tr("Compare over r"), help=tr("Cosine of the embedding for six values of r and four algorithms."),
    )  # fmt: skip


def _table(results: list[tuple]) -> None:
    rows: dict[int, dict] = {}
    for r, label, tokens, cosine in results:
        rows.setdefault(r, {"r": r, mark("Tokens left"): tokens})[label] = round(cosine, 3)
    if rows:
        table(list(rows.values()))
        st.caption(tr("Cosine of the embedding to the plain one; one text, one seed: no error bars."))
