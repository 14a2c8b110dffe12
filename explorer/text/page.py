"""The page Text: one paragraph under the viewer's r, and what its embedding keeps."""

import streamlit as st

from explorer.engine.packaged import MINILM
from explorer.export.offered import MOST_TEXT_R, TEXT_ALGORITHMS
from explorer.locale.language import in_row, mark, tr
from explorer.media import texts
from explorer.records.query import Query
from explorer.shell import run, stage
from explorer.shell.cursor import own_rate
from explorer.shell.media_controls import merging, own, sample
from explorer.shell.session import session
from explorer.text import figures
from explorer.viewer import component

__all__ = ["page"]

EACH_LAYER = {
    "bipartite": mark("In every layer the *r* most similar pairs of tokens merge."),
    "adjacent_merge": mark("In every layer the *r* most similar pairs of neighbours merge, and no others."),
    "random_merge": mark("In every layer *r* random pairs merge: a control."),
    "random_prune": mark("In every layer *r* random tokens are dropped, and nothing merges: a control."),
    "attention_prune": mark(
        "In every layer the *r* tokens that the first one, [CLS], attends to least are dropped, and nothing merges."
    ),
}
"""algorithm → what a layer does under it"""
HINT_BELOW = "<style>.stTextArea {padding-bottom: 1.25rem}</style>"
"""Streamlit writes how to apply a paragraph over its last line otherwise"""
LABELS = {"sea": mark("The sea"), "bread": mark("Bread")}


def page() -> None:
    """Draw the page."""
    query = _sidebar()
    st.title(tr("Which words become one token?"))
    st.markdown(
        in_row(
            [
                tr("A sentence model reads the paragraph and gives one vector for it."),
                tr(EACH_LAYER[query.config.algorithm]),
                *_of_colours(query.config.algorithm),
                tr("Long words are split in pieces: shin, ##gle is shingle."),
            ]
        )
    )
    prose = stage.model(MINILM)
    if prose is None:
        return
    source = stage.media_source(query)
    if source is None:
        return
    component.follow(query, MOST_TEXT_R, rate=own_rate("text"))
    record = run.record(source, query.config)
    figures.figures(record, query.config)
    figures.words(record)
    figures.over_r(source, TEXT_ALGORITHMS)


def _of_colours(algorithm: str) -> list[str]:
    """Return what words of one colour are, where words share tokens."""
    if algorithm.endswith("prune"):
        return []
    return [
        tr("Point at a word, or focus it, to see all words of its token."),
        tr("Words of one colour are one token, as long as the 24 colours last."),
    ]


def _sidebar() -> Query:
    with st.sidebar:
        samples = st.container()
        st.html(HINT_BELOW)
        given = own(
            "text",
            "upload",
            st.text_area,
            tr("Or a paragraph of your own (English only)"),
            max_chars=texts.MOST_LETTERS,
            help=tr("English; the first 256 tokens are read. It stays in this server's memory for your session."),
        )
        digest = _held(given or "")
        with samples:
            chosen = sample("text", LABELS, own=bool(digest))
        return Query(text=digest or chosen, **merging("text", TEXT_ALGORITHMS, MOST_TEXT_R))


def _held(content: str) -> str:
    """Return the digest of the own text; "" if there is none."""
    text = texts.OwnText.of(content, tr("your text"))
    if not text.content:
        return ""
    st.caption(tr("A link cannot hold your text, and a reload forgets it: both open a sample."))
    session().own_files["text"] = text
    texts.hold(text)
    return text.digest
