"""The conformance suite passes correct code, and each of its rules can fail."""

import threading
from dataclasses import replace

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from vits import FAMILIES, build, pictures

import tome
from tome.hosts.registry import HOSTS
from tome.hosts.timm_vit import TimmViT
from tome.matching.attention_prune import least_attended
from tome.testing import ALGORITHM_RULES, HOST_RULES, ConformanceError, check_algorithm, check_host


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.usefixtures("unchecked_shapes")
def test_every_family_of_timm_holds_every_rule(family):
    model = build(family)
    assert check_host(model, pictures(model)) == list(HOST_RULES)


class NoLayerScale(TimmViT):
    def add_attention(self, block, x, attended):
        return x + attended


class OneAnswerThenAnother(TimmViT):
    def __init__(self):
        self.asked = 0

    def add_mlp(self, block, x):
        self.asked += 1
        return super().add_mlp(block, x) * (1.01 if self.asked > 3 else 1)


class NoSizes(TimmViT):
    def mask(self, attn, heads, state):
        return None


class NoPrefix(TimmViT):
    def prefix(self, model):
        return 0


class LooksAtTheBatch(TimmViT):
    def heads(self, attn, x):
        heads = super().heads(attn, x)
        return {**heads, "key": heads["key"] * heads["key"].mean(0, keepdim=True)}


class Noisy(TimmViT):
    def attend(self, attn, heads, mask):
        return super().attend(attn, heads, mask) + 0.1 * torch.rand(1, generator=NOISE)


class Threaded(TimmViT):
    def attend(self, attn, heads, mask):
        own = threading.current_thread() is threading.main_thread()
        return super().attend(attn, heads, mask) * (1 if own else 1.001)


class NoGradient(TimmViT):
    def heads(self, attn, x):
        return {name: part.detach() for name, part in super().heads(attn, x).items()}


class LeavesAPart(TimmViT):
    def swaps(self, model):
        return {"norm": nn.Identity()}

    def unswap(self, module):
        return module


class KeepsTheLast(TimmViT):
    def attend(self, attn, heads, mask):
        attn.last = super().attend(attn, heads, mask)
        return attn.last


NOISE = torch.Generator()
BROKEN = {
    "merging nothing is the plain model": NoLayerScale,
    "patch gives what trace gives": OneAnswerThenAnother,
    "a token counts as its copies": NoSizes,
    "every patch is in one token": NoPrefix,
    "a sample is the same alone and in a batch": LooksAtTheBatch,
    "runs repeat": Noisy,
    "threads do not meet": Threaded,
    "gradients reach every parameter": NoGradient,
    "unpatch leaves nothing": LeavesAPart,
    "a forward leaves nothing on the model": KeepsTheLast,
}


class Mine(VisionTransformer):
    """A user's model."""


@pytest.fixture
def mine():
    model = build("deit3")
    model.__class__ = Mine
    yield model
    HOSTS.pop(Mine, None)


@pytest.mark.parametrize("rule", HOST_RULES)
def test_each_rule_for_hosts_can_fail(rule, mine):
    HOST_RULES[rule](mine, pictures(mine))
    tome.register_host(BROKEN[rule](), Mine)
    with pytest.raises(ConformanceError):
        HOST_RULES[rule](mine, pictures(mine))


def test_a_broken_host_is_told_by_the_name_of_its_rule(mine):
    tome.register_host(NoSizes(), Mine)
    with pytest.raises(ConformanceError, match=r"^a token counts as its copies: attention over a token of size s"):
        check_host(mine, pictures(mine))


class NoSuchBlocks(TimmViT):
    def blocks_path(self, model):
        return "encoder.layers"


def test_blocks_that_are_not_where_their_host_says_are_asked_for_by_name(mine):
    tome.register_host(NoSuchBlocks(), Mine)
    for enter in (tome.patch, tome.unpatch, lambda model: check_host(model, pictures(model))):
        with pytest.raises(TypeError, match=r"model must have a module at 'encoder\.layers', where its host says"):
            enter(mine)


def test_a_model_in_training_is_refused():
    with pytest.raises(ValueError, match="model must be in evaluation mode"):
        check_host(build("plain").train(), torch.zeros(2, 3, 64, 64))


def test_hosts_are_registered_with_care():
    with pytest.raises(TypeError, match=r"host must be a tome\.Host; got ABCMeta"):
        tome.register_host(TimmViT, Mine)
    with pytest.raises(TypeError, match="models must name at least one class"):
        tome.register_host(TimmViT())
    with pytest.raises(TypeError, match=r"models must be subclasses of nn\.Module; got 'Mine'"):
        tome.register_host(TimmViT(), "Mine")
    tome.patch(build("plain"))  # timm's own are registered when one is first seen
    with pytest.raises(ValueError, match="VisionTransformer has a host already, timm VisionTransformer; replace=True"):
        tome.register_host(TimmViT(), VisionTransformer)


