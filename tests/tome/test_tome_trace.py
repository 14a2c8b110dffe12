"""The trace of a merged forward, and invalid images."""

import re

import pytest
import torch
from torch.testing import assert_close
from vits import build, pictures

import tome
from tome.matching.match_input import Matching, MatchInput

some_families = pytest.mark.parametrize("family", ["plain", "dinov2 registers", "siglip", "dinov3"])


@some_families
@torch.inference_mode()
def test_every_patch_is_in_exactly_one_token_and_sizes_count_them(family):
    model = build(family)
    _, trace = tome.trace(model, pictures(model), tome.MergeConfig(r=3))
    for layer, step in enumerate(trace.layers):
        counted = [torch.bincount(source, minlength=step.size.shape[1]) for source in trace.source(layer)]
        assert_close(step.size, torch.stack(counted).float())


@some_families
@torch.inference_mode()
def test_sources_only_coarsen(family):
    model = build(family)
    _, trace = tome.trace(model, pictures(model), tome.MergeConfig(r=3))
    finer = torch.arange(trace.n_in).expand(2, -1)
    for layer in range(3):
        coarser = trace.source(layer)
        together = finer[:, :, None] == finer[:, None]
        assert (coarser[:, :, None] == coarser[:, None])[together].all()
        finer = coarser
    assert torch.equal(trace.source(), finer)
    assert torch.equal(trace.source(-3), trace.source(0))


@torch.inference_mode()
def test_a_layer_that_is_not_there_is_an_index_error():
    _, trace = tome.trace(build(), pictures(build()))
    for layer in (3, -4):
        with pytest.raises(IndexError, match=f"layer must be within the 3 blocks; got {layer}"):
            trace.source(layer)


@some_families
@torch.inference_mode()
def test_unmerged_tokens_are_on_the_grid_as_intermediates_of_the_patched_model_are(family):
    model = build(family)
    images = pictures(model)
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    seen = trace.unmerge(trace.tokens)[:, trace.prefix :].transpose(1, 2).unflatten(2, trace.grid)
    assert_close(seen, tome.patch(model, r=3).forward_intermediates(images, norm=True, intermediates_only=True)[-1])


@torch.inference_mode()
def test_values_of_any_layer_are_unmerged_and_those_of_dropped_tokens_are_zero():
    model = build()
    _, trace = tome.trace(model, pictures(model), tome.MergeConfig(r=3, algorithm="attention_prune"))
    for layer, step in enumerate(trace.layers):
        back = trace.unmerge(step.size[..., None], layer)[..., 0]
        assert torch.equal(back == 0, trace.source(layer) < 0)
        assert (back == 0).sum(1).tolist() == [3 * (layer + 1)] * 2
    assert torch.equal(
        trace.unmerge(trace.layers[0].size[..., None], -3), trace.unmerge(trace.layers[0].size[..., None], 0)
    )


@torch.inference_mode()
def test_tokens_of_another_layer_or_batch_are_refused():
    model = build()
    _, trace = tome.trace(model, pictures(model), tome.MergeConfig(r=3))
    for tokens in (trace.tokens[:, :-1], trace.tokens[:1], trace.tokens[..., 0]):
        with pytest.raises(ValueError, match=rf"tokens must be \[2, 8, c\].*; got {re.escape(str([*tokens.shape]))}"):
            trace.unmerge(tokens)
    with pytest.raises(ValueError, match=r"tokens must be \[2, 14, c\], those left after block 0; got \[2, 8, 64\]"):
        trace.unmerge(torch.zeros(2, 8, 64), 0)
    with pytest.raises(IndexError, match="layer must be within the 3 blocks; got 3"):
        trace.unmerge(trace.tokens, 3)


