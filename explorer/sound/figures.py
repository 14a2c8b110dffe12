"""Transcripts side by side, figures of the merge, and the loss of words over r."""

from collections.abc import Mapping

import streamlit as st

from explorer.locale.language import in_row, mark, retell, tr
from explorer.locale.numbers import filled, number
from explorer.measuring import paper as printed
from explorer.records.build import caption
from explorer.records.schema import Record
from explorer.records.sounds import SoundSource
from explorer.shell import rivals
from explorer.shell.figures import gflops, tokens
from explorer.shell.table import table
from explorer.shell.text import literal
from tome.config import MergeConfig
from tome.speech.words import changed_words

__all__ = ["class_figures", "figures", "listening", "paper", "transcripts", "ways"]


def listening(before: Record | None, config: MergeConfig) -> None:
    """Show the wait for the model, with the previous transcripts ``before`` dimmed in place."""
    st.header(
        tr(":gray[Listening, {settings}…]", settings=retell(caption([], config))),
        help=tr("Grey text was heard with the previous choices."),
    )
    said = (before.sound.plain, before.sound.merged) if before else ("…", "…")
    _side_by_side(*(f":gray[{literal(words) or '…'}]" for words in said))


def transcripts(record: Record) -> None:
    """Draw both transcripts, with the words that changed marked."""
    sound = record.sound
    counts = {"changed": sound.changed, "words": sound.words}
    counts |= {"tokens": record.layers[-1].tokens, "all": record.layers[0].tokens}
    st.header(
        tr("{changed} of {words} words changed, with {tokens} of {all} tokens left", **counts)
        if sound.changed
        else tr("No word changed, with {tokens} of {all} tokens left", **counts),
        help=tr(
            "Compared with the model's own plain transcript, not with what was really said; case and punctuation do "
            "not count. A larger r can bring a word back."
        ),
    )
    texts = changed_words(sound.plain, sound.merged)
    _side_by_side(*(" ".join(_word(*word) for word in words) or tr("*Nothing was heard.*") for words in texts))


def _side_by_side(plain: str, merged: str) -> None:
    for column, title, words in zip(st.columns(2), (tr("Plain"), tr("Merged")), (plain, merged), strict=True):
        column.markdown(f"**{title}**")
        column.markdown(words)


def _word(word: str, changed: bool) -> str:
    return f":orange-background[**{literal(word)}**]" if changed else literal(word)


def figures(record: Record) -> None:
    """Draw tokens, multiply-adds of the encoder, and the share of silence among the removed tokens."""
    sound, beside = record.sound, st.columns(3)
    tokens(beside[0], record, tr("Steps of 20 ms; Whisper always hears 30 s."))
    beside[1].metric(
        tr("Silence among removed tokens"),
        f"{100 * sound.silent / sound.away:.0f} %" if sound.away else "–",
        help=tr(
            "{silent} of {away} removed tokens were silence: after the sound's end at {seconds:.1f} s, or 40 dB below "
            "its loudest step. Much of what merging saves here is padding.",
            silent=sound.silent,
            away=sound.away,
            seconds=sound.seconds,
        ),
    )
    counted = tr("Billions of multiply-adds of the encoder's blocks, as the Token Merging paper counts them.")
    gflops(beside[2], record, counted, tr("GFLOPs of the encoder"), digits=1)


def class_figures(record: Record) -> None:
    """Draw tokens, multiply-adds, agreement and recognised classes of a classifier."""
    merged, plain, heard = record.figures.gflops, record.plain.gflops, record.heard
    beside = st.columns(3)
    tokens(beside[0], record, tr("Patches of the spectrogram, and the class token."))
    beside[1].metric(
        tr("Cosine to the plain run"), number(record.class_cosine, ".4f"),
        help=tr("Between the scores of all classes with and without merging: 1 is unchanged."),
    )  # fmt: skip
    beside[2].metric(
        "GFLOPs",
        filled("{:.1f} → {:.1f}", plain, merged),
        help=tr("Billions of multiply-adds, as the Token Merging paper counts them."),
    )
    said = [tr("The model hears {heard:.2f} of {seconds:.2f} s.", heard=heard.heard, seconds=heard.seconds)]
    said += [tr("Its patches overlap: each is drawn around its middle.")] if heard.overlap else []
    said += [tr("Each class has its own probability, since sounds overlap.")]
    st.caption(in_row(said))


def ways(source: SoundSource, config: MergeConfig, algorithms: Mapping[str, str]) -> None:
    """Draw Whisper's transcript under each of ``algorithms``."""

    def row(record: Record) -> dict[str, object]:
        sound = record.sound
        return {
            mark("Tokens left"): record.layers[-1].tokens,
            mark("Words changed"): sound.changed,
            mark("Silence among removed tokens"): sound.silent / sound.away if sound.away else None,
            mark("Transcript"): sound.merged,
        }

    formats = {mark("Tokens left"): "{}", mark("Silence among removed tokens"): "{:.0%}"}
    meaning = mark("One sound, one seed of what is random. Words changed: against the model's own plain transcript.")
    rivals.rivals("sound", rivals.merged(source, algorithms, config), row, formats, meaning)


def paper() -> None:
    """Draw the paper's Table 7."""
    with st.expander(tr("The paper's results on sound (Table 7)")):
        st.caption(
            tr(
                "Another task and model than here: ViT-B on spectrograms, classes of AudioSet-2M, mean average precision in %. "
                "Bolya et al., ICLR 2023, arXiv 2210.09461. Whisper is not in the paper; with AudioMAE of AudioSet this page runs the paper's kind of model on one sound."
            )
        )
        table(printed.as_printed(printed.TABLE_7))