# Algorithms


@pytest.mark.parametrize("name", tome.ALGORITHMS)
@pytest.mark.usefixtures("unchecked_shapes")
def test_every_algorithm_holds_every_rule(name):
    assert check_algorithm(name) == list(ALGORITHM_RULES)


def changed(change, *, kind: str = "merge") -> tome.Algorithm:
    """Bipartite matching with something wrong."""

    def match(inputs: tome.MatchInput) -> tome.Matching:
        return change(inputs, tome.ALGORITHMS["bipartite"].match(inputs))

    return tome.Algorithm(match, kind, "none", "Broken", "Bipartite matching with something wrong.")


def regroup(matching: tome.Matching, group: torch.Tensor, n_out: int | None = None) -> tome.Matching:
    return replace(matching, grouping=tome.Grouping(group, n_out or matching.grouping.n_out))


def join_the_prefix(inputs, matching):
    group = matching.grouping.group.clone()
    group[:, -1] = 0
    return regroup(matching, group)


def one_slot_more(inputs, matching):
    return regroup(matching, matching.grouping.group, matching.grouping.n_out + 1)


def drop_one(inputs, matching):
    group = matching.grouping.group.clone()
    group[:, -1] = -1
    return regroup(matching, group)


def call_a_drop_whole(inputs, matching):
    return replace(matching, grouping=replace(drop_one(inputs, matching).grouping, whole=True))


def turn_the_edges(inputs, matching):
    return replace(matching, destination=matching.destination.roll(1, 1), source=matching.source.flip(1))


def roll_dice(inputs, matching):
    order = torch.randperm(inputs.free) + inputs.prefix
    group = torch.cat([matching.grouping.group[:, : inputs.prefix], matching.grouping.group[:, order]], 1)
    return regroup(matching, group)


def take_the_first_images_groups(inputs, matching):
    return regroup(matching, matching.grouping.group[:1].expand_as(matching.grouping.group))


def sees_padding() -> tome.Algorithm:
    return replace(tome.ALGORITHMS["bipartite"], handles_padding=True)


def change_in_place(inputs, matching):
    inputs.size.add_(1)
    return matching


def take_anything() -> tome.Algorithm:
    def match(inputs: tome.MatchInput) -> tome.Matching:
        return tome.ALGORITHMS["bipartite"].match(replace(inputs, feature=inputs.feature.nan_to_num()))

    return tome.Algorithm(match, "merge", "none", "Broken", "Takes what is not a number.")


def weigh_by_zero(inputs, matching):
    return replace(matching, combine="sum", weight=torch.full_like(inputs.size, float("inf")))


BROKEN_ALGORITHMS = {
    "prefix tokens stay first and alone": changed(join_the_prefix),
    "r tokens are gone": changed(one_slot_more),
    "a merge drops nothing": changed(drop_one),
    "what is said to be whole is whole": changed(call_a_drop_whole),
    "edges explain the groups": changed(turn_the_edges),
    "runs repeat": changed(roll_dice),
    "batch mates do not matter": changed(take_the_first_images_groups),
    "padding changes nothing": sees_padding(),
    "inputs stay as they were": changed(change_in_place),
    "what is not a number is refused": take_anything(),
    "tokens combine to finite values": changed(weigh_by_zero),
}


@pytest.mark.parametrize("rule", ALGORITHM_RULES)
def test_each_rule_for_algorithms_can_fail(rule):
    ALGORITHM_RULES[rule](tome.ALGORITHMS["bipartite"])
    with pytest.raises(ConformanceError):
        ALGORITHM_RULES[rule](BROKEN_ALGORITHMS[rule])


def drop_the_first(inputs: tome.MatchInput) -> tome.Matching:
    kept = torch.arange(inputs.free).expand(len(inputs.size), -1) >= inputs.r
    return tome.matching.build.build_prune(inputs, kept)


def drop_the_least_attended(inputs: tome.MatchInput) -> tome.Matching:
    return tome.matching.build.build_prune(inputs, ~least_attended(inputs.class_attention(), inputs.r))


@pytest.mark.parametrize("match", [drop_the_first, drop_the_least_attended])
def test_an_algorithm_that_reads_no_features_need_not_refuse_any(match):
    blind = tome.Algorithm(match, "prune", "none", "Blind", "Looks at other things.", needs_class_token=True)
    assert check_algorithm(blind) == list(ALGORITHM_RULES)


def test_a_broken_algorithm_is_told_by_the_name_of_its_rule():
    with pytest.raises(ConformanceError, match=r"^r tokens are gone: exactly \d+ groups must be left"):
        check_algorithm(changed(one_slot_more))
