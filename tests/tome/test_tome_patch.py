"""A patched model still works with the features of PyTorch and timm."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import timm
import torch
from plain_merge import plain_merge
from torch import nn
from torch.testing import assert_close
from vits import build, pictures

import tome
from tome.forward.blocks import MergingBlocks

some_families = pytest.mark.parametrize("family", ["plain", "distilled", "mae", "siglip", "dinov3", "rope mixed"])


def insides(model: nn.Module) -> dict:
    """Return the attributes of a module by identity, including the contents of its dictionaries."""
    return {
        name: (type(module), {key: _entry(value) for key, value in vars(module).items()})
        for name, module in model.named_modules()
    }


def _entry(value):
    return [(key, id(entry)) for key, entry in value.items()] if isinstance(value, dict) else id(value)


def types(model: nn.Module) -> dict[str, type]:
    return {name: type(module) for name, module in model.named_modules()}


@some_families
@torch.inference_mode()
def test_a_patched_model_gives_what_trace_gives(family):
    model = build(family)
    images = pictures(model)
    config = tome.MergeConfig(r=(3, -0.5), seed=3, partition="random", feature="value", combine="mean")
    traced, _ = tome.trace(model, images, config)
    assert_close(tome.patch(model, config)(images), traced)
    assert_close(tome.trace(model, images, config)[0], traced)  # also of a patched model


@some_families
@torch.inference_mode()
def test_unpatch_leaves_no_trace(family):
    model = build(family)
    images = pictures(model)
    before, kinds, keys, output = insides(model), types(model), list(model.state_dict()), model(images)
    tome.patch(model, r=3)
    tome.patch(model, r=2)
    assert not torch.equal(model(images), output)
    assert tome.unpatch(model) is model
    assert types(model) == kinds
    assert list(model.state_dict()) == keys
    after = insides(model)
    if "rope" in before:  # a new object with the same parts
        before[""][1]["_modules"], after[""][1]["_modules"] = (
            [e for e in m if e[0] != "rope"] for m in (before[""][1]["_modules"], after[""][1]["_modules"])
        )
    assert after == before
    assert torch.equal(model(images), output)
    assert tome.unpatch(model) is model  # once more does nothing


@some_families
@torch.inference_mode()
def test_a_forward_leaves_nothing_on_the_modules(family):
    model = build(family)
    images = pictures(model)
    before = insides(model)
    tome.trace(model, images, tome.MergeConfig(r=3))
    assert insides(model) == before
    tome.patch(model, r=3)
    before = insides(model)
    model(images)
    model.forward_intermediates(images)
    assert insides(model) == before


@some_families
def test_the_state_dict_stays_as_it_was(family):
    model = build(family)
    before = copy.deepcopy(model.state_dict())
    tome.patch(model, r=3)
    after = model.state_dict()
    assert list(after) == list(before)
    for name, values in before.items():
        assert torch.equal(after[name], values)
    build(family).load_state_dict(after)
    model.load_state_dict(before)


@some_families
@torch.inference_mode()
def test_copies_merge_as_their_model_does_and_come_back(family):
    model = build(family)
    images = pictures(model)
    plain, kinds = model(images), types(model)
    merged = tome.patch(model, r=3)(images)
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(copied(images), merged)
        tome.unpatch(copied)
        assert types(copied) == kinds
        assert torch.equal(copied(images), plain)
    assert torch.equal(model(images), merged)


def replica(model: nn.Module) -> nn.Module:
    """One replica as nn.DataParallel makes it: its parameters are plain tensors, none is registered."""
    modules = list(model.modules())
    copies = {module: module._replicate_for_data_parallel() for module in modules}
    for module in modules:
        for name, child in module._modules.items():
            setattr(copies[module], name, None if child is None else copies[child])
        for name, parameter in module._parameters.items():
            setattr(copies[module], name, None if parameter is None else parameter.detach().clone())
        for name, buffer in module._buffers.items():
            setattr(copies[module], name, None if buffer is None else buffer.clone())
    return copies[model]


@some_families
@torch.inference_mode()
def test_replicas_of_data_parallel_merge_too(family):
    model = tome.patch(build(family), r=3)
    images = pictures(model)
    assert torch.equal(replica(model)(images), model(images))


@torch.inference_mode()
def test_patching_twice_replaces_and_nests_nothing():
    model = build()
    images = pictures(model)
    once = tome.patch(model, r=2)(images)
    tome.patch(model, r=5)
    assert torch.equal(tome.patch(model, r=2)(images), once)
    assert type(model.blocks.container[0]) is nn.Sequential


@pytest.mark.parametrize("family", ["plain", "dinov3"])
def test_a_refused_patch_changes_nothing(family):
    model = build(family)
    before = insides(model)
    for wrong in ({"r": [1, 2, 3, 4]}, {"r": -1}, {"algorithm": "telepathy"}, {"metric": "hamming"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            tome.patch(model, **wrong)
    assert insides(model) == before


def test_patch_takes_a_config_or_its_fields():
    model = build()
    with pytest.raises(TypeError, match="config must come alone or as fields"):
        tome.patch(model, tome.MergeConfig(), r=3)
    with pytest.raises(TypeError, match="config must be a MergeConfig; got int"):
        tome.patch(model, 13)
    assert tome.patch(model, tome.MergeConfig(r=3)) is model


# Entry points of timm


@some_families
@torch.inference_mode()
def test_token_maps_come_back_on_the_grid(family):
    model = build(family)
    images = pictures(model)
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    rows, columns = model.patch_embed.grid_size
    tome.patch(model, r=3)
    last, maps = model.forward_intermediates(images)
    restored = tome.Grouping(trace.source(), trace.tokens.shape[1]).unmerge(trace.tokens)
    assert_close(last, restored)
    for layer, grid in enumerate(maps):
        assert grid.shape == (2, model.embed_dim, rows, columns)
        source = trace.source(layer)[0, trace.prefix :]
        values = grid[0].flatten(1).T
        alike = source[:, None] == source
        assert torch.equal((values[:, None] == values).all(-1), alike)


@torch.inference_mode()
def test_other_ways_to_intermediate_layers_merge_too():
    model = build("dinov2 registers")
    images = pictures(model)
    plain = model.get_intermediate_layers(images, 2, reshape=True, return_prefix_tokens=True)
    tome.patch(model, r=0)
    assert_close(model.get_intermediate_layers(images, 2, reshape=True, return_prefix_tokens=True), plain)
    tome.patch(model, r=3)
    maps = model.forward_intermediates(images, intermediates_only=True)
    assert_close(model.get_intermediate_layers(images, 3, reshape=True), maps)
    assert_close(model.forward_intermediates(images, [0, 1], stop_early=True, intermediates_only=True), maps[:2])
    assert not torch.equal(maps[-1], plain[-1][0])


@torch.inference_mode()
def test_blocks_can_be_cut_at_the_end_and_merge_on():
    model = tome.patch(build("plain"), r=3, algorithm="tofu")
    images = pictures(model)
    maps = model.forward_intermediates(images, intermediates_only=True)
    model.prune_intermediate_layers([1])
    assert isinstance(model.blocks, MergingBlocks)
    assert len(model.blocks) == 2
    assert_close(model.forward_intermediates(images, intermediates_only=True), maps[:2])
    with pytest.raises(ValueError, match="index must be a slice from the first block"):
        model.blocks[1:]
    assert len(tome.unpatch(model).blocks) == 2


@torch.inference_mode()
def test_a_feature_extractors_model_can_be_patched():
    extractor = timm.create_model("vit_tiny_patch16_224", features_only=True, img_size=64, depth=3).eval()
    images = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    plain = extractor(images)
    tome.patch(extractor.model, r=4)
    merged = extractor(images)
    assert [grid.shape for grid in merged] == [grid.shape for grid in plain]
    assert len(merged[-1].flatten(2)[0].T.unique(dim=0)) == 4


@torch.inference_mode()
def test_forward_features_gives_the_merged_tokens():
    model = build("plain")
    images = pictures(model)
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    assert_close(tome.patch(model, r=3).forward_features(images), trace.tokens)


@pytest.mark.parametrize("family", ["dinov3", "perception"])
def test_a_host_that_walks_its_blocks_and_pools_cannot_be_patched_to_drop_tokens(family):
    model = build(family, **({"num_reg_tokens": 0, "class_token": True} if family == "perception" else {}))
    with pytest.raises(ValueError, match=r"while Eva is patched, .*; 'random_prune' may drop tokens"):
        tome.patch(model, algorithm="random_prune")
    tome.trace(model, pictures(model), tome.MergeConfig(r=2, algorithm="random_prune"))


def test_blocks_run_out_of_turn_are_refused():
    model = tome.patch(build("dinov3"), r=2)
    first, second, *_ = model.blocks
    assert first.attn is model.blocks[0].attn
    tokens = torch.zeros(1, 21, 32)
    with pytest.raises(RuntimeError, match="block 1 of a patched model must run once, on what block 0 gave"):
        second(tokens)


# Training


@pytest.mark.parametrize("family", ["plain", "deit3", "mae", "siglip", "dinov3", "rope mixed"])
def test_gradients_are_those_of_the_plain_merge(family):
    model = build(family).double()
    images = pictures(model).double().requires_grad_()
    config = tome.MergeConfig(r=3)
    _, trace = tome.trace(model, images, config)
    wanted = torch.autograd.grad(plain_merge(model, images, trace).square().sum(), inputs(model, images))
    tome.patch(model, config).train()
    got = torch.autograd.grad(model(images).square().sum(), inputs(model, images))
    for name, ours, theirs in zip(names(model), got, wanted, strict=True):
        assert_close(ours, theirs, rtol=1e-4, atol=1e-6, msg=lambda text, name=name: f"{name}: {text}")
        assert ours.isfinite().all()


def inputs(model: nn.Module, images: torch.Tensor) -> list[torch.Tensor]:
    return [images, *(dict(model.named_parameters())[name] for name in names(model)[1:])]


def names(model: nn.Module) -> list[str]:
    return ["images", *(name for name, _ in model.named_parameters())]


@torch.inference_mode()
def test_training_and_evaluation_mode_stay_as_they_were():
    model = build().train()
    model.blocks[1].eval()
    modes = {name: module.training for name, module in model.named_modules()}
    tome.patch(model, r=2)
    assert {name: module.training for name, module in model.named_modules()} == modes
    tome.unpatch(model.eval())
    assert not any(module.training for module in model.modules())


@pytest.mark.parametrize("family", ["plain", "dinov3"])
def test_dropout_and_stochastic_depth_stay_at_work_in_training(family):
    model = build(family, drop_path_rate=0.5, attn_drop_rate=0.5, proj_drop_rate=0.5, pos_drop_rate=0.5).train()
    images = pictures(model)

    def draw() -> torch.Tensor:
        torch.manual_seed(0)
        return model(images)

    plain = draw()
    tome.patch(model, r=0)
    assert_close(draw(), plain)
    tome.patch(model, r=2)
    draw()
    assert not torch.equal(draw(), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))


# Compilers, precision, threads


@pytest.mark.compiled
@pytest.mark.parametrize(("family", "backend"), [("siglip", "aot_eager"), ("rope mixed", "eager")])
@torch.no_grad()
def test_a_compiled_model_is_one_graph_and_gives_the_same(family, backend):
    model = tome.patch(build(family, depth=2), r=3)
    images = pictures(model)
    torch.compiler.reset()
    compiled = torch.compile(model, backend=backend, fullgraph=True)
    assert_close(compiled(images), model(images))


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", ["plain", "mae", "dinov3"])
@torch.inference_mode()
def test_autocast_keeps_sizes_exact(family, kind):
    model = build(family)
    images, config = pictures(model), tome.MergeConfig(r=3)
    wanted, _ = tome.trace(model, images, config)
    with torch.autocast("cpu", kind):
        plain, (same, _) = model(images), tome.trace(model, images, tome.MergeConfig(r=0))
        output, trace = tome.trace(model, images, config)
    assert_close(same, plain)
    assert output.isfinite().all()
    for step in trace.layers:
        assert step.size.dtype == torch.float32
        assert (step.size[:, trace.prefix :].sum(1) == 16).all()
    assert ((output - wanted).norm() / wanted.norm()).item() < 0.5  # equal except for near ties


@pytest.mark.parametrize("family", ["plain", "dinov3"])
@torch.inference_mode()
def test_a_model_in_bfloat16_merges_with_float32_sizes(family):
    model = build(family).bfloat16()
    images = pictures(model).bfloat16()
    plain = model(images).float()
    same, _ = tome.trace(model, images, tome.MergeConfig(r=0))
    assert_close(same.float(), plain, rtol=0, atol=0.05 * plain.abs().max().item())
    _, trace = tome.trace(model, images, tome.MergeConfig(r=[0, 3, 3]))
    assert trace.tokens.dtype == torch.bfloat16
    assert {step.size.dtype for step in trace.layers} == {torch.float32}


@pytest.mark.parametrize("family", ["plain", "dinov3"])
@torch.inference_mode()
def test_eight_threads_with_different_settings_on_one_model_are_bit_equal_to_one(family):
    model = build(family)
    patched = tome.patch(build(family), r=4)
    jobs = [(seed, r) for seed in range(3) for r in (0, 1, 3, 7)] * 2

    def run(job: tuple[int, int]) -> tuple[torch.Tensor, ...]:
        seed, r = job
        with torch.inference_mode():
            images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(seed))
            output, trace = tome.trace(model, images, tome.MergeConfig(r=r))
            return output, trace.source(), trace.layers[-1].size, patched(images)

    alone = [run(job) for job in jobs]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(run, jobs))
    for ours, theirs in zip(together, alone, strict=True):
        for got, wanted in zip(ours, theirs, strict=True):
            assert torch.equal(got, wanted)
