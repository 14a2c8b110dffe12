"""The viewer as a Streamlit component."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from hashlib import sha256
from typing import Any

import streamlit as st

from explorer.export.standalone import web_page
from explorer.locale.language import language, mark, tr
from explorer.media.clips import sheet
from explorer.media.images import Picture
from explorer.media.names import safe_name
from explorer.records.build import Json, with_jpeg, with_photo
from explorer.records.query import Query
from explorer.records.schema import Record
from explorer.shell import cursor, drawn, state
from explorer.shell.fragment import fragment
from explorer.shell.link import VIEW, read
from explorer.shell.link_pages import elsewhere
from explorer.shell.session import link, session
from explorer.viewer.spoken import spoken
from explorer.web.modules import css
from tome.config import MergeConfig
from tome.media.kinds import Clip

__all__ = ["Compared", "compare", "follow", "save_clip", "save_page", "show"]

MIDDLE = 6
"""The layer at which several panels open: at the input all are the same."""
KEY = "viewer"
"""key of a page's only viewer"""

_viewer = spoken("tome_viewer", "viewer/streamlit", css())


@dataclass(frozen=True)
class Compared:
    """Several configurations of one sample, side by side."""

    query: Query
    titles: Sequence[str]
    configs: Sequence[MergeConfig]
    reference: int
    """the reference panel"""
    patches: int

    @property
    def name(self) -> str:
        """Return a name that is equal for equal panels only, independent of r."""
        return sha256(json.dumps([self._asked, list(self.titles), self._differences]).encode()).hexdigest()[:16]

    @property
    def _asked(self) -> Json:
        return self.query.model_dump(exclude={"r"}, exclude_defaults=True)

    @property
    def _differences(self) -> list[Json]:
        default = self.query.config
        names = [field.name for field in fields(MergeConfig) if field.name != "r"]
        return [
            {name: getattr(config, name) for name in names if getattr(config, name) != getattr(default, name)}
            for config in self.configs
        ]

    def ask(self, limit: int) -> Json:
        """Return the viewer's requests, at an r from 0 to ``limit`` set in the viewer."""
        panels = [
            {"title": title, "config": config} for title, config in zip(self.titles, self._differences, strict=True)
        ]
        return {"query": self._asked, "panels": panels, "limit": limit, "name": self.name}


@fragment  # the viewer's messages rerun only this function
def compare(compared: Compared, limit: int, refer: Callable[[int], None]) -> None:
    """Draw the records of ``compared``, fetched by the viewer at the r set in it, from 0 to ``limit``.

    ``refer(panel)`` receives the chosen reference panel.  The page reruns after a gesture on r and on the arrival of
    new panels.
    """
    start = cursor.opening(compared.name)
    start = {**start, "layer": MIDDLE if start["layer"] is None else start["layer"]}
    pinned = start["pinned"]
    # The pinned patch may be out of range: from a link, or from a finer grid shown before.
    start["pinned"] = pinned if pinned is not None and pinned < compared.patches else None
    told = _mount(
        KEY,
        {"ask": compared.ask(limit), "reference": compared.reference, "pinnable": True},
        start,
        on_reference_change=lambda: None,  # a callback is required for the value to arrive in told.reference
        on_finished_change=cursor.reported(KEY, "finished", drawn.finish),
    )
    if type(told.reference) is int and 0 <= told.reference < len(compared.titles):
        refer(told.reference)
        st.rerun()
    if drawn.turned() or drawn.news(compared.name):
        st.rerun()


@fragment
def show(
    records: Sequence[Json],
    titles: Sequence[str],
    identity: str,
    key: str,
    similar: Sequence[str] | None = None,
    pair: str = "",
) -> None:
    """Draw records with one layer cursor.  ``identity`` is equal for equal records only.

    ``similar`` holds, for two photos, the query for the similarities of a patch of one to the other, one per photo.
    ``pair`` is the query of both as one figure.
    """
    start = cursor.opening(identity, key)
    _mount(
        key,
        {"panels": list(records), "titles": list(titles), "similar": similar, "pinnable": bool(similar), "pair": pair},
        {**start, "layer": MIDDLE if start["layer"] is None else start["layer"]},
    )


