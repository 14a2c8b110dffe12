"""Models of clips, sounds and texts merge as the objects that their users hold."""

import math

import pytest
import torch
import transformers as tf
from sequence_models import JEPA, MODELS, SPEECH, TEXTS, build, inputs
from torch import nn
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

import tome
from tome.forward.trace import blocks_of, enter
from tome.hosts.registry import host_of
from tome.metrics.shape import NORM
from tome.testing import HOST_RULES, check_host
from tome.testing.models import perturbed
from tome.testing.rules import tensors

every_model = pytest.mark.parametrize("name", MODELS)


@every_model
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.usefixtures("unchecked_shapes")
def test_every_rule_for_hosts_holds(name, attention):
    assert check_host(build(name, attention), inputs(name)) == list(HOST_RULES)


@every_model
@torch.inference_mode()
def test_outputs_keep_their_type_and_shapes(name):
    model, given = build(name), inputs(name)
    plain = host_of(model).run(model, given)
    merged, _ = tome.trace(model, given, tome.MergeConfig(r=3))
    assert type(merged) is type(plain)
    assert [part.shape for part in tensors(merged)] == [part.shape for part in tensors(plain)]


@pytest.mark.parametrize("name", [name for name in MODELS if not name.startswith("Whisper")])
@torch.no_grad()
def test_gflops_are_what_torch_counts_and_five_per_normed_element(name):
    model, given = build(name, "eager"), inputs(name, 1)
    elements = []
    for part in model.modules():
        if isinstance(part, nn.LayerNorm):
            part.register_forward_hook(lambda module, taken, gave: elements.append(gave.numel()))
    with FlopCounterMode(display=False) as counted:
        host_of(model).run(model, given)
    if name.startswith("BERT"):  # the norm of the embeddings runs before the tokens are the model's
        elements = elements[1:]
        shape = host_of(model).shape(model, 18)
        found = tome.flops(shape)
    else:
        found = tome.gflops(model) * 1e9
    assert found == pytest.approx(counted.get_total_flops() / 2 + NORM * sum(elements))


def marked(name: str, place: tuple[slice, ...]) -> int:
    """The token that differs where one place of the input does."""
    model = build(name)
    plain = torch.zeros_like(inputs(name, 1))
    other = plain.clone()
    other[place] = 1
    config = tome.MergeConfig(r=0)
    seen = []

    class Watch(tome.Observer):
        def attended(self, layer, attended):
            if layer == 0:
                seen.append(attended.residual)

    for each in (plain, other):
        tome.trace(model, each, config, observer=Watch())
    (token,) = (seen[0] != seen[1]).any(-1)[0].nonzero().flatten().tolist()
    return token


@torch.inference_mode()
def test_tubelets_count_frames_first_then_rows_then_columns():
    for name in ("ViViT", "VideoMAE"):
        model = build(name)
        grid, prefix = host_of(model).grid(model, inputs(name)), host_of(model).prefix(model)
        assert grid == (4, 2, 2)
        place = (0, slice(4, 6), slice(None), slice(16, 32), slice(0, 16))
        assert marked(name, place) == prefix + (2 * 2 + 1) * 2 + 0


@torch.inference_mode()
def test_patches_of_a_spectrogram_count_frequency_first():
    model = build("AST")
    host = host_of(model)
    assert host.grid(model, None) == (2, 5)  # 16 wide, every 10
    assert marked("AST", (0, slice(47, 50), slice(18, 24))) == 2 + 1 * 5 + 4


# V-JEPA 2


def jepa(**options):
    torch.manual_seed(0)
    return perturbed(tf.VJEPA2Model(tf.VJEPA2Config(**JEPA | options)).eval())


@torch.inference_mode()
def test_tubelets_of_vjepa2_count_frames_first_and_are_turned_by_their_place():
    model, clip = build("V-JEPA 2, classes"), torch.zeros(1, 8, 3, 32, 32)
    assert host_of(model).grid(model, clip) == (4, 2, 2)
    assert marked("V-JEPA 2, classes", (0, slice(4, 6), slice(None), slice(16, 32), slice(0, 16))) == (2 * 2 + 1) * 2
    clip = inputs("V-JEPA 2, classes", 1)
    state = enter(model, clip, tome.MergeConfig(r=6))
    places = torch.cartesian_prod(torch.arange(4.0), torch.arange(2.0), torch.arange(2.0))
    assert torch.equal(state.position.coordinates, places)
    for block in blocks_of(model)[:2]:
        state.advance(block)
    source = tome.trace(model, clip, tome.MergeConfig(r=6))[1].source(1)[0]
    for token, place in enumerate(state.position.coordinates[0]):
        assert_close(place, places[source == token].mean(0))


