"""A batch of configurations gives the same results as each alone."""

import gc
import time
import weakref
from dataclasses import replace

import pytest
import timm
import torch

import tome
from tome import MergeConfig
from tome.forward.batched import batched_trace
from tome.forward.prefix import SharedPrefix

BASE = MergeConfig(r=3)
CONFIGS = [
    BASE,
    *(replace(BASE, feature=feature) for feature in ("query", "value", "input", "output")),
    *(replace(BASE, metric=metric) for metric in ("dot", "euclidean", "softmax")),
    replace(BASE, heads="concat", combine="max"),
    replace(BASE, combine="keep", proportional_attention=False),
    *(replace(BASE, algorithm=name) for name in ("greedy", "kmeans", "tofu", "evit", "dynamic_prune", "random_prune")),
    replace(BASE, r=0),
    replace(BASE, r=(4, -1.0)),
    replace(BASE, r=[0, 2]),
]
ROTARY = ("vit_small_patch16_rope_224", {"img_size": 64, "depth": 2, "embed_dim": 96, "num_heads": 2})


def model(name: str = "test_vit", **options) -> torch.nn.Module:
    torch.manual_seed(0)
    return timm.create_model(name, **options).eval()


def photo(side: int) -> torch.Tensor:
    return torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def vit() -> torch.nn.Module:
    return model()


def apart(vit, image, configs):
    with torch.inference_mode():
        return [tome.trace(vit, image, config) for config in configs]


def together(vit, image, configs, **options):
    with torch.inference_mode():
        return sorted(batched_trace(vit, image, configs, **options), key=lambda member: member.index)


def same(member, output, trace) -> bool:
    close = torch.allclose(member.output, output, atol=1e-5) and torch.allclose(
        member.trace.tokens, trace.tokens, atol=1e-5
    )
    return close and all((member.trace.source(i) == trace.source(i)).all() for i in range(len(trace.layers)))


def test_a_batch_of_configurations_gives_what_each_gives_alone(vit):
    image = photo(160)
    for member, (output, trace) in zip(together(vit, image, CONFIGS), apart(vit, image, CONFIGS), strict=True):
        assert same(member, output, trace), CONFIGS[member.index]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("test_vit", {"class_token": False, "global_pool": "avg"}),
        ROTARY,
    ],
)
def test_pooled_and_rotary_models_give_the_same_in_a_batch(name, options):
    vit = model(name, **options)
    side = vit.patch_embed.img_size[0]
    configs = [BASE, replace(BASE, metric="dot"), replace(BASE, feature="value")]
    for member, (output, trace) in zip(
        together(vit, photo(side), configs), apart(vit, photo(side), configs), strict=True
    ):
        assert same(member, output, trace)


def test_the_first_configuration_comes_before_the_others_are_run(vit):
    blocks = []
    members = batched_trace(vit, photo(160), CONFIGS[:4], on_block=blocks.append)
    with torch.inference_mode():
        assert next(members).index == 0
    assert blocks == list(range(len(vit.blocks)))


def test_the_steps_of_each_configuration_are_told_after_each_block(vit):
    told = []
    members = together(vit, photo(160), CONFIGS[:2], on_steps=lambda index, steps: told.append((index, list(steps))))
    depth = len(vit.blocks)
    assert [(index, len(steps)) for index, steps in told] == [(i, n + 1) for i in range(2) for n in range(depth)]
    for index, steps in told:
        assert steps == list(members[index].trace.layers[: len(steps)])


def test_what_comes_before_the_first_merge_is_computed_once(vit):
    calls = []
    handle = vit.blocks[0].attn.qkv.register_forward_hook(lambda *_: calls.append(1))
    together(vit, photo(160), CONFIGS[:5], most=2)
    handle.remove()
    assert len(calls) == 1


def test_tokens_that_no_first_merge_changed_share_their_mlp(vit):
    rows = []
    handle = vit.blocks[0].mlp.register_forward_hook(lambda module, given, gave: rows.append(gave.shape[:2].numel()))
    together(vit, photo(160), CONFIGS[:5], most=2)
    handle.remove()
    assert rows[0] == 101
    assert sum(rows[1:]) <= 5 * BASE.r


