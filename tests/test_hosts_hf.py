"""Models of transformers merge as the objects that their users hold."""

import copy
import pickle
import subprocess
import sys

import pytest
import timm
import torch
import transformers as tf
from hf_models import CLASSES, LABELS, SMALL, build, inputs
from PIL import Image
from torch import nn
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

import tome
from tome.hosts.registry import host_of
from tome.metrics.shape import NORM
from tome.testing import HOST_RULES, check_host
from tome.testing.rules import tensors

every_class = pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)


def run(model: nn.Module, given):
    return host_of(model).run(model, given)


@every_class
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_every_rule_for_hosts_holds(kind, attention):
    assert check_host(build(kind, attention), inputs(kind)) == list(HOST_RULES)


@every_class
@torch.inference_mode()
def test_outputs_keep_their_type_and_shapes(kind):
    model, given = build(kind), inputs(kind)
    plain = run(model, given)
    merged, trace = tome.trace(model, given, tome.MergeConfig(r=3))
    with tome.merging(model, r=3):
        patched = run(model, given)
    for output in (merged, patched):
        assert type(output) is type(plain)
        assert output.keys() == plain.keys()
        assert [part.shape for part in tensors(output)] == [part.shape for part in tensors(plain)]
    assert [step.grouping.n_out for step in trace.layers] == [trace.n_in - 3 * n for n in (1, 2, 3)]
    assert trace.grid == (4, 4)


@pytest.mark.parametrize("kind", [tf.ViTModel, tf.Dinov2Model, tf.SiglipVisionModel])
@torch.inference_mode()
def test_a_patch_has_the_last_hidden_state_of_its_token(kind):
    model, images = build(kind), inputs(kind)
    output, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    restored = tome.Grouping(trace.source(), trace.tokens.shape[1]).unmerge(trace.tokens)
    assert_close(output.last_hidden_state, restored)


@pytest.mark.parametrize("kind", [tf.ViTForImageClassification, tf.Dinov2Model, tf.CLIPVisionModel])
@torch.inference_mode()
def test_hidden_states_are_those_of_the_full_grid(kind):
    model, images = build(kind), inputs(kind)
    plain = model(images, output_hidden_states=True).hidden_states
    sources = [tome.trace(model, images, tome.MergeConfig(r=3))[1].source(layer) for layer in range(3)]
    tome.patch(model, r=3)
    merged = model(images, output_hidden_states=True).hidden_states
    assert [state.shape for state in merged] == [state.shape for state in plain]
    assert torch.equal(merged[0], plain[0])
    for source, state in zip(sources, merged[1:], strict=True):
        alike = source[:, :, None] == source[:, None]
        assert torch.equal((state[:, :, None] == state[:, None]).all(-1), alike)


@torch.inference_mode()
def test_attentions_are_maps_over_the_merged_tokens():
    model = tome.patch(build(tf.ViTModel, "eager"), r=3)
    maps = model(inputs(tf.ViTModel), output_attentions=True).attentions
    assert [part.shape[-2:] for part in maps] == [(17, 17), (14, 14), (11, 11)]
    assert_close(maps[2].sum(-1), torch.ones(2, 2, 11))


@torch.inference_mode()
def test_the_classifier_that_averages_patches_weighs_tokens_by_size():
    for kind in (tf.Dinov2ForImageClassification, tf.CLIPForImageClassification, tf.SiglipForImageClassification):
        model, images = build(kind), inputs(kind)
        output, trace = tome.trace(model, images, tome.MergeConfig(r=5))
        size = trace.layers[-1].size[:, trace.prefix :, None]
        host, tokens = host_of(model), trace.tokens
        if kind is tf.CLIPForImageClassification:  # averages before the norm
            restored = run(model, images)  # a plain run, for its type
            assert restored.logits.shape == output.logits.shape
            continue
        mean = (tokens[:, trace.prefix :] * size).sum(1) / size.sum(1)
        head = mean if not host.class_token(model) else torch.cat([tokens[:, 0], mean], 1)
        assert_close(output.logits, model.classifier(head))


def timm_state(model: nn.Module) -> dict[str, torch.Tensor]:
    """Weights of transformers' ViT under timm's names."""
    state = {
        "cls_token": model.vit.embeddings.cls_token,
        "pos_embed": model.vit.embeddings.position_embeddings,
        "patch_embed.proj.weight": model.vit.embeddings.patch_embeddings.projection.weight,
        "patch_embed.proj.bias": model.vit.embeddings.patch_embeddings.projection.bias,
        "norm.weight": model.vit.layernorm.weight,
        "norm.bias": model.vit.layernorm.bias,
        "head.weight": model.classifier.weight,
        "head.bias": model.classifier.bias,
    }
    for number, layer in enumerate(model.vit.layers):
        attention = layer.attention
        parts = {"norm1": layer.layernorm_before, "norm2": layer.layernorm_after, "attn.proj": attention.o_proj}
        parts |= {"mlp.fc1": layer.mlp.fc1, "mlp.fc2": layer.mlp.fc2}
        for kind in ("weight", "bias"):
            own = {name: getattr(part, kind) for name, part in parts.items()}
            own["attn.qkv"] = torch.cat(
                [getattr(part, kind) for part in (attention.q_proj, attention.k_proj, attention.v_proj)]
            )
            state |= {f"blocks.{number}.{name}.{kind}": value for name, value in own.items()}
    return state