@fragment
def follow(query: Query, limit: int | None, key: str = KEY, rate: Json | None = None, still: bool = False) -> None:
    """Draw the record of ``query``, fetched by the viewer at the r set in it, from 0 to ``limit``.

    The r of the query is ignored; ``limit`` None hides the control.  The page reruns after a gesture on r.  ``rate``
    is that of a page with its own r.  ``still``: at the query's own r, with its control disabled.
    """
    asked = query.model_dump(exclude={"r"}, exclude_defaults=True)
    start = cursor.opening(str(asked), key, rate)
    if still or limit is None:
        r, decreasing = (query.r, False) if isinstance(query.r, int) else (query.r[0], True)
        start = {**start, "r": r, "decreasing": decreasing}
    apart = query.frames if query.clip and query.attention == "frames-apart" else 1
    ask = {"query": asked, "panels": [{"title": "", "config": {}}], "limit": limit, "apart": apart}
    _mount(key, {"ask": ask}, start, rate, locked=("r", "schedule") if still else ())
    if drawn.turned(rate):
        st.rerun()


def _mount(
    key: str,
    data: Json,
    start: Json,
    rate: Json | None = None,
    locked: Sequence[str] = (),
    **listeners: Callable[[], None],
) -> Any:
    linked = _linked_rate(rate)

    def remember(name: str, value: object) -> None:
        cursor.remember(name, value, rate, key)
        if name in linked:
            state.told_link(**{linked[name][0]: (rate or cursor.current())[name]})

    return _viewer(
        key=key,
        data={"revision": session().revision, **data, **start, **_parts(locked), "rate": linked},
        default={name: start[name] for name in VIEW},
        **{f"on_{name}_change": cursor.reported(key, name, partial(remember, name)) for name in VIEW},
        **listeners,
    )


def _linked_rate(own: Json | None) -> Json:
    """Return parameter and default of r and its schedule in this page's link; nothing for an ``own`` r of the article."""
    kind = state.KINDS.get(session().page or "")
    if own and not kind:
        return {}
    names = {name: f"{kind}_{name}" if kind else name for name in ("r", "decreasing")}
    return {name: [parameter, read(parameter, None)] for name, parameter in names.items()}


def _parts(locked: Sequence[str] = ()) -> Json:
    told = {name: list(read(name, link().get(name))) for name in ("hide", "lock")}
    told["lock"] += locked
    now = session()
    kind = state.KINDS.get(now.page or "")
    beside = None if now.page else now.own_beside  # of Layers, the page without a name in its address
    own = bool(now.own_from.get(kind)) if kind else bool((now.own_shown and now.own_photo) or beside)
    return {**told, "elsewhere": elsewhere(now.page or ""), "own": own}


def save_page(record: Record, picture: Picture) -> None:
    """Draw a button for a page with the photo and all its layers, opened at the reader's cursor."""
    _save(record, lambda: with_photo(record, picture), picture.digest, mark("this photo"), "save_page")


def save_clip(record: Record, clip: Clip, digest: str) -> None:
    """Draw a button for a page with a clip, its frames and all layers."""
    _save(record, lambda: with_jpeg(record, sheet(clip)), digest, mark("these frames"), "save_clip")


def _save(record: Record, story: Callable[[], Json], digest: str, what: str, key: str) -> None:
    spoken_here = language()  # captured here: the page is built in a server thread
    place = cursor.current()  # by reference: the viewer's messages update it without a run of the page
    st.download_button(
        tr("Save as a web page"),
        lambda: web_page(story(), language=spoken_here, **place),
        safe_name(record.name, f"-{digest[:8]}.html"),
        "text/html",
        key=key,
        on_click="ignore",
        help=tr("One file with {what} and all layers. It opens in any browser, without a network.", what=tr(what)),
    )
