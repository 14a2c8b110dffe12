"""Typical use of merged models of transformers."""

import copy
import pickle
import subprocess
import sys

import pytest
import torch
import transformers as tf
from hf_models import CLASSES, LABELS, SMALL, build, inputs
from PIL import Image
from plain_merge import mean_of_groups
from torch import nn
from torch.testing import assert_close
from transformers.models.dinov3_vit import modeling_dinov3_vit
from transformers.models.vit import modeling_vit

import tome
from tome.forward.batched import batched_trace
from tome.hosts.registry import host_of
from tome.testing.models import perturbed
from tome.testing.rules import tensors


def run(model: nn.Module, given):
    return host_of(model).run(model, given)


@pytest.mark.parametrize("kind", [tf.ViTForImageClassification, tf.Dinov2Model, tf.SiglipModel])
@torch.inference_mode()
def test_copies_pickles_and_saved_models_give_the_same_output(kind, tmp_path):
    model, given = build(kind), inputs(kind)
    plain, keys = run(model, given), list(model.state_dict())
    merged = run(tome.patch(model, r=3), given)
    assert list(model.state_dict()) == keys
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        for ours, wanted in zip(tensors(run(copied, given)), tensors(merged), strict=True):
            assert torch.equal(ours, wanted)
    model.save_pretrained(tmp_path)
    loaded = kind.from_pretrained(tmp_path).eval()
    for ours, wanted in zip(tensors(run(loaded, given)), tensors(plain), strict=True):
        assert_close(ours, wanted)


def test_a_training_step_reaches_every_parameter():
    model = tome.patch(build(tf.ViTForImageClassification), r=3).train()
    # Trainer gives the number of items, for gradient accumulation.
    model(inputs(tf.ViTForImageClassification), labels=torch.tensor([1, 2]), num_items_in_batch=2).loss.backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@torch.inference_mode()
def test_a_pipeline_classifies_with_a_patched_model():
    model = tome.patch(build(tf.ViTForImageClassification), r=3)
    size = {"height": 64, "width": 64}
    classify = tf.pipeline("image-classification", model=model, image_processor=tf.ViTImageProcessor(size=size))
    found = classify(Image.new("RGB", (80, 60), "red"))
    assert len(found) == 5
    assert sum(entry["score"] for entry in classify(Image.new("RGB", (64, 64)), top_k=7)) == pytest.approx(1)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
@torch.inference_mode()
def test_autocast_and_half_models_keep_sizes_exact(kind):
    model, images = build(tf.Dinov2Model), inputs(tf.Dinov2Model)
    with torch.autocast("cpu", kind):
        output, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    assert output.last_hidden_state.isfinite().all()
    assert trace.layers[-1].size.dtype == torch.float32
    _, trace = tome.trace(model.to(kind), images.to(kind), tome.MergeConfig(r=3))
    assert (trace.layers[-1].size[:, 1:].sum(1) == 16).all()


@torch.inference_mode()
def test_images_of_another_size_merge_with_interpolated_positions():
    model = build(tf.ViTModel)
    given = {"pixel_values": torch.randn(1, 3, 96, 64), "interpolate_pos_encoding": True}
    assert_close(tome.trace(model, given, tome.MergeConfig(r=0))[0].last_hidden_state, model(**given).last_hidden_state)
    _, trace = tome.trace(model, given, tome.MergeConfig(r=4))
    assert trace.grid == (6, 4)
    assert trace.layers[-1].size.sum() == 25


class Mine(tf.ViTForImageClassification):
    """Add an attribute that no forward uses."""


class OwnLayer(modeling_vit.ViTLayer):
    """Adds nothing."""


class OwnAttention(modeling_vit.ViTAttention):
    """Adds nothing."""


class OtherLayer(modeling_vit.ViTLayer):
    def forward(self, hidden_states, *args, **kwargs):
        return 2 * super().forward(hidden_states, *args, **kwargs)


class OtherTower(tf.ViTModel):
    def forward(self, *args, **kwargs):
        return super().forward(*args, **kwargs)


