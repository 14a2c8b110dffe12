"""Fine-tuning the last blocks of an otherwise frozen model."""

from dataclasses import replace

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer
from vits import build, pictures

from tome import MergeConfig, trace
from tome.lab.training import Change, FineTuning, Prepared, Progress
from tome.lab.training.last_blocks import FrozenFeatures, LastBlocks, extract

SHAPE = {"img_size": 16, "patch_size": 4, "embed_dim": 32, "depth": 4, "num_heads": 2, "num_classes": 0}
SMALL = Change(MergeConfig(r=2), image_size=16, train=64, test=32, epochs=2, batch=16)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return VisionTransformer(**SHAPE).eval()


@pytest.fixture
def images():
    return torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("r", [0, 3])
def test_first_blocks_and_last_blocks_are_the_merging_model(model, images, r):
    config = MergeConfig(r=r)
    net = LastBlocks(model, config, 2, classes=10).eval()
    _, run = trace(model, images, config)
    with torch.no_grad():
        torch.testing.assert_close(net(extract(model, images, config, 2)), net.head(run.tokens[:, 0]), rtol=0, atol=0)


def test_only_the_last_blocks_learn(model):
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    tuning = FineTuning(model, SMALL)
    list(tuning.steps())
    torch.testing.assert_close(dict(model.state_dict()), before, rtol=0, atol=0)
    learned = [
        not torch.equal(new.attn.qkv.weight, old.attn.qkv.weight)
        for new, old in zip(tuning.net.blocks, model.blocks[-2:], strict=True)
    ]
    assert learned == [True, True]


def test_an_image_goes_through_the_other_blocks_once_however_long_the_training(model):
    seen = []
    model.blocks[0].norm1.register_forward_pre_hook(lambda _, tokens: seen.append(len(tokens[0])))
    tuning = FineTuning(model, replace(SMALL, epochs=3))
    list(tuning.steps())
    tuning.score(SMALL.config)
    assert sum(seen) == 64 + 32


def test_what_is_yielded_is_counted_before(model):
    tuning = FineTuning(model, SMALL)
    events = list(tuning.steps())
    assert len(events) == tuning.total
    assert [e.images for e in events if isinstance(e, Prepared)] == [16, 32, 48, 64, 80, 96]
    assert [e.accuracy is None for e in events if isinstance(e, Progress)] == [True, True, True, False] * 2


def test_a_score_merges_in_all_blocks_as_asked_and_changes_nothing(model):
    tuning, seen = FineTuning(model, SMALL), []
    list(tuning.steps())
    tuning.net.norm.register_forward_pre_hook(lambda _, tokens: seen.append(tokens[0].shape[1]))
    first = tuning.score(MergeConfig(r=1))
    assert tuning.score(SMALL.config) == tuning.score(SMALL.config)
    assert tuning.score(MergeConfig(r=1)) == first
    assert seen == [17 - 4, 17 - 8, 17 - 8, 17 - 4]


def test_last_blocks_lower_the_loss(model):
    events = list(FineTuning(model, replace(SMALL, train=320, epochs=6, learning_rate=3e-3)).steps())
    told = [event for event in events if isinstance(event, Progress)]
    assert told[-1].loss < told[0].loss - 0.2
    assert told[-1].accuracy > 25  # ten classes


def test_a_model_without_a_class_token_is_refused():
    with pytest.raises(ValueError, match="model must have a class token"):
        LastBlocks(VisionTransformer(**SHAPE, class_token=False, global_pool="avg"), MergeConfig(r=0), 2, 10)


def test_kept_images_are_picked_with_their_sizes(model, images):
    kept = extract(model, images, MergeConfig(r=3), 2)
    both = FrozenFeatures.cat([kept[torch.tensor([2])], kept[torch.tensor([0])]])
    assert torch.equal(both.x[0], kept.x[2])
    assert torch.equal(both.size[0], kept.size[2])
    assert not torch.equal(kept.size[2], kept.size[0])
    assert kept.size.sum(1).tolist() == [17.0] * 3


@pytest.mark.parametrize("family", ["dinov3", "rope mixed"])
@torch.inference_mode()
def test_last_blocks_of_a_rotary_model_give_what_the_whole_model_gives(family):
    model = build(family)
    images, config = pictures(model), MergeConfig(r=3)
    features = extract(model, images, config, 2)
    trained = LastBlocks(model, config, 2, 5).eval()
    trained.head = torch.nn.Identity()
    _, whole = trace(model, images, config)
    torch.testing.assert_close(trained(features), whole.tokens[:, 0])
    torch.testing.assert_close(trained(FrozenFeatures.cat([features[:1], features[1:]])), whole.tokens[:, 0])
