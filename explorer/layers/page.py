"""The page Layers: one photo through a merging ViT at the viewer's r, layer by layer, and the figures of the run."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.engine.models import CURATED, EMBEDDED, Backbone
from explorer.export.settings import columns
from explorer.layers.beside import beside
from explorer.locale.language import mark, tr
from explorer.measuring.rows import rate_in_name
from explorer.media.names import safe_name
from explorer.records.photos import Source
from explorer.records.schema import Record
from explorer.records.stored import DEFAULT
from explorer.shell import cache, figures, run, stage
from explorer.shell.controls import Choices
from explorer.shell.rate_control import most_r
from explorer.shell.session import session
from explorer.shell.too_much import ALL_PATCHES, too_much
from explorer.viewer import component
from tome.config import MergeConfig

__all__ = ["page"]

LOADING = (
    mark("This is an earlier view; yours follows as soon as its model is loaded."),
    mark("This is a sample photo in {embedded}; your view follows as soon as its model is loaded."),
)
FAILED = (
    mark("This is an earlier view, since the chosen model is not loaded."),
    mark("This is a sample photo in {embedded}, since the chosen model is not loaded."),
)
"""said of the view below: an earlier one, or a sample"""


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title(tr("Watch a Vision Transformer merge its tokens"))
    st.markdown(
        tr(
            "Every patch is a **token** that costs time in every layer. After each attention, [Token "
            "Merging](https://arxiv.org/abs/2210.09461) merges the *r* most similar pairs: everything inside one "
            "outline is now a single token."
        )
    )

    above = st.container()  # always there: in another place Streamlit would begin the viewer again
    with above:
        model = stage.backbone(choices)
    if model is None:
        _wait(choices, above)
        st.stop()
    session().shown = choices.query
    _show(model, choices)


def _show(model: Backbone, choices: Choices) -> None:
    """Draw the photo with its cursor, and the figures beside and below it."""
    component.follow(choices.query, most_r(choices.model, choices.side))
    st.page_link(
        "_pages/matching.py",
        label=tr("Next: how does one layer decide? Matching, step by step"),
        icon=":material/school:",
    )
    source, config = stage.source(choices, model), choices.query.config
    with st.container(horizontal=True, gap="large"):
        record = run.record(source, config)
        figures.cost(record, trained=model.weights != "random")
    too_much("", record, choices.r, ALL_PATCHES)
    with st.container(horizontal=True, gap="medium"):
        figures.speed(lambda asked: run.timing(source, config, asked))
        component.save_page(record, choices.picture)
    figures.classes(record)
    name = safe_name(record.name, f"-layers-{rate_in_name(choices.r)}.csv")
    figures.layer_table(record, name, lambda: _settings(source, config, record))
    beside(model, choices, record)


def _settings(source: Source, config: MergeConfig, record: Record) -> dict[str, object]:
    from explorer.export.subject import settings_of  # brings clips and sounds, which the page does without

    seen = settings_of(source, config)["input"]
    return {"sample": record.name, "digest": source.picture.digest, **columns(source.backbone, seen, config)}


def _wait(choices: Choices, above: DeltaGenerator) -> None:
    """Draw a view while the model loads, or after a failure, r disabled: the reader's last, else the dog."""
    shown = session().shown or DEFAULT
    if choices.query != shown:
        loading = cache.engine().known(choices.model)
        words = FAILED if loading and loading.error else LOADING
        above.caption(tr(words[session().shown is None], embedded=CURATED[EMBEDDED]))
    component.follow(shown, most_r(choices.model, choices.side), still=True)