@torch.inference_mode()
def test_the_predictor_of_vjepa2_reads_the_full_grid():
    model, clip = jepa(), inputs("V-JEPA 2, classes")
    plain = model(pixel_values_videos=clip)
    output, _ = tome.trace(model, clip, tome.MergeConfig(r=0))
    assert_close(tensors(output), tensors(plain))
    with tome.merging(model, r=4):
        merged = model(pixel_values_videos=clip)
        assert_close(model.get_vision_features(clip), merged.last_hidden_state)
    predicted = merged.predictor_output.last_hidden_state
    assert predicted.shape == plain.predictor_output.last_hidden_state.shape
    assert not torch.equal(predicted, plain.predictor_output.last_hidden_state)
    with pytest.raises(ValueError, match="'random_prune' may drop tokens"):
        tome.patch(model, algorithm="random_prune")


@pytest.mark.parametrize("shape", [(1, 8, 3, 48, 48), (1, 4, 3, 32, 32), (1, 1, 3, 32, 32)])
@torch.inference_mode()
def test_vjepa2_counts_places_as_it_does_for_clips_of_another_size(shape):
    model, clip = jepa(), torch.randn(shape, generator=torch.Generator().manual_seed(2))
    output, trace = tome.trace(model, clip, tome.MergeConfig(r=0))
    assert_close(tensors(output), tensors(model(pixel_values_videos=clip)))
    assert trace.n_in == math.prod(trace.grid)


@torch.inference_mode()
def test_hidden_states_and_attentions_of_vjepa2_are_recorded():
    model = jepa()
    model.set_attn_implementation("eager")
    given = {"pixel_values_videos": inputs("V-JEPA 2, classes"), "skip_predictor": True}
    given |= {"output_hidden_states": True, "output_attentions": True}
    plain, (output, _) = model(**given), tome.trace(model, given, tome.MergeConfig(r=0))
    assert_close(output.hidden_states, plain.hidden_states)
    assert_close(output.attentions, plain.attentions)
    merged, _ = tome.trace(model, given, tome.MergeConfig(r=3))
    assert [state.shape[1] for state in merged.hidden_states] == [16] * 4
    assert [weights.shape[-1] for weights in merged.attentions] == [16, 13, 10]


# Pooling


@torch.inference_mode()
def test_videomae_averages_tubelets_by_the_size_of_their_tokens():
    model, clips = build("VideoMAE, classes"), inputs("VideoMAE, classes")
    output, trace = tome.trace(model, clips, tome.MergeConfig(r=4))
    size = trace.layers[-1].size[..., None]
    mean = (trace.tokens * size).sum(1) / size.sum(1)
    assert size.max() > 1
    assert_close(output.logits, model.classifier(model.fc_norm(mean)))


@pytest.mark.parametrize("name", ["VideoMAE, classes", "V-JEPA 2, classes"])
def test_pruning_a_model_that_pools_is_refused_at_patch_and_can_be_traced(name):
    model = build(name)
    with pytest.raises(ValueError, match="'random_prune' may drop tokens"):
        tome.patch(model, algorithm="random_prune")
    tome.trace(model, inputs(name), tome.MergeConfig(r=2, algorithm="random_prune"))


# Whisper


@torch.inference_mode()
def test_the_decoder_attends_to_a_token_as_often_as_it_holds_sounds():
    model, given = build("Whisper", "eager"), inputs("Whisper", 1)
    tome.patch(model, r=5)
    maps = model(**given, output_attentions=True).cross_attentions[0]
    _, trace = tome.trace(model, given, tome.MergeConfig(r=5))
    source = trace.source()[0]
    alike = source[:, None] == source
    for first, second in alike.triu(1).nonzero()[:8].tolist():
        assert_close(maps[..., first], maps[..., second])
    # The attention of a token, all its places together, is softmax(logit + log size).
    size = trace.layers[-1].size[0]
    together = torch.zeros(*maps.shape[:-1], len(size)).index_add_(-1, source, maps)
    logits = (together / size).log()
    assert_close((logits + size.log()).softmax(-1), together)


