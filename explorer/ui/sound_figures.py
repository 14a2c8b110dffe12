"""Transcripts side by side, what merged, and where the first word goes."""

from collections.abc import Mapping

import streamlit as st

from explorer.core import paper as printed
from explorer.core.tasks import Task
from explorer.records.build import caption
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.records.sounds import SoundSource
from explorer.ui import measuring, media_rivals
from explorer.ui.text import literal
from tome.config import MergeConfig
from tome.speech.words import changed_words

__all__ = ["class_figures", "figures", "limit", "listening", "paper", "transcripts", "ways"]

RATES = (100, 150, 200, 250, 300, 350)
RIVALS = {"bipartite": "Merging", "random_prune": "Random pruning"}


def listening(before: Record | None, config: MergeConfig) -> None:
    """Say that the model listens; the transcripts ``before``, of other choices, keep their place, dimmed."""
    st.header(f":gray[Listening, {caption([], config)}…]", help="What is grey was heard with the choices from before.")
    said = (before.sound.plain, before.sound.merged) if before else ("…", "…")
    _side_by_side(*(f":gray[{literal(words) or '…'}]" for words in said))


def transcripts(record: Record) -> None:
    """Draw both transcripts, with the words that changed marked."""
    sound = record.sound
    said = f"{sound.changed} of {sound.words} words changed" if sound.changed else "No word changed"
    st.header(
        f"{said}, with {record.layers[-1].tokens} of {record.layers[0].tokens} tokens left",
        help="Against the model's own plain transcript, whatever was really said; case and punctuation do not count. "
        "A larger r can bring a word back.",
    )
    texts = changed_words(sound.plain, sound.merged)
    _side_by_side(*(" ".join(_word(*word) for word in words) or "*Nothing was heard.*" for words in texts))


def _side_by_side(plain: str, merged: str) -> None:
    for column, title, words in zip(st.columns(2), ("Plain", "Merged"), (plain, merged), strict=True):
        column.markdown(f"**{title}**")
        column.markdown(words)


def _word(word: str, changed: bool) -> str:
    return f":orange-background[**{literal(word)}**]" if changed else literal(word)


def figures(record: Record) -> None:
    """Draw tokens, multiply-adds of the encoder, and how much of what merged was silence."""
    merged, plain, sound = record.figures.gflops, record.plain.gflops, record.sound
    tokens = f"{record.layers[0].tokens} → {record.layers[-1].tokens}"
    beside = st.columns(3)
    beside[0].metric("Tokens, first to last layer", tokens, help="Steps of 20 ms; Whisper always hears 30 s.")
    beside[1].metric(
        "Of what merged, silence",
        f"{100 * sound.silent / sound.away:.0f} %" if sound.away else "–",
        help=f"{sound.silent} of {sound.away} tokens that are gone stood for silence: after the sound's end at "
        f"{sound.seconds:.1f} s, or 40 dB below its loudest step. Much of what merging saves here is padding.",
    )
    beside[2].metric(
        "GFLOPs of the encoder",
        f"{plain:.1f} → {merged:.1f}",
        f"{plain / merged:.2f}× fewer" if merged < plain else None,
        delta_color="off",
        delta_arrow="off",
        help="Billions of multiply-adds of the encoder's blocks, as the Token Merging paper counts them.",
    )


def class_figures(record: Record) -> None:
    """Draw tokens, multiply-adds and agreement of a model that scores classes, and what it heard."""
    merged, plain, heard = record.figures.gflops, record.plain.gflops, record.heard
    beside = st.columns(3)
    tokens = f"{record.layers[0].tokens} → {record.layers[-1].tokens}"
    beside[0].metric("Tokens, first to last layer", tokens, help="Patches of the spectrogram, and the class token.")
    beside[1].metric(
        "Cosine to the plain run", f"{record.class_cosine:.4f}",
        help="Between the scores of all classes with and without merging: 1 is unchanged.",
    )  # fmt: skip
    beside[2].metric(
        "GFLOPs",
        f"{plain:.1f} → {merged:.1f}",
        help="Billions of multiply-adds, as the Token Merging paper counts them.",
    )
    said = f"The model hears {heard.heard:.2f} of {heard.seconds:.2f} s."
    overlap = " Its patches overlap: each is drawn around its middle." if heard.overlap else ""
    st.caption(said + overlap + " Each class has a probability of its own, since sounds overlap.")


def limit(source: SoundSource) -> None:
    """Draw how many words change over r, for merging and random pruning, once a reader has asked for it."""
    st.header("How far can it go?")
    st.caption(
        "Words do not only go: a larger r can bring one back, since other tokens merge then and the decoder hears anew."
    )

    def work(job: Task, tell) -> None:
        for r in RATES:
            for algorithm in RIVALS:
                record = service().run(source, MergeConfig(r=r, algorithm=algorithm), job)
                tell((r, algorithm, record.layers[-1].tokens, record.sound.changed, record.sound.words))

    total = len(RATES) * len(RIVALS)
    measuring.measured(
        "limit", source.key, total, "runs", work, lambda _, results: _table(results), label="Find the limit",
        help=f"{total} runs: words changed for r from {RATES[0]} to {RATES[-1]}, by merging and by random pruning.",
    )  # fmt: skip


def _table(results: list[tuple]) -> None:
    rows: dict[int, dict] = {}
    for r, algorithm, tokens, changed, words in results:
        row = rows.setdefault(r, {"r": r, "Tokens left": tokens, "Words": words})
        row[f"Changed by {RIVALS[algorithm].lower()}"] = changed
    if rows:
        st.dataframe(list(rows.values()), hide_index=True)
        st.caption(
            "One sound, one seed of the random pruning: no error bars. The model can loop where much is dropped."
        )


def ways(source: SoundSource, config: MergeConfig, algorithms: Mapping[str, str]) -> None:
    """Draw what Whisper hears under each of ``algorithms``."""

    def row(record: Record) -> dict[str, object]:
        sound = record.sound
        return {
            "Tokens left": record.layers[-1].tokens,
            "Words changed": sound.changed,
            "Of what went, silence": sound.silent / sound.away if sound.away else None,
            "Transcript": sound.merged,
        }

    columns = {"Of what went, silence": st.column_config.NumberColumn(format="percent")}
    meaning = "One sound, one seed of what is random. Words changed: against the model's own plain transcript."
    media_rivals.rivals("sound", media_rivals.merged(source, algorithms, config), row, columns, meaning)


def paper() -> None:
    """Draw the paper's Table 7."""
    with st.expander("What the paper reports of sounds (Table 7)"):
        st.caption(
            "Another task and model than here: ViT-B on spectrograms, classes of AudioSet-2M, mean average precision in %. "
            "Bolya et al., ICLR 2023, arXiv 2210.09461. Whisper is not in the paper; with AudioMAE of AudioSet this page runs the paper's kind of model on one sound."
        )
        st.dataframe([vars(row) for row in printed.TABLE_7], hide_index=True)
