"""The display of each stop: the live viewer, the lesson, a chart or numbers."""

from dataclasses import replace

import streamlit as st

from explorer.article import charts, media, scroll
from explorer.article.stops import STOPS, Stop
from explorer.charts.layers import tokens_per_layer
from explorer.engine.models import Backbone
from explorer.lesson import view
from explorer.locale.language import mark, tr
from explorer.measuring.examples import example
from explorer.media.photos import sample, samples
from explorer.records.schema import Record
from explorer.shell import figures, run, stage
from explorer.shell.controls import Choices
from explorer.shell.photo_control import SAMPLES
from explorer.shell.session import session
from explorer.viewer import component
from tome.config import MergeConfig
from tome.schedule import token_counts

__all__ = ["arrive", "show"]

HEAD = (mark("Data"), mark("Plain"), mark("Merged"), mark("Speed"))
DOMAINS = (
    # arXiv 2210.09461, Tables 3, 5 + 6 and 7; all trained with merging
    (mark("Images: ImageNet-1k, ViT-L, r = 8"), "85.7 %", "85.1 %", mark("93 → 183 im/s")),
    (mark("Video: Kinetics-400, ViT-L, r = 65"), "84.7 %", "84.4 %", mark("7.3 → 16.3 clips/s")),
    (mark("Audio: AudioSet-2M, ViT-B, r = 40"), "46.4 mAP", "46.0 mAP", mark("103 → 200 samples/s")),
)


def arrive(number: int, stop: Stop) -> None:
    """Set the cursor for the stop, unless its view is still drawn and may have been moved by the reader."""
    now = session()
    if now.stop == number or number in now.stops:
        now.stop = number
        return
    if now.stop is not None:
        now.openings.clear()
        if "domains" in (stop.show, STOPS[now.stop - 1].show):
            view.go(pinned=None, frame=0)  # a patch of a photo means nothing in a clip
    now.stop = number
    view.go(**stop.cursor)


def show(stop: Stop, choices: Choices, model: Backbone) -> None:
    """Draw the stop's display, computed from the reader's photo."""
    _SHOWN[stop.show](stop, choices, model)


def _record(choices: Choices, model: Backbone, **changes) -> Record:
    return run.record(stage.source(choices, model), choices.config(**changes))