@pytest.mark.parametrize("algorithm", ["bipartite", "random_prune", "adjacent_merge"])
@torch.inference_mode()
def test_a_patched_whisper_generates(algorithm):
    model, features = build("Whisper"), inputs("Whisper")["input_features"]
    plain = model.generate(features, max_new_tokens=5, do_sample=False)
    with tome.merging(model, r=0, algorithm=algorithm):
        assert torch.equal(model.generate(features, max_new_tokens=5, do_sample=False), plain)
    tome.patch(model, r=4, algorithm=algorithm)
    state = model.get_encoder()(features).last_hidden_state
    assert state.shape[1] == (20 - 12 if algorithm == "random_prune" else 20)
    assert model.generate(features, max_new_tokens=5, do_sample=False).shape[0] == 2


@torch.inference_mode()
def test_features_alone_run_the_encoder_alone():
    model, features = build("Whisper"), inputs("Whisper")["input_features"]
    output, trace = tome.trace(model, features, tome.MergeConfig(r=0))
    assert_close(output.last_hidden_state, model.get_encoder()(features).last_hidden_state)
    assert trace.grid == (20,)


def test_whisper_with_layer_drop_is_refused():
    model = tf.WhisperModel(tf.WhisperConfig(**SPEECH, encoder_layerdrop=0.1))
    with pytest.raises(ValueError, match="encoder_layerdrop"):
        tome.patch(model)


# Texts


@torch.inference_mode()
def test_cls_and_sep_stay_themselves_and_padding_changes_nothing():
    model, given = build("BERT, padded"), inputs("BERT, padded")
    _, trace = tome.trace(model, given, tome.MergeConfig(r=3))
    assert trace.prefix == 2
    assert trace.order[:, :3].tolist() == [[0, 17, 1], [0, 13, 1]]
    assert trace.layers[-1].size[:, :2].tolist() == [[1, 1], [1, 1]]
    assert trace.layers[-1].size.sum(1).tolist() == [18, 14]
    alone = {name: value[1:, :14] for name, value in given.items()}
    output, short = tome.trace(model, alone, tome.MergeConfig(r=3))
    both, _ = tome.trace(model, given, tome.MergeConfig(r=3))
    assert torch.equal(short.source()[0], trace.source()[1, :14])
    assert_close(output.last_hidden_state[0], both.last_hidden_state[1, :14])


@torch.inference_mode()
def test_the_state_of_a_word_is_that_of_its_token_in_the_order_of_the_text():
    model, given = build("BERT"), inputs("BERT", 1)
    output, trace = tome.trace(model, given, tome.MergeConfig(r=4))
    states, places = output.last_hidden_state[0], trace.order[0]
    assert_close(states[17], trace.tokens[0, 1])  # [SEP], moved beside [CLS], is at its place again
    for token, place in zip(trace.source()[0].tolist(), places.tolist(), strict=True):
        assert_close(states[place], trace.tokens[0, token])
    assert_close(output.last_hidden_state, trace.unmerge(trace.tokens))


def test_what_a_text_model_must_not_be_given_is_refused():
    model = tome.patch(build("BERT"), r=2)
    ids = inputs("BERT")["input_ids"]
    with pytest.raises(ValueError, match="attention_mask must hide tokens at the end of each text only"):
        model(input_ids=ids, attention_mask=torch.tensor([[0] * 4 + [1] * 14] * 2))
    with pytest.raises(ValueError, match="model must be an encoder"):
        tome.patch(tf.BertModel(tf.BertConfig(**TEXTS, is_decoder=True)))
    tome.unpatch(model).encoder.layer[0].attention.register_forward_hook(lambda *_: None)
    with pytest.raises(TypeError, match="no hooks on a BertAttention"):
        tome.patch(model)


def test_inputs_are_checked_before_anything_runs():
    for name, wrong, text in (
        ("VideoMAE", torch.zeros(1, 3, 8, 32, 32), r"clips must be \[batch, frames, 3 channels, height, width\]"),
        ("AST", torch.zeros(1, 32, 64), r"spectrograms must be \[batch, 64 time, 32 frequency\]"),
        ("Whisper", torch.zeros(1, 8, 30), r"log-mel features must be \[batch, 8 frequency, 40 time\]"),
    ):
        with pytest.raises(ValueError, match=text):
            tome.trace(build(name), wrong)
    with pytest.raises(TypeError, match=r"clips must be a float tensor; got torch\.uint8"):
        tome.trace(build("ViViT"), torch.zeros(1, 8, 3, 32, 32, dtype=torch.uint8))