@torch.inference_mode()
def test_a_part_of_a_users_subclass_is_its_parents_unless_it_has_a_forward():
    model, images = build(tf.ViTForImageClassification, "eager"), inputs(tf.ViTForImageClassification)
    wanted = tome.trace(model, images, tome.MergeConfig(r=3))[0].logits
    model.vit.layers[0].__class__, model.vit.layers[1].attention.__class__ = OwnLayer, OwnAttention
    assert torch.equal(tome.trace(model, images, tome.MergeConfig(r=3))[0].logits, wanted)
    model.vit.layers[0].__class__ = OtherLayer
    with pytest.raises(TypeError, match="must have no OtherLayer with a forward of its own"):
        tome.patch(model)
    model = build(tf.ViTForImageClassification)
    model.vit.__class__ = OtherTower
    with pytest.raises(TypeError, match="must have no OtherTower with a forward of its own"):
        tome.patch(model)


class OtherRope(modeling_dinov3_vit.DINOv3ViTRopePositionEmbedding):
    """Not known to turn as its parent does."""


def test_another_rotation_is_refused_by_name():
    model = build(tf.DINOv3ViTModel)
    model.rope_embeddings.__class__ = OtherRope
    with pytest.raises(TypeError, match="model must rotate by DINOv3's embedding; got OtherRope"):
        tome.patch(model)


class Other(tf.ViTForImageClassification):
    def forward(self, *args, **kwargs):
        return super().forward(*args, **kwargs)


@torch.inference_mode()
def test_a_users_subclass_is_of_its_parents_family_unless_it_has_a_forward():
    torch.manual_seed(0)
    model = Mine(tf.ViTConfig(**SMALL, **LABELS)).eval()
    assert tome.patch(model, r=3)(inputs(Mine)).logits.shape == (2, 7)
    with pytest.raises(TypeError, match="must not override forward of ViTForImageClassification"):
        tome.patch(Other(tf.ViTConfig(**SMALL, **LABELS)))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
@torch.inference_mode()
def test_a_batch_of_configurations_gives_what_each_gives_alone_or_is_refused(kind):
    model, given = build(kind), inputs(kind, 1)
    configs = [tome.MergeConfig(r=r, heads=heads) for r, heads in ((0, "mean"), (3, "mean"), (3, "concat"))]
    if "Backbone" in kind.__name__:
        with pytest.raises(ValueError, match="must not return features per block"):
            next(batched_trace(model, given, configs))
        return
    for entry in batched_trace(model, given, configs):
        wanted = tome.trace(model, given, configs[entry.index])[0]
        for ours, right in zip(tensors(entry.output), tensors(wanted), strict=True):
            assert_close(ours, right, rtol=1e-4, atol=1e-5)
    asked = (given if isinstance(given, dict) else {"pixel_values": given}) | {"output_hidden_states": True}
    with pytest.raises(ValueError, match="must not return features per block"):
        next(batched_trace(model, asked, configs))


@torch.inference_mode()
def test_places_that_move_in_training_move_merged_tokens_too():
    model, images = perturbed(build(tf.DINOv3ViTModel)).train(), inputs(tf.DINOv3ViTModel)
    outputs = []
    for merge in (False, True):
        torch.manual_seed(3)
        if merge:
            tome.patch(model, r=0)
        outputs.append(model(images).last_hidden_state)
    assert_close(*outputs, rtol=1e-4, atol=1e-5)
    assert (model.eval()(images).last_hidden_state - outputs[0]).abs().max() > 1e-3


# Refusals


def test_what_has_no_host_is_refused_by_name():
    swin = tf.SwinModel(tf.SwinConfig(image_size=32, patch_size=4, embed_dim=8, depths=[1], num_heads=[1]))
    with pytest.raises(TypeError, match="SwinModel"):
        tome.patch(swin)
    with pytest.raises(TypeError, match=r"got CLIPTextModel: to write a host for it, see tome\.register_host"):
        tome.patch(build(tf.CLIPModel).text_model)