def test_configurations_with_the_same_r_run_as_one_batch(vit):
    sizes = []
    handle = vit.blocks[1].attn.qkv.register_forward_hook(lambda module, given, gave: sizes.append(len(gave)))
    together(vit, photo(160), CONFIGS[:8], most=4)
    handle.remove()
    assert sizes == [1, 3, 4]


def test_an_algorithm_that_fails_leaves_the_others_alone(vit, monkeypatch):
    from tome.matching import greedy

    def fail(given):
        raise ValueError("greedy is out of order")

    monkeypatch.setattr(greedy, "match", fail)
    configs = [BASE, replace(BASE, algorithm="greedy"), replace(BASE, metric="dot")]
    members = together(vit, photo(160), configs)
    assert str(members[1].error) == "greedy is out of order"
    for member, (output, trace) in zip(members[::2], apart(vit, photo(160), configs[::2]), strict=True):
        assert same(member, output, trace)


def test_an_algorithm_that_the_model_cannot_have_is_its_own_error():
    vit = model("test_vit", class_token=False, global_pool="avg")
    members = together(vit, photo(160), [replace(BASE, algorithm="evit"), BASE])
    assert "class token" in str(members[0].error)
    assert members[1].error is None


def test_each_is_charged_the_beginning_and_a_share_of_the_rest(vit):
    with torch.inference_mode():
        known = replace(SharedPrefix.of(vit, photo(160), CONFIGS[:6]), seconds=100.0)
    start = time.perf_counter()
    members = together(vit, known, CONFIGS[:6])
    spent = time.perf_counter() - start
    own = [member.seconds - 100 for member in members]
    assert min(own) > 0
    assert 0.2 * spent < sum(own) <= spent


def test_a_batch_of_photos_is_refused(vit):
    with pytest.raises(ValueError, match="image must be a batch of one; got 2"):
        list(batched_trace(vit, photo(160).expand(2, -1, -1, -1), [BASE]))


def test_a_prefix_computed_for_another_r_gives_the_same(vit):
    image, other = photo(160), [replace(config, r=5) for config in CONFIGS[:5]]
    calls = []
    with torch.inference_mode():
        known = SharedPrefix.of(vit, image, CONFIGS[:1])
    handle = vit.blocks[0].attn.qkv.register_forward_hook(lambda *_: calls.append(1))
    embedding = vit.patch_embed.register_forward_hook(lambda *_: calls.append(1))
    found = together(vit, known, other)
    handle.remove(), embedding.remove()
    assert not calls
    for member, (output, trace) in zip(found, apart(vit, image, other), strict=True):
        assert same(member, output, trace)


def test_a_prefix_that_ends_early_serves_later_merges(vit):
    later = [replace(BASE, r=[0, 2]), replace(BASE, r=0)]
    with torch.inference_mode():
        known = SharedPrefix.of(vit, photo(160), [BASE])
    for member, (output, trace) in zip(together(vit, known, later), apart(vit, photo(160), later), strict=True):
        assert same(member, output, trace)


def test_a_prefix_that_ends_too_late_is_refused(vit):
    with torch.inference_mode():
        late = SharedPrefix.of(vit, photo(160), [replace(BASE, r=[0, 2])])
    assert not late.serves([BASE])
    with pytest.raises(
        ValueError, match="inputs must be a prefix that ends before the first merge of configs; it ends in block 1"
    ):
        together(vit, late, [BASE])


def test_a_prefix_does_not_keep_its_model_alive():
    vit = model()
    with torch.inference_mode():
        known = SharedPrefix.of(vit, photo(160), [BASE])
    gone = weakref.ref(vit.blocks[0])
    del vit
    gc.collect()
    assert gone() is None
    assert known.nbytes > known.after.nbytes


@pytest.mark.parametrize(("name", "options"), [("test_vit", {}), ROTARY])
def test_the_bytes_of_a_prefix_are_those_of_its_tensors(name, options):
    vit = model(name, **options)
    with torch.inference_mode():
        known = SharedPrefix.of(vit, photo(vit.patch_embed.img_size[0]), [BASE])
    seen = known.attended
    tensors = [known.inputs, seen.residual, seen.x, known.after, *seen.heads.values(), *seen.rotated.values()]
    storages = [tensor.untyped_storage() for tensor in tensors]
    held = {storage.data_ptr(): storage.nbytes() for storage in storages}
    assert known.nbytes == pytest.approx(sum(held.values()), rel=0.1)
