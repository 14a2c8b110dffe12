"""The Story says what the trace says."""

from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.engine.forward import begin, class_cosine, forward
from explorer.engine.models import load
from explorer.engine.task import Superseded, Task
from explorer.media.images import Picture
from explorer.media.views import fit
from explorer.records import stored, types
from explorer.records.build import photo_part, record, record_of_steps
from explorer.records.query import PanelsQuery, Query
from explorer.records.schema import DROPPED, Record
from tome import Grouping, MergeConfig


def task():
    return Task("test")


def run(backbone, picture, view, config, watched=None):
    return forward(backbone, begin(backbone, picture, view, [config]), config, watched or task())


@pytest.fixture(scope="module")
def picture():
    pixels = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    return Picture(pixels=pixels, digest="d", name="noise.png", note="")


@pytest.fixture(scope="module")
def backbone():
    return load("random:test_vit")


@pytest.fixture(scope="module")
def told(backbone, picture):
    view = fit(picture, backbone.patch, 48)
    outcome = run(backbone, picture, view, MergeConfig(r=5))
    return record(photo_part(picture, view), outcome.trace), outcome, view


def labels(layer):
    return np.frombuffer(b64decode(layer["labels"]), "<u2")


def test_labels_are_the_sources_of_the_trace(told):
    story, outcome, view = told
    assert len(story["layers"]) == len(outcome.trace.layers) + 1
    assert (labels(story["layers"][0]) == np.arange(view.rows * view.cols)).all()
    for number in range(len(outcome.trace.layers)):
        source = outcome.trace.source(number)[0, outcome.trace.prefix :].numpy() - outcome.trace.prefix
        assert (labels(story["layers"][number + 1]) == source).all()


def test_every_token_left_has_a_patch(told):
    story, _, _ = told
    for layer in story["layers"]:
        assert len(set(labels(layer).tolist())) == layer["tokens"] - story["prefix"]


def test_a_run_on_its_way_is_told_as_far_as_it_has_come(told, picture):
    story, outcome, view = told
    steps, prefix = outcome.trace.layers, outcome.trace.prefix
    early = record_of_steps(photo_part(picture, view), steps[:2], prefix, len(steps))
    assert early == {**story, "layers": story["layers"][:3]}
    assert early["depth"] == len(steps)


def test_edges_name_tokens_that_end_up_together(told):
    story, _, _ = told
    for before, after in zip(story["layers"], story["layers"][1:], strict=False):
        assert len(after["source"]) == before["tokens"] - after["tokens"]
        for source, destination in zip(after["source"], after["destination"], strict=True):
            (one,) = set(labels(after)[labels(before) == source].tolist())
            (two,) = set(labels(after)[labels(before) == destination].tolist())
            assert one == two
        assert after["similarity"] == sorted(after["similarity"], reverse=True)


def test_dropped_patches_have_the_number_for_none(told, picture):
    _, outcome, view = told
    first, *rest = outcome.trace.layers
    group = first.grouping.group.clone()
    group[0, -1] = -1
    pruned = replace(outcome.trace, layers=(replace(first, grouping=Grouping(group, first.grouping.n_out)), *rest))
    layer = record(photo_part(picture, view), pruned)["layers"][1]
    assert labels(layer)[-1] == DROPPED


def test_the_mean_colour_of_a_flat_photo_is_its_colour(backbone):
    flat = Picture(pixels=np.full((32, 32, 3), (200, 100, 50), np.uint8), digest="f", name="flat", note="")
    view = fit(flat, backbone.patch, 4)
    outcome = run(backbone, flat, view, MergeConfig(r=0))
    colours = np.frombuffer(b64decode(record(photo_part(flat, view), outcome.trace)["colours"]), np.uint8).reshape(
        -1, 3
    )
    assert (colours == (200, 100, 50)).all()


def test_merging_nothing_keeps_the_class_token(backbone, picture):
    view = fit(picture, backbone.patch, 48)
    plain = run(backbone, picture, view, MergeConfig(r=0))
    merged = run(backbone, picture, view, MergeConfig(r=8))
    assert class_cosine(plain, plain) == pytest.approx(1, abs=1e-6)
    assert class_cosine(plain, merged) < 1 - 1e-6
    assert merged.gflops < plain.gflops


def test_a_cancelled_forward_stops_between_blocks(backbone, picture):
    view, cancelled = fit(picture, backbone.patch, 48), task()
    cancelled.cancel()
    with pytest.raises(Superseded):
        run(backbone, picture, view, MergeConfig(r=1), cancelled)