@torch.inference_mode()
def test_the_same_weights_merge_as_in_timm():
    ours, images = build(tf.ViTForImageClassification), inputs(tf.ViTForImageClassification)
    shape = {"img_size": 64, "embed_dim": 32, "depth": 3, "num_heads": 2, "num_classes": 7, "mlp_ratio": 2}
    theirs = timm.create_model("vit_base_patch16_224", **shape).eval()
    for part in theirs.modules():
        if isinstance(part, nn.LayerNorm):
            part.eps = ours.config.layer_norm_eps
    theirs.load_state_dict(timm_state(ours))
    config = tome.MergeConfig(r=3)
    (output, trace), (wanted, other) = tome.trace(ours, images, config), tome.trace(theirs, images, config)
    assert_close(output.logits, wanted, rtol=1e-5, atol=1e-6)
    for layer in range(3):
        assert torch.equal(trace.source(layer), other.source(layer))
    assert tome.gflops(ours, config) == pytest.approx(tome.gflops(theirs, config), rel=0.01)


@every_class
@torch.no_grad()
def test_gflops_are_what_torch_counts_and_five_per_normed_element(kind):
    model, given = build(kind, "eager"), inputs(kind, 1)
    vision = host_of(model).vision(model)
    elements = []
    for part in vision.modules():
        if isinstance(part, nn.LayerNorm):
            part.register_forward_hook(lambda module, taken, gave: elements.append(gave.numel()))
    with FlopCounterMode(display=False) as counted:
        vision(given["pixel_values"] if isinstance(given, dict) else given)
    around = [getattr(model, name, None) for name in ("classifier", "cls_classifier", "distillation_classifier")]
    around += [getattr(model, "visual_projection", None)]
    heads = sum(part.weight.numel() for part in around if isinstance(part, nn.Linear))
    pool = vision.head.attention if hasattr(vision, "head") else None
    wanted = counted.get_total_flops() / 2 + NORM * sum(elements) + heads
    assert tome.gflops(model) * 1e9 == pytest.approx(wanted, rel=2e-3 if pool is not None else 1e-9)


@every_class
def test_pruning_is_refused_where_patches_are_pooled_and_traced_elsewhere(kind):
    model = build(kind)
    host = host_of(model)
    if host.pooled(model):
        with pytest.raises(ValueError, match="'random_prune' may drop tokens"):
            tome.patch(model, algorithm="random_prune")
    else:
        tome.patch(model, r=3, algorithm="attention_prune")
        run(model, inputs(kind))
    tome.trace(tome.unpatch(model), inputs(kind), tome.MergeConfig(r=2, algorithm="random_prune"))


def test_an_algorithm_that_needs_a_class_token_is_refused_for_siglip():
    with pytest.raises(ValueError, match="'evit' scores tokens by the class token; this model has none"):
        tome.patch(build(tf.SiglipVisionModel), algorithm="evit")


# What users do


@pytest.mark.parametrize("kind", [tf.ViTForImageClassification, tf.Dinov2Model, tf.SiglipModel])
@torch.inference_mode()
def test_copies_pickles_and_saved_models(kind, tmp_path):
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
    model(inputs(tf.ViTForImageClassification), labels=torch.tensor([1, 2])).loss.backward()
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
def test_images_of_another_size_with_interpolated_positions():
    model = build(tf.ViTModel)
    given = {"pixel_values": torch.randn(1, 3, 96, 64), "interpolate_pos_encoding": True}
    assert_close(tome.trace(model, given, tome.MergeConfig(r=0))[0].last_hidden_state, model(**given).last_hidden_state)
    _, trace = tome.trace(model, given, tome.MergeConfig(r=4))
    assert trace.grid == (6, 4)
    assert trace.layers[-1].size.sum() == 25


class Mine(tf.ViTForImageClassification):
    """Adds what no forward uses."""


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
    tome.unpatch(model).activation_checkpointing_enable()
    with pytest.raises(ValueError, match="must not use gradient checkpointing"):
        tome.patch(model)
    model.activation_checkpointing_disable()
    tome.patch(model, r=2).activation_checkpointing_enable()
    with pytest.raises(ValueError, match="must not use gradient checkpointing"):
        model(images)
    model.activation_checkpointing_disable()
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


def test_a_hook_that_changes_what_a_walked_block_is_given_is_refused():
    model = tome.patch(build(tf.ViTModel), r=2)
    model.layers[1].register_forward_pre_hook(lambda module, given: (given[0] * 2, *given[1:]))
    with pytest.raises(RuntimeError, match="a forward pre-hook on a block of this model must not change its tokens"):
        model(inputs(tf.ViTModel))


def test_importing_tome_does_not_import_transformers():
    code = "import sys, tome, timm; tome.patch(timm.create_model('test_vit')); print('transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "False"
