"""Another photo or model beside the one of Layers, on one cursor."""

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from explorer.engine.models import CURATED, Backbone
from explorer.locale.language import named, tr
from explorer.locale.numbers import filled
from explorer.media.images import Picture
from explorer.media.photos import sample, samples
from explorer.records.schema import Record
from explorer.shell import run, stage
from explorer.shell.controls import Choices
from explorer.shell.cursor import close
from explorer.shell.embed import locked
from explorer.shell.model_control import own_models
from explorer.shell.photo_control import FORMATS, SAMPLES, own_photo, photo_limit, show_own
from explorer.shell.session import session
from explorer.shell.state import from_link, to_link
from explorer.shell.upload import upload
from explorer.viewer import component

__all__ = ["beside"]


SAME = "same"
SLOT = "beside_viewer"


def beside(model: Backbone, choices: Choices, record: Record) -> None:
    """Draw the choice of another photo or model, and its record beside ``record`` at the same r and size."""
    photo, name, key = _chosen(choices)
    if not photo and not key:
        return
    other = replace(choices, model=key or choices.model)
    if photo:
        other = replace(other, picture=photo, sample=name)
    second = stage.model(other.model)
    if second is None:
        return
    source = stage.source(other, second)
    records = [record, run.record(source, other.query.config)]
    titles = [
        f"{tr(SAMPLES.get(each.name, each.name))} · {backbone.label}"
        for each, backbone in zip(records, (model, second), strict=True)
    ]
    dumped = [each.model_dump(mode="json") for each in records]
    similar = [_similar(choices, other), _similar(other, choices)] if photo and not key else None
    identity = f"beside {choices.query} {choices.picture.digest} {other.query}"
    component.show(dumped, titles, identity, key=SLOT, similar=similar, pair=_pair(choices, other))
    if similar:
        st.caption(
            tr("Click a patch of one photo: both show how similar each of their patches is to it, layer by layer.")
        )
    first, last = (filled("{} → {}", each.layers[0].tokens, each.layers[-1].tokens) for each in records)
    st.caption(
        tr(
            "Tokens {first} and {last}; class-token cosine {one:.4f} and {other:.4f}, each to its own unmerged run.",
            first=first, last=last, one=records[0].class_cosine, other=records[1].class_cosine,
        )
    )  # fmt: skip


def _similar(choices: Choices, other: Choices) -> str:
    """Return the query of the similarities of a patch of one photo to those of the other."""
    return urlencode(_asked(choices) | {"beside": other.sample or other.picture.digest})


def _pair(choices: Choices, other: Choices) -> str:
    """Return the query of both as one figure."""
    photo = {} if other.picture is choices.picture else {"beside": other.sample or other.picture.digest}
    model = {} if other.model == choices.model else {"beside_model": other.query.model}
    return urlencode(_asked(choices) | photo | model)


def _asked(choices: Choices) -> dict[str, object]:
    r = choices.r if isinstance(choices.r, int) else ",".join(map(str, choices.r))
    return choices.query.model_dump(exclude_defaults=True) | {"r": r}


def _chosen(choices: Choices) -> tuple[Picture | None, str, str]:
    """Return the other photo, its name as a sample and the other model; None and "" for the same as above."""
    photos = [name for name in samples() if name != choices.sample]
    models = {SAME: tr("The same model"), **CURATED, **own_models("")}
    models.pop(choices.model, None)
    with st.expander(tr("Beside another photo or another model"), icon=":material/compare:"):
        pills = st.container()
        own = session().own_beside = _own()
        name = pills.pills(
            tr("Another photo"),
            photos,
            key=from_link("beside", [None, *photos]),
            format_func=lambda name: tr(SAMPLES.get(name, name)),
            disabled=own is not None,
        )
        key = st.selectbox(
            tr("Another model"), list(models), key=from_link("beside_model", models), format_func=named(models)
        )  # fmt: skip
    if not own and name is None and key == SAME:
        close(SLOT)
    to_link(beside=name, beside_model=key)
    key = "" if key == SAME else key
    if own:
        return own, "", key
    return sample(name) if name else None, name or "", key


def _own() -> Picture | None:
    file = upload(
        tr("Or a photo of your own"),
        photo_limit(),
        type=FORMATS,
        key="upload_beside",
        disabled=locked("upload"),
        on_change=_uploaded,
    )
    kept = session().own_beside
    if file:
        return own_photo(file, before=kept)
    if kept is None:
        return None
    # Streamlit forgets a file on another page, and then lists none that could be removed.
    st.button(tr("Remove this photo"), icon=":material/close:", disabled=locked("upload"), on_click=_forget)
    return show_own(kept)


def _uploaded() -> None:
    if st.session_state["upload_beside"] is None:
        _forget()


def _forget() -> None:
    session().own_beside = None
