"""Models of clips and sounds: equal to an independent forward, merged by the rules, of the paper's cost."""

import math

import pytest
import timm
import torch
from test_tome_cost import counted
from torch import Tensor
from torch.testing import assert_close

import tome
from tome import MergeConfig, gflops
from tome.models.audiomae import audiomae
from tome.models.build import create
from tome.models.mae_st import load_mae_st, mae_st
from tome.models.tubelet import TubeletEmbed
from tome.models.videomae import sinusoids, videomae, videomae_to_timm
from tome.testing import HOST_RULES, check_host

WIDTH, DEPTH, HEADS = 32, 3, 2
TINY = {"embed_dim": WIDTH, "depth": DEPTH, "num_heads": HEADS}
CLIP = {"frames": 4, "image_size": (48, 64), "classes": 7}


def clips(batch: int = 2) -> Tensor:
    return torch.randn(batch, 3, 4, 48, 64, generator=torch.Generator().manual_seed(0))


def spectrograms(batch: int = 2) -> Tensor:
    return torch.randn(batch, 1, 64, 32, generator=torch.Generator().manual_seed(0))


def checkpoint_of_mae_st() -> dict[str, Tensor]:
    """Random weights in the naming of MAE-ST's fine-tuned model."""
    shapes = {
        "cls_token": (1, 1, WIDTH),
        "pos_embed_class": (1, 1, WIDTH),
        "pos_embed_spatial": (1, 12, WIDTH),
        "pos_embed_temporal": (1, 2, WIDTH),
        "patch_embed.proj.weight": (WIDTH, 3, 2, 16, 16),
        "patch_embed.proj.bias": (WIDTH,),
    }
    linear = {"norm": (WIDTH,), "head": (7, WIDTH)}
    for layer in range(DEPTH):
        at = f"blocks.{layer}"
        linear |= {f"{at}.attn.{name}": (WIDTH, WIDTH) for name in ("q", "k", "v", "proj")}
        linear |= {f"{at}.norm1": (WIDTH,), f"{at}.norm2": (WIDTH,)}
        linear |= {f"{at}.mlp.fc1": (4 * WIDTH, WIDTH), f"{at}.mlp.fc2": (WIDTH, 4 * WIDTH)}
    for name, shape in linear.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    dice = torch.Generator().manual_seed(1)
    return {name: torch.randn(shape, generator=dice) * 0.2 for name, shape in shapes.items()}


def reference_mae_st(w: dict[str, Tensor], clip: Tensor) -> Tensor:
    """MAE-ST's forward from its description alone: separable positions, q, k and v apart, mean of patches, norm, head."""

    def linear(x: Tensor, name: str) -> Tensor:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x: Tensor, name: str) -> Tensor:
        x = (x - x.mean(-1, keepdim=True)) / (x.var(-1, correction=0, keepdim=True) + 1e-6).sqrt()
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    tokens = []
    for time in range(2):
        for row in range(3):
            for column in range(4):
                tubelet = clip[:, :, 2 * time : 2 * time + 2, 16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
                token = torch.einsum("bcthw,octhw->bo", tubelet, w["patch_embed.proj.weight"])
                place = w["pos_embed_spatial"][0, 4 * row + column] + w["pos_embed_temporal"][0, time]
                tokens.append(token + w["patch_embed.proj.bias"] + place)
    first = (w["cls_token"] + w["pos_embed_class"])[0, 0].expand(len(clip), -1)
    x = torch.stack([first, *tokens], 1)
    for layer in range(DEPTH):
        at, out = f"blocks.{layer}", []
        y = norm(x, f"{at}.norm1")
        q, k, v = (linear(y, f"{at}.attn.{name}").chunk(HEADS, -1) for name in "qkv")
        for head in range(HEADS):
            logits = q[head] @ k[head].mT / math.sqrt(WIDTH / HEADS)
            out.append(logits.softmax(-1) @ v[head])
        x = x + linear(torch.cat(out, -1), f"{at}.attn.proj")
        y = linear(norm(x, f"{at}.norm2"), f"{at}.mlp.fc1")
        x = x + linear(0.5 * y * (1 + torch.erf(y / math.sqrt(2))), f"{at}.mlp.fc2")
    return linear(norm(x[:, 1:].mean(1), "norm"), "head")


@torch.inference_mode()
def test_a_checkpoint_of_mae_st_gives_the_logits_of_its_own_forward():
    weights = checkpoint_of_mae_st()
    model = load_mae_st(mae_st("vit_base", **CLIP, **TINY), {"model": weights, "epoch": 50})
    wanted = reference_mae_st(weights, clips())
    assert wanted.std() > 0.1
    assert_close(model(clips()), wanted, rtol=0, atol=1e-5)


def test_a_checkpoint_with_a_part_too_many_or_too_few_is_refused_by_name():
    weights = checkpoint_of_mae_st()
    model = mae_st("vit_base", **CLIP, **TINY)
    with pytest.raises(RuntimeError, match=r"mask_token"):
        load_mae_st(model, weights | {"mask_token": torch.zeros(1)})
    del weights["head.weight"], weights["blocks.1.attn.k.weight"]
    with pytest.raises(RuntimeError, match=r"blocks\.1\.attn\.qkv\.weight(.|\n)*head\.weight"):
        load_mae_st(model, weights)


@torch.inference_mode()
def test_weights_of_videomae_give_the_logits_of_transformers():
    transformers = pytest.importorskip("transformers")
    config = transformers.VideoMAEConfig(
        hidden_size=WIDTH,
        num_hidden_layers=DEPTH,
        num_attention_heads=HEADS,
        intermediate_size=4 * WIDTH,
        image_size=48,
        num_frames=4,
        num_labels=7,
    )
    theirs = transformers.VideoMAEForVideoClassification(config).eval()
    dice = torch.Generator().manual_seed(2)
    for parameter in theirs.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=dice) * 0.2)
    ours = videomae("vit_base", frames=4, image_size=48, classes=7, **TINY)
    ours.load_state_dict(videomae_to_timm(theirs.state_dict(), ours.patch_embed.num_patches))
    clip = clips()[..., :48]
    wanted = theirs(clip.transpose(1, 2)).logits
    assert wanted.std() > 0.1
    assert_close(ours(clip), wanted, rtol=0, atol=1e-5)