@torch.inference_mode()
def test_the_step_says_how_many_tokens_really_merged():
    model = build()
    _, trace = tome.trace(model, pictures(model), tome.MergeConfig(r=[6, 6, 6]))
    assert [step.r for step in trace.layers] == [6, 5, 2]
    assert [step.grouping.n_out for step in trace.layers] == [11, 6, 4]
    for step in trace.layers:
        assert step.source.shape == step.destination.shape == step.similarity.shape == (2, step.r)


@torch.inference_mode()
def test_edges_join_the_groups_of_their_tokens():
    model = build()
    _, trace = tome.trace(model, pictures(model), tome.MergeConfig(r=5))
    for step in trace.layers:
        group = step.grouping.group
        assert_close(group.gather(1, step.source), group.gather(1, step.destination))
        assert (step.similarity.diff(dim=1) <= 0).all()


@torch.inference_mode()
def test_a_single_token_does_not_merge():
    model = build("siglip", dynamic_img_size=True)
    image = pictures(model, 1, (16, 16))
    output, trace = tome.trace(model, image, tome.MergeConfig(r=8))
    assert_close(output, model(image))
    assert [step.r for step in trace.layers] == [0, 0, 0]
    assert trace.source().tolist() == [[0]]


@torch.inference_mode()
def test_two_tokens_become_one():
    model = build("siglip", dynamic_img_size=True)
    _, trace = tome.trace(model, pictures(model, 1, (16, 32)), tome.MergeConfig(r=8))
    assert [step.r for step in trace.layers] == [1, 0, 0]
    assert trace.layers[-1].size.tolist() == [[2]]


@torch.inference_mode()
def test_the_trace_knows_what_the_model_has():
    for family, prefix, class_token, classes in [
        ("plain", 1, True, 7),
        ("register, mean", 1, False, 7),
        ("dinov2", 1, True, 0),
    ]:
        model = build(family)
        _, trace = tome.trace(model, pictures(model), tome.MergeConfig(r=1))
        assert (trace.prefix, trace.class_token, trace.classes) == (prefix, class_token, classes)


@torch.inference_mode()
def test_callers_see_every_block_and_every_match_and_can_stop():
    model = build("dinov3")
    blocks, matches = [], []

    def on_match(layer: int, given: MatchInput, matching: Matching) -> None:
        matches.append((layer, given.r, given.layer, given.depth, matching.grouping.n_out))

    config = tome.MergeConfig(r=[2, 0, 1])
    _, trace = tome.trace(model, pictures(model), config, on_match=on_match, on_block=lambda *told: blocks.append(told))
    assert [layer for layer, _ in blocks] == [0, 1, 2]
    assert [step for _, step in blocks] == list(trace.layers)
    assert matches == [(0, 2, 0, 3, 19), (2, 1, 2, 3, 18)]

    def stop(layer, step):
        raise StopIteration

    with pytest.raises(StopIteration):
        tome.trace(model, pictures(model), config, on_block=stop)


@pytest.mark.parametrize("feature", ["key", "query", "value", "input", "output"])
@pytest.mark.parametrize("heads", ["mean", "concat"])
@torch.inference_mode()
def test_the_feature_asked_for_is_the_one_compared(feature, heads):
    model, matched = build("plain", qk_norm=True), []
    config = tome.MergeConfig(r=1, feature=feature, heads=heads)
    images = pictures(model)
    tome.trace(model, images, config, on_match=lambda layer, given, _: matched.append(given))
    block, x = model.blocks[0], model._pos_embed(model.patch_embed(images))
    query, key, value = block.attn.qkv(block.norm1(x)).view(2, 17, 3, 2, 16).unbind(2)
    whole = {"input": x, "output": x + block.attn(block.norm1(x))}
    parts = {"query": block.attn.q_norm(query), "key": block.attn.k_norm(key), "value": value}
    if feature in whole:
        wanted = whole[feature]
    else:
        wanted = parts[feature].mean(2) if heads == "mean" else parts[feature].flatten(2)
    assert_close(matched[0].feature, wanted)


