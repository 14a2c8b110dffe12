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
from hf_plain_merge import hf_plain_merge
from PIL import Image
from plain_merge import mean_of_groups
from torch import nn
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode
from transformers.models.vit import modeling_vit

import tome
from tome.hosts.registry import host_of
from tome.metrics.shape import NORM
from tome.testing import HOST_RULES, check_host
from tome.testing.hosts import perturbed
from tome.testing.rules import tensors

WITH_CLASS_TOKEN = [
    tf.ViTModel,
    tf.ViTForImageClassification,
    tf.DeiTForImageClassificationWithTeacher,
    tf.Dinov2Model,
    tf.Dinov2WithRegistersModel,
    tf.DINOv3ViTModel,
    tf.CLIPVisionModelWithProjection,
]
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


def mapping(given) -> dict:
    return given if isinstance(given, dict) else {"pixel_values": given}


@every_class
@torch.no_grad()
def test_a_merged_token_acts_as_copies_of_the_mean_of_its_patches(kind):
    model, config = perturbed(build(kind)), tome.MergeConfig(r=3)
    given = mapping(inputs(kind)) | {"output_hidden_states": True}
    traced, trace = tome.trace(model, given, config)
    wanted = hf_plain_merge(model, given, trace)
    again = tome.trace(model, given, config)[0]
    patched = run(tome.patch(model, config), given)
    assert sum(step.r for step in trace.layers) == 9
    for output in (traced, again, patched):
        pairs = list(zip(tensors(output), tensors(wanted), strict=True))
        assert len(pairs) > 4  # hidden states too, on the full grid
        for ours, right in pairs:
            assert_close(ours, right, rtol=1e-4, atol=5e-5)


@pytest.mark.parametrize("kind", WITH_CLASS_TOKEN, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("algorithm", ["attention_prune", "dynamic_prune", "random_prune"])
@torch.no_grad()
def test_dropped_patches_take_no_part_in_attention(kind, algorithm):
    model, images = perturbed(build(kind)), inputs(kind)
    config = tome.MergeConfig(r=3, algorithm=algorithm)
    output, trace = tome.trace(model, images, config)
    wanted = hf_plain_merge(model, images, trace)
    name = next(name for name in ("logits", "image_embeds", "pooler_output") if getattr(output, name, None) is not None)
    assert_close(output[name], wanted[name], rtol=1e-4, atol=5e-5)
    assert_close(tome.patch(model, config)(images)[name], wanted[name], rtol=1e-4, atol=5e-5)


@every_class
@torch.inference_mode()
def test_merging_equal_tokens_changes_nothing(kind):
    model, given = without_positions(perturbed(build(kind))), mapping(inputs(kind))
    given["pixel_values"][:, :, :32] = 0.7
    given["pixel_values"][:, :, 32:] = torch.tensor([-1.0, 0.3, 0.9]).view(3, 1, 1)
    plain = run(model, given)
    for ours, wanted in zip(
        tensors(tome.trace(model, given, tome.MergeConfig(r=[3, 2]))[0]), tensors(plain), strict=True
    ):
        assert_close(ours, wanted, rtol=1e-4, atol=5e-5)
    unweighted, _ = tome.trace(model, given, tome.MergeConfig(r=[3, 2], proportional_attention=False))
    off = [
        (a - b).abs().max() for a, b in zip(tensors(unweighted), tensors(plain), strict=True) if a.is_floating_point()
    ]
    assert max(off) > 1e-4


def without_positions(model: nn.Module) -> nn.Module:
    vision = host_of(model).vision(model)
    for name in ("position_embeddings", "position_embedding.weight"):
        module, _, leaf = name.rpartition(".")
        if hasattr(vision.embeddings, module or leaf):
            getattr(vision.embeddings.get_submodule(module), leaf).zero_()
    if hasattr(vision, "rope_embeddings"):
        vision.rope_embeddings.inv_freq.zero_()
    return model


@torch.inference_mode()
def test_attentions_are_maps_over_the_merged_tokens():
    model = tome.patch(build(tf.ViTModel, "eager"), r=3)
    maps = model(inputs(tf.ViTModel), output_attentions=True).attentions
    assert [part.shape[-2:] for part in maps] == [(17, 17), (14, 14), (11, 11)]
    assert_close(maps[2].sum(-1), torch.ones(2, 2, 11))


@torch.no_grad()
def test_attention_to_a_token_is_that_to_all_its_patches():
    model, given = (
        perturbed(build(tf.ViTModel, "eager")),
        {"pixel_values": inputs(tf.ViTModel), "output_attentions": True},
    )
    output, trace = tome.trace(model, given, tome.MergeConfig(r=3))
    wanted = hf_plain_merge(model, given, trace)
    for layer in (1, 2):
        source, maps = trace.source(layer - 1), wanted.attentions[layer]
        for image in range(2):
            tokens = torch.nn.functional.one_hot(source[image]).float()
            mean = tokens.T / tokens.sum(0)[:, None]
            assert_close(output.attentions[layer][image], mean @ maps[image] @ tokens, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_the_classifier_that_averages_patches_weighs_tokens_by_size():
    for kind in (tf.Dinov2ForImageClassification, tf.SiglipForImageClassification):
        model, images = build(kind), inputs(kind)
        output, trace = tome.trace(model, images, tome.MergeConfig(r=5))
        size = trace.layers[-1].size[:, trace.prefix :, None]
        host, tokens = host_of(model), trace.tokens
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
    heads += 16 * model.decoder[0].weight.numel() if hasattr(model, "decoder") else 0
    pool = vision.head.attention if hasattr(vision, "head") else None
    wanted = counted.get_total_flops() / 2 + NORM * sum(elements) + heads
    assert tome.gflops(model) * 1e9 == pytest.approx(wanted, rel=2e-3 if pool is not None else 1e-9)


@every_class
def test_pruning_is_refused_where_it_cannot_be_right_and_traced_elsewhere(kind):
    model = build(kind)
    host = host_of(model)
    if not host.takes_dropped(model):
        for enter in (tome.patch, lambda model, config: tome.trace(model, inputs(kind), config)):
            with pytest.raises(ValueError, match=f"what follows the blocks of {kind.__name__} needs every patch"):
                enter(model, tome.MergeConfig(algorithm="random_prune"))
        return
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
def test_images_of_another_size_with_interpolated_positions():
    model = build(tf.ViTModel)
    given = {"pixel_values": torch.randn(1, 3, 96, 64), "interpolate_pos_encoding": True}
    assert_close(tome.trace(model, given, tome.MergeConfig(r=0))[0].last_hidden_state, model(**given).last_hidden_state)
    _, trace = tome.trace(model, given, tome.MergeConfig(r=4))
    assert trace.grid == (6, 4)
    assert trace.layers[-1].size.sum() == 25


class Mine(tf.ViTForImageClassification):
    """Adds what no forward uses."""


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
    with pytest.raises(TypeError, match="must have no OtherLayer, which has a forward of its own"):
        tome.patch(model)
    model = build(tf.ViTForImageClassification)
    model.vit.__class__ = OtherTower
    with pytest.raises(TypeError, match="must have no OtherTower, which has a forward of its own"):
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