@pytest.mark.parametrize("r", [0, 3, 8])
def test_an_outcome_is_to_the_bit_the_same_from_a_beginning_that_was_kept(backbone, picture, r):
    view, config = fit(picture, backbone.patch, 48), MergeConfig(r=r)
    kept = begin(backbone, picture, view, [MergeConfig(r=5)])
    assert begin(backbone, picture, view, [config], kept) is kept
    first, second = run(backbone, picture, view, config), forward(backbone, kept, config, task())
    assert first.top == second.top
    assert torch.equal(first.trace.tokens, second.trace.tokens)
    assert torch.equal(first.trace.source(), second.trace.source())


def test_a_model_that_cannot_have_an_algorithm_says_so(picture):
    headless = load("random:test_vit4")
    view = fit(picture, headless.patch, 48)
    with pytest.raises(ValueError, match="class token"):
        run(headless, picture, view, MergeConfig(r=2, algorithm="evit"))


def test_the_head_names_its_five_likeliest_classes(told, backbone):
    _, outcome, _ = told
    assert len(outcome.top) == 5
    assert all(name in backbone.classes for name, _ in outcome.top)
    assert [p for _, p in outcome.top] == sorted((p for _, p in outcome.top), reverse=True)


@pytest.fixture
def two_threads():
    torch.set_num_threads(2)


def test_the_stored_record_is_what_the_embedded_model_says_today(two_threads):
    kept, now = stored.stored(), stored.compute()
    assert (kept.version, kept.grid, kept.caption) == (now.version, now.grid, now.caption)
    assert kept.class_cosine == pytest.approx(now.class_cosine, abs=1e-2)
    for one, two in zip(kept.layers, now.layers, strict=True):
        assert one.tokens == two.tokens
        # Other processors round otherwise, so a near tie may fall the other way.
        assert (labels(one.model_dump()) == labels(two.model_dump())).mean() > 0.9


def test_a_record_is_what_the_schema_says(told):
    story, _, _ = told
    assert Record(**story).model_dump(mode="json", exclude_none=True) == story
    with pytest.raises(ValueError, match="tokens"):
        Record(**{**story, "layers": [{"tokens": "many", "labels": ""}]})


def test_the_javascript_types_are_those_of_the_schema():
    assert types.FILE.read_text() == types.typedefs()


def test_the_largest_token_has_as_many_patches_as_the_trace_says(told):
    story, outcome, _ = told
    for layer, step in zip(Record(**story).layers[1:], outcome.trace.layers, strict=True):
        assert layer.largest == step.size[0].max()


@pytest.mark.parametrize("r", ["8", "8,-1", "8,0.5", "[8,4]"])
def test_r_is_read_as_a_link_writes_it(r):
    assert Query(r=r).config == MergeConfig(r={"8": 8, "8,-1": (8, -1.0), "8,0.5": (8, 0.5), "[8,4]": [8, 4]}[r])


@pytest.mark.parametrize(("name", "prefix"), [("random:vit_wee_patch16_reg1_gap_256", 1), ("random:test_vit2", 1)])
def test_a_register_is_not_taken_for_the_class_token(name, prefix, picture):
    backbone = load(name)
    view = fit(picture, backbone.patch, 48)
    plain, merged = (run(backbone, picture, view, MergeConfig(r=r)) for r in (0, 8))
    assert (plain.trace.prefix, plain.trace.class_token) == (prefix, False)
    means = []
    for trace in (plain.trace, merged.trace):
        restored = Grouping(trace.source(), trace.tokens.shape[1]).unmerge(trace.tokens)
        means.append(restored[0, prefix:].mean(0))
    assert class_cosine(plain, merged) == pytest.approx(torch.cosine_similarity(*means, dim=0).item(), abs=1e-6)


@pytest.mark.parametrize(
    "model", ["vit_base_patch16_224.mae", "random:vit_base_patch16_224.mae", "file:test_vit.MAE.pth"]
)
def test_a_query_of_an_mae_model_leaves_proportional_attention_out_unless_it_asks_for_it(model):
    assert not Query(model=model).config.proportional_attention
    assert Query(model=model, proportional_attention=True).config.proportional_attention
    told = PanelsQuery(model=model, panels=[{}, {"metric": "dot"}, {"proportional_attention": True}]).configs
    assert [each.proportional_attention for each in told] == [False, False, True]
    assert Query(r=8).config == MergeConfig()