@torch.inference_mode()
def test_combining_by_the_mean_differs_from_weighing_by_size():
    model = build()
    images = pictures(model)
    outputs = [
        tome.trace(model, images, tome.MergeConfig(r=3, combine=rule))[0]
        for rule in ("weighted", "mean", "max", "keep")
    ]
    for first in range(4):
        for second in range(first):
            assert not torch.allclose(outputs[first], outputs[second])


# Errors


def test_images_are_checked_before_anything_runs():
    model = build()
    for wrong, kind, text in [
        (torch.zeros(1, 3, 64, 64, dtype=torch.uint8), TypeError, "images must be a float tensor; got torch.uint8"),
        ("dog.jpg", TypeError, "images must be a float tensor; got str"),
        (torch.zeros(3, 64, 64), ValueError, r"images must be \[batch, 3, height, width\]; got shape \(3, 64, 64\)"),
        (
            torch.zeros(1, 1, 64, 64),
            ValueError,
            r"images must be \[batch, 3, height, width\]; got shape \(1, 1, 64, 64\)",
        ),
        (
            torch.zeros(0, 3, 64, 64),
            ValueError,
            r"images must be \[batch, 3, height, width\]; got shape \(0, 3, 64, 64\)",
        ),
        (
            torch.zeros(1, 3, 64, 64, device="meta"),
            ValueError,
            "images must be on the model's device, cpu; they are on meta",
        ),
    ]:
        with pytest.raises(kind, match=text):
            tome.trace(model, wrong)


@pytest.mark.parametrize("family", ["plain", "rope"])
def test_images_of_a_wrong_size_are_named_with_the_rule(family):
    with pytest.raises(
        ValueError, match=r"images of 80 × 64 pixels do not fit the model: Input height \(80\) doesn't match"
    ):
        tome.trace(build(family), torch.zeros(1, 3, 80, 64))
    with pytest.raises(
        ValueError, match=r"images of 64 × 60 pixels do not fit the model: .* divisible by patch size \(16\)"
    ):
        tome.trace(build(family, dynamic_img_size=True), torch.zeros(1, 3, 64, 60))


@pytest.mark.parametrize("family", ["plain", "dinov3"])
def test_images_with_nan_are_refused_where_they_would_be_compared(family):
    model = build(family)
    images = pictures(model)
    images[1, :, :20, :20] = float("nan")
    for algorithm in ("bipartite", "kmeans", "attention_prune"):
        with pytest.raises(ValueError, match="feature must be finite"):
            tome.trace(model, images, tome.MergeConfig(r=3, algorithm=algorithm))
    assert tome.trace(model, images, tome.MergeConfig(r=0))[0][1].isnan().all()


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean", "softmax"])
@torch.inference_mode()
def test_keys_of_length_zero_merge_into_something_finite(metric):
    model = build()
    for block in model.blocks:
        block.attn.qkv.weight[32:64] = 0
        block.attn.qkv.bias[32:64] = 0
    output, trace = tome.trace(model, pictures(model), tome.MergeConfig(r=3, metric=metric))
    assert output.isfinite().all()
    assert trace.layers[-1].size.sum(1).tolist() == [17, 17]


def test_a_list_longer_than_the_model_is_refused():
    model = build()
    with pytest.raises(ValueError, match="r must name at most one number for each of the 3 blocks; it names 4"):
        tome.trace(model, pictures(model), tome.MergeConfig(r=[1, 1, 1, 1]))


@pytest.mark.parametrize("feature", ["key", "input", "output"])
def test_matching_takes_no_part_in_gradients(feature):
    seen = []
    model = build()
    config = tome.MergeConfig(r=3, feature=feature)
    output, _ = tome.trace(model, pictures(model), config, on_match=lambda layer, inputs, matching: seen.append(inputs))
    assert output.requires_grad
    assert not any(inputs.feature.requires_grad for inputs in seen)