def test_the_older_names_of_videomae_are_the_same_weights():
    new = {
        "videomae.embeddings.patch_embeddings.projection.bias": torch.zeros(4),
        **{
            f"videomae.encoder.layer.0.attention.attention.{name}.weight": torch.rand(4, 4) for name in ("query", "key")
        },
        "videomae.encoder.layer.0.attention.attention.value.weight": torch.rand(4, 4),
        "videomae.encoder.layer.0.attention.attention.query.bias": torch.rand(4),
        "videomae.encoder.layer.0.attention.attention.value.bias": torch.rand(4),
    }
    old = {key.replace("query.bias", "q_bias").replace("value.bias", "v_bias"): value for key, value in new.items()}
    assert old.keys() != new.keys()
    assert_close(videomae_to_timm(old, 3), videomae_to_timm(new, 3))


def test_sinusoids_are_those_of_the_formula():
    table = sinusoids(5, 6)[0]
    assert table[3].tolist() == pytest.approx(
        [call(3 / 10000 ** (2 * i / 6)) for i in range(3) for call in (math.sin, math.cos)], abs=1e-6
    )


@pytest.mark.parametrize("build", [mae_st, videomae], ids=["mae_st", "videomae"])
def test_every_rule_for_hosts_holds_on_clips(build):
    assert check_host(build("vit_base", **CLIP, **TINY), clips()) == list(HOST_RULES)


def test_every_rule_for_hosts_holds_on_spectrograms():
    model = audiomae("vit_base", image_size=(64, 32), classes=7, **TINY)
    assert check_host(model, spectrograms()) == list(HOST_RULES)