def _cost(stop: Stop, choices: Choices, model: Backbone) -> None:
    from tome.metrics.cost import gflops

    rows = []
    for side in (224, 448, 896):
        square = side // model.patch * model.patch
        cost = gflops(model.model, MergeConfig(r=0), (square, square))
        rows.append((f"{side} px", square // model.patch, cost))
    _picture(charts.grids(rows), "cost", scrolls=False)  # in view from the start


def _viewer(stop: Stop, choices: Choices, model: Backbone) -> None:
    component.follow(choices.query.model_copy(update={"algorithm": stop.algorithm}), None, key=f"read {stop.algorithm}")


def _losses(stop: Stop, choices: Choices, model: Backbone) -> None:
    names = {
        "random_prune": tr("pruned at random"),
        "attention_prune": tr("pruned by attention"),
        "bipartite": tr("merged"),
    }
    lost = {name: 1 - _record(choices, model, algorithm=name).class_cosine for name in names}
    st.markdown(
        tr("Lost of the class token's cosine to the unmerged run: this photo, {caption}", caption=choices.caption)
    )
    rows = [(words, lost[name], f"{lost[name]:.4f}") for name, words in names.items()]
    _picture(charts.bars(rows, 0.0, charts.round_up(max(lost.values()))), "losses")
    if lost["attention_prune"] > lost["random_prune"]:
        st.caption(
            tr(
                "Here pruning by attention loses more than pruning at random; over all of ImageNet, in accuracy, it lost less "
                "(stop 2). One photo is no average, and a cosine is no accuracy."
            )
        )


def _block(stop: Stop, choices: Choices, model: Backbone) -> None:
    layers = _record(choices, model).layers
    number = min(6, len(layers) - 1)
    before, after = layers[number - 1].tokens, layers[number].tokens
    st.markdown(tr("Block {number} of this run; the wire is as thick as there are tokens on it.", number=number))
    _picture(charts.block(number, before, after), "block")


def _lesson(stop: Stop, choices: Choices, model: Backbone) -> None:
    view.taught(choices, model, mode="explore")


def _playground(stop: Stop, choices: Choices, model: Backbone) -> None:
    view.playground()


def _tokens(stop: Stop, choices: Choices, model: Backbone) -> None:
    record = _record(choices, model)
    tokens = [layer.tokens for layer in record.layers]
    st.plotly_chart(
        tokens_per_layer(tokens, record.plain.block_gflops, record.figures.block_gflops),
        key="read_tokens",
        alt=tr("Tokens fall from {first} to {last}.", first=tokens[0], last=tokens[-1]),
    )
    depth, prefix = record.depth, record.prefix
    rows = []
    for name in samples():
        grid = stage.view(replace(choices, picture=sample(name)), model)
        counts = token_counts(choices.r, depth, grid.rows * grid.cols + prefix, prefix)
        rows.append(
            {
                tr("Photo"): tr(SAMPLES.get(name, name)),
                tr("Grid"): f"{grid.rows} × {grid.cols}",
                tr("First"): counts[0],
                tr("Last"): counts[-1],
                tr("Removed"): counts[0] - counts[-1],
            }
        )
    st.dataframe(rows, hide_index=True, height="content", row_height=29)


def _savings(stop: Stop, choices: Choices, model: Backbone) -> None:
    source, config = stage.source(choices, model), choices.config()
    record = run.record(source, config)
    _gains(choices, record)
    figures.cost(record)
    figures.speed(lambda asked: run.timing(source, config, asked))


def _gains(choices: Choices, record: Record) -> None:
    """Draw the gain in compute, in a stored measurement of time, and in the paper."""
    less = record.plain.gflops / record.figures.gflops
    rows = [(tr("Less compute: this photo, {caption}", caption=choices.caption), less, f"{less:.2f} ×")]
    stored = example("over_r")
    for row in stored.rows:
        if (row["r"], row["schedule"]) == (choices.r, "constant"):
            told = {"date": stored.date, "processor": stored.machine["processor"], "cores": stored.machine["cores"]}
            name = tr("As fast: example of {date} ({processor}, {cores} cores)", **told)
            rows.append((name, row["speed_up"], f"{row['speed_up']:.2f} ×"))
    rows.append((tr("As fast: ViT-L, r = 8, V100, in the paper"), 183 / 93, f"{183 / 93:.2f} ×"))
    st.markdown(tr("How many times less compute, and how many times as fast"))
    _picture(charts.bars(rows, 0, 2.5), "gains")


def _domains(stop: Stop, choices: Choices, model: Backbone) -> None:
    shown = st.segmented_control(
        tr("Input"),
        list(INPUTS),
        key="read input",
        required=True,
        default=CLIP,
        format_func=tr,
        label_visibility="collapsed",
    )
    INPUTS[shown or CLIP]()


def _published() -> None:
    speeds = []
    for data, plain, merged, speed in DOMAINS:
        before, after = (float(part.split()[0]) for part in speed.split("→"))
        speeds.append((f"{tr(data)}: {plain} → {merged}", after / before, f"{after / before:.2f} ×"))
    st.markdown(tr("Speed with merging, as a multiple of the speed without"))
    _picture(charts.bars(speeds, 0, 2.5), "published", scrolls=False)
    _table(tuple(map(tr, HEAD)), [tuple(map(tr, row)) for row in DOMAINS])


def _picture(picture: charts.Picture, name: str, scrolls: bool = True) -> None:
    scroll.picture(picture, scrolls, key=f"picture {name}")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    rule = "|".join(["", *(":--" if i == 0 else "--:" for i in range(len(head))), ""])
    lines = ["|".join(["", *row, ""]) for row in (head, *rows)]
    st.markdown("\n".join([lines[0], rule, *lines[1:]]))


_SHOWN = {
    "cost": _cost, "viewer": _viewer, "losses": _losses, "block": _block, "lesson": _lesson,
    "playground": _playground, "tokens": _tokens, "savings": _savings, "domains": _domains,
}  # fmt: skip

CLIP = mark("Clip")
INPUTS = {CLIP: media.clip, mark("Speech"): media.sound, mark("In the paper"): _published}