def test_masks_checkpointing_and_other_kernels_are_refused():
    model, images = build(tf.ViTModel), inputs(tf.ViTModel)
    with pytest.raises(TypeError, match="attention_mask must not be given to a merging model"):
        tome.patch(model, r=2)(images, attention_mask=torch.tensor([[1] * 17, [1] * 12 + [0] * 5]))
    tome.unpatch(model)
    # Its name in transformers before 5.23 was another.
    enable, disable = (
        getattr(model, f"activation_checkpointing_{what}", None) or getattr(model, f"gradient_checkpointing_{what}")
        for what in ("enable", "disable")
    )
    enable()
    with pytest.raises(ValueError, match="must not use gradient checkpointing"):
        tome.patch(model)
    disable()
    tome.patch(model, r=2)
    enable()
    with pytest.raises(ValueError, match="must not use gradient checkpointing"):
        model(images)
    disable()
    model.config._attn_implementation = "flash_attention_2"
    with pytest.raises(
        ValueError, match="attention implementation must be one of sdpa, eager; got 'flash_attention_2'"
    ):
        model(images)


def test_images_are_checked_before_anything_runs():
    model = build(tf.ViTModel)
    for wrong, kind, text in (
        (torch.zeros(1, 3, 64, 64, dtype=torch.uint8), TypeError, "images must be a float tensor"),
        ({"pixel_values": None}, TypeError, "images must be a float tensor; got NoneType"),
        (torch.zeros(3, 64, 64), ValueError, r"images must be \[batch, 3, height, width\]; got shape \(3, 64, 64\)"),
        (torch.zeros(1, 3, 64, 64, device="meta"), ValueError, "inputs must be on the model's device, cpu"),
    ):
        with pytest.raises(kind, match=text):
            tome.trace(model, wrong)


@pytest.mark.parametrize("when", ["before", "after"])
@torch.inference_mode()
def test_what_a_hook_makes_of_the_grid_goes_on_as_the_mean_of_each_token(when):
    model, images = perturbed(build(tf.ViTModel)), inputs(tf.ViTModel)
    doubled = tome.trace(model, images, tome.MergeConfig(r=2))[1].source(0 if when == "before" else 1)
    seen = []

    def change(x):
        seen.append(x.shape[1])
        return x + torch.arange(17.0)[None, :, None]

    if when == "before":
        model.layers[1].register_forward_pre_hook(lambda module, given: (change(given[0]),))
    else:
        model.layers[1].register_forward_hook(lambda module, given, gave: change(gave))
    state = {}
    at = model.layers[1].layernorm_before if when == "before" else model.layers[2].layernorm_before
    at.register_forward_pre_hook(lambda module, given: state.update(x=given[0]))
    plain = {}
    bare = perturbed(build(tf.ViTModel))
    same = bare.layers[1].layernorm_before if when == "before" else bare.layers[2].layernorm_before
    same.register_forward_pre_hook(lambda module, given: plain.update(x=given[0]))
    outputs = [tome.trace(model, images, tome.MergeConfig(r=2))[0], tome.patch(model, r=2)(images)]
    tome.trace(bare, images, tome.MergeConfig(r=2))
    mean = mean_of_groups(torch.arange(17.0).expand(2, -1)[..., None], doubled)
    groups = tome.Grouping(doubled, plain["x"].shape[1])
    assert_close(state["x"], plain["x"] + groups.merge(mean, torch.ones(2, 17)), rtol=1e-4, atol=1e-4)
    assert seen == [17, 17]
    assert_close(outputs[0].last_hidden_state, outputs[1].last_hidden_state)


def test_backward_hooks_on_layers_see_the_full_grid_and_change_no_gradient():
    gradients, seen = [], []
    for hooks in (False, True):
        model = tome.patch(perturbed(build(tf.ViTModel)), r=3)
        if hooks:
            model.layers[1].register_full_backward_hook(lambda module, into, out: seen.append(out[0].shape))
        model(inputs(tf.ViTModel)).last_hidden_state.square().sum().backward()
        gradients.append(model.layers[0].mlp.fc1.weight.grad)
    assert seen == [(2, 17, 32)]
    assert_close(*gradients, rtol=1e-4, atol=1e-4)


def test_importing_tome_does_not_import_transformers():
    code = "import sys, tome, timm; tome.patch(timm.create_model('test_vit')); print('transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "False"