@torch.inference_mode()
def test_token_k_is_the_tubelet_at_its_time_row_and_column():
    model = mae_st("vit_base", **CLIP, **TINY)
    plain = model.patch_embed(torch.zeros(1, 3, 4, 48, 64))
    _, trace = tome.trace(model, clips(1), MergeConfig(r=0))
    assert trace.grid == (2, 3, 4)
    for frame, row, column in [(0, 0, 0), (1, 0, 3), (2, 1, 0), (3, 2, 3)]:
        clip = torch.zeros(1, 3, 4, 48, 64)
        clip[:, :, frame, 16 * row + 5, 16 * column + 5] = 9
        changed = (model.patch_embed(clip) != plain).any(-1)[0].nonzero().flatten().tolist()
        assert changed == [12 * (frame // 2) + 4 * row + column]


@torch.inference_mode()
def test_token_k_of_a_spectrogram_is_at_its_time_and_band():
    with torch.device("meta"):
        whole = audiomae()
    assert whole.patch_embed.grid_size == (64, 8)
    model = audiomae(embed_dim=WIDTH, depth=1, num_heads=2)
    sound = torch.zeros(1, 1, 1024, 128)
    plain = model.patch_embed(sound)
    sound[0, 0, 16 * 41 + 3, 16 * 5 + 2] = 9
    assert (model.patch_embed(sound) != plain).any(-1)[0].nonzero().flatten().tolist() == [8 * 41 + 5]
    assert tome.trace(model, sound, MergeConfig(r=0))[1].grid == (64, 8)


def test_the_head_pools_tokens_by_their_size():
    model = mae_st("vit_base", **CLIP, **TINY)
    config = MergeConfig(r=4, proportional_attention=False)
    with torch.inference_mode():
        merged, trace = tome.trace(model, clips(), config)
        size, x = trace.layers[-1].size[:, 1:, None], trace.tokens[:, 1:]
        wanted = model.head(model.fc_norm((x * size).sum(1) / size.sum(1)))
    assert_close(merged, wanted)
    assert_close(tome.patch(model, config)(clips()), merged)


PRINTED = [
    ("mae_st_vit_large", 0, "598"),
    ("mae_st_vit_large", 55, "325"),
    ("mae_st_vit_large", 65, "281"),
    ("mae_st_vit_large", (65, -1.0), "184"),
    ("audiomae_vit_base", 0, "48.6"),
    ("audiomae_vit_base", 20, "36.3"),
    ("audiomae_vit_base", 40, "24.7"),
]


@pytest.mark.parametrize(("model", "r", "printed"), PRINTED)
def test_the_models_own_cost_is_the_papers_figure_to_the_printed_digit(model, r, printed):
    assert f"{gflops(model, MergeConfig(r=r)):.{len(printed.partition('.')[2])}f}" == printed


@pytest.mark.parametrize("config", [None, MergeConfig(r=4)], ids=["plain", "merged"])
def test_the_formula_counts_what_the_model_does(config):
    for model, sample in (
        (mae_st("vit_base", **CLIP, **TINY), clips(1)),
        (audiomae("vit_base", image_size=(64, 32), classes=7, **TINY), spectrograms(1)),
    ):
        patched = tome.patch(model.requires_grad_(False), config) if config else model.requires_grad_(False)
        assert counted(patched, sample) == pytest.approx(gflops(model, config) * 1e9, rel=1e-12)


def test_the_cost_follows_the_size_of_a_clip():
    assert gflops("mae_st_vit_base", image_size=224) == gflops("mae_st_vit_base", image_size=(16, 224, 224))
    assert gflops("mae_st_vit_base", image_size=(32, 224, 224)) > 2 * gflops("mae_st_vit_base")
    with pytest.raises(ValueError, match="image_size must have 2 numbers, or be a side; got"):
        gflops("vit_small_patch16_224", image_size=(16, 224, 224))


def test_timms_own_model_of_sounds_is_the_same():
    with torch.device("meta"):
        theirs = timm.create_model(
            "vit_base_patch16_224", img_size=(1024, 128), in_chans=1, num_classes=527, global_pool="avg"
        )
        ours = create("audiomae_vit_base")
    assert {name: value.shape for name, value in theirs.state_dict().items()} == {
        name: value.shape for name, value in ours.state_dict().items()
    }
    assert theirs.fc_norm.eps == ours.fc_norm.eps


def test_any_plain_vit_takes_clips_by_flag():
    model = create("vit_tiny_patch16_224", image_size=(32, 48), frames=6, tubelet=3, in_chans=1, num_classes=5)
    assert isinstance(model.patch_embed, TubeletEmbed)
    assert model(torch.zeros(1, 1, 6, 32, 48)).shape == (1, 5)


def test_wrong_shapes_sizes_and_options_are_refused():
    with pytest.raises(ValueError, match=r"clips of 5 × 48 × 64 .* must be whole tubelets of 2 × 16 × 16"):
        mae_st("vit_base", frames=5, image_size=(48, 64), **TINY)
    with pytest.raises(ValueError, match=r"size must be one of vit_small, .*; got 'vit_giant'"):
        mae_st("vit_giant")
    with pytest.raises(ValueError, match="frames must not be given for audiomae_vit_base"):
        create("audiomae_vit_base", frames=16)
    model = mae_st("vit_base", **CLIP, **TINY)
    with pytest.raises(ValueError, match=r"clips must be \[batch, channels, 4, 48, 64\]; got \[1, 3, 2, 48, 64\]"):
        tome.trace(model, torch.zeros(1, 3, 2, 48, 64))
    with pytest.raises(
        ValueError, match=r"images must be \[batch, 3, frames, height, width\]; got shape \(1, 3, 48, 64\)"
    ):
        tome.trace(model, torch.zeros(1, 3, 48, 64))
