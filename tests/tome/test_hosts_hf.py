"""Models of transformers merge as the objects that their users hold."""

import pytest
import timm
import torch
import transformers as tf
from hf_models import CLASSES, build, inputs
from hf_plain_merge import hf_plain_merge
from torch import nn
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

import tome
from tome.hosts.registry import host_of
from tome.metrics.shape import NORM, shape_of
from tome.testing import HOST_RULES, check_host
from tome.testing.models import perturbed
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
@pytest.mark.usefixtures("unchecked_shapes")
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
    if "Backbone" in kind.__name__ or "MaskedImage" in kind.__name__:
        for enter in (tome.patch, lambda model, config: tome.trace(model, inputs(kind), config)):
            with pytest.raises(
                ValueError, match=f"algorithm must keep every patch, since {kind.__name__} reads all of them"
            ):
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


TWINS = {
    "vit_base_patch16_224": (tf.ViTForImageClassification, tf.ViTConfig, {"num_labels": 1000}),
    "deit_base_distilled_patch16_224": (tf.DeiTForImageClassificationWithTeacher, tf.DeiTConfig, {"num_labels": 1000}),
    "vit_base_patch14_dinov2": (tf.Dinov2Model, tf.Dinov2Config, {"image_size": 518, "patch_size": 14}),
    "vit_base_patch14_reg4_dinov2": (
        tf.Dinov2WithRegistersModel,
        tf.Dinov2WithRegistersConfig,
        {"image_size": 518, "patch_size": 14},
    ),
    "vit_small_patch16_dinov3": (tf.DINOv3ViTModel, tf.DINOv3ViTConfig, {"image_size": 256, "num_register_tokens": 4}),
    "vit_base_patch16_siglip_224": (tf.SiglipVisionModel, tf.SiglipVisionConfig, {}),
    "vit_base_patch32_clip_quickgelu_224": (tf.CLIPVisionModelWithProjection, tf.CLIPVisionConfig, {}),
}


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("r", [0, 3])
def test_a_model_costs_what_its_twin_in_timm_costs_but_for_norms(name, r):
    kind, configuration, options = TWINS[name]
    with torch.device("meta"):
        ours = shape_of(kind(configuration(**options)))
    theirs, config = shape_of(name), tome.MergeConfig(r=r)
    merged, everything = ours.tokens - 12 * r, ours.tokens
    # transformers norms every patch, where timm norms the merged tokens; CLIP's norm is of the pooled token alone.
    seen = 1 if "clip" in name else everything
    normed = (seen - (everything if theirs.restored else merged)) * ours.blocks[0].width * NORM
    assert tome.flops(ours, config) - tome.flops(theirs, config) == normed
