"""Rules for hosts."""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.patch import merging, patch, unpatch
from tome.forward.state import attention
from tome.forward.trace import blocks_of, enter, trace
from tome.hosts.registry import host_of
from tome.testing.models import Stop, insides, one_image, one_sample, one_thread_an_operator, perturbed, with_tokens
from tome.testing.rules import ConformanceError, close, require, run_rules, tensors

__all__ = ["HOST_RULES", "check_host", "perturbed"]

R = 2


def check_host(model: nn.Module, inputs: Any) -> list[str]:
    """Check the host of ``model`` by every rule, on a perturbed copy, and return the names of the rules.

    ``model`` should be small, in evaluation mode, with at least two blocks and random weights; ``inputs`` is a batch
    of two different samples with at least ten free tokens.  Raises ConformanceError, naming the rule, for the first
    violation.

    Examples:
        >>> tome.testing.check_host(model, images)[:2]
        ['merging nothing is the plain model', 'patch gives what trace gives']
    """
    if model.training:
        raise ValueError("model must be in evaluation mode; call model.eval()")
    return run_rules(HOST_RULES, perturbed(model), inputs)


@torch.inference_mode()
def merging_nothing_is_the_plain_model(model: nn.Module, inputs: Any) -> None:
    plain = host_of(model).run(model, inputs)
    close(trace(model, inputs, MergeConfig(r=0))[0], plain, 1e-5, "trace at r = 0 must be the plain model")
    patched = patch(copy.deepcopy(model), r=0)
    close(host_of(patched).run(patched, inputs), plain, 1e-5, "patch at r = 0 must be the plain model")


@torch.inference_mode()
def patch_gives_what_trace_gives(model: nn.Module, inputs: Any) -> None:
    config = MergeConfig(r=R, feature="value")
    traced, record = trace(model, inputs, config)
    require(sum(step.r for step in record.layers) > 0, "inputs must leave tokens to merge")
    patched = patch(copy.deepcopy(model), config)
    close(host_of(patched).run(patched, inputs), traced, 1e-5, "patch must give what trace gives")


@torch.inference_mode()
def a_token_counts_as_its_copies(model: nn.Module, inputs: Any) -> None:
    host, blocks = host_of(model), blocks_of(model)
    state = enter(model, inputs, MergeConfig(r=2 * R))
    state.advance(blocks[0])
    require(state.layer < len(blocks), "model must have at least two blocks")
    for image in range(len(state.x)):
        one = one_image(state, image)
        index = torch.repeat_interleave(one.size[0].long())
        copies = with_tokens(one, one.x[:, index])
        copies.position = None if one.position is None else one.position.repeat(index)
        merged = attention(host, blocks[1], [one]).x[:, index]
        apart = attention(host, blocks[1], [copies]).x
        close(merged, apart, 1e-4, "attention over a token of size s must equal attention over s copies of it")


@torch.inference_mode()
def every_patch_is_in_one_token(model: nn.Module, inputs: Any) -> None:
    host = host_of(model)
    _, record = trace(model, inputs, MergeConfig(r=R))
    prefix = host.prefix(model)
    require(prefix >= host.class_token(model), "a class token must be counted as prefix")
    before = torch.arange(record.n_in).expand(len(record.tokens), -1)
    present = enter(model, inputs).size > 0
    for layer, step in enumerate(record.layers):
        source = record.source(layer)
        require(bool((source[:, :prefix] == torch.arange(prefix)).all()), "prefix tokens must stay first and alone")
        inside = (source[:, prefix:] >= prefix) | ~present[:, prefix:]
        require(bool(inside.all()), "no patch may join a prefix token")
        kept = source.masked_fill(~present, step.size.shape[1])
        counted = torch.stack([torch.bincount(row, minlength=step.size.shape[1] + 1)[:-1] for row in kept])
        require(torch.equal(counted.float(), step.size), "sizes must count the patches of each token")
        together = before[:, :, None] == before[:, None]
        coarser = (source[:, :, None] == source[:, None])[together].all()
        require(bool(coarser), "patches that share a token must go on sharing one")
        before = source


@torch.inference_mode()
def a_sample_is_the_same_alone_and_in_a_batch(model: nn.Module, inputs: Any) -> None:
    batch, record = trace(model, inputs, MergeConfig(r=R))
    samples = len(record.tokens)
    require(samples > 1, "inputs must be a batch of at least two samples")
    for sample in range(samples):
        output, alone = trace(model, one_sample(inputs, sample), MergeConfig(r=R))
        same = torch.equal(alone.source()[0], record.source()[sample])
        require(same, "the groups of a sample must not depend on its batch")
        pairs = zip(tensors(output), tensors(batch), strict=True)
        # A matrix of every sample against every other has no part that is one sample's.
        own = [
            (ours, whole[sample : sample + 1])
            for ours, whole in pairs
            if ours.dim() and ours.shape[1:] == whole.shape[1:]
        ]
        message = "the output of a sample must not depend on its batch"
        close([ours for ours, _ in own], [whole for _, whole in own], 1e-4, message)


@torch.inference_mode()
def runs_repeat(model: nn.Module, inputs: Any) -> None:
    first, second = (trace(model, inputs, MergeConfig(r=R, partition="random", seed=7)) for _ in range(2))
    for ours, theirs in zip(tensors(first[0]), tensors(second[0]), strict=True):
        require(torch.equal(ours, theirs), "the same run must give the same output twice")


@torch.inference_mode()
def threads_do_not_meet(model: nn.Module, inputs: Any) -> None:
    jobs = [MergeConfig(r=r) for r in (0, 1, 2, 3)] * 2

    def run(config: MergeConfig) -> list[Tensor]:
        with torch.inference_mode():
            output, record = trace(model, inputs, config)
            return [*tensors(output), record.source()]

    with one_thread_an_operator():
        alone = [run(config) for config in jobs]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(run, jobs))
    for ours, theirs in zip(together, alone, strict=True):
        same = all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
        require(same, "runs in threads on one model must equal runs one after another, bit by bit")


def gradients_reach_every_parameter(model: nn.Module, inputs: Any) -> None:
    plain, merged = copy.deepcopy(model).requires_grad_(True), patch(copy.deepcopy(model), r=R).requires_grad_(True)
    for each in (plain, merged):
        sum(
            (part.double().square().sum() for part in tensors(host_of(each).run(each, inputs))), torch.zeros(())
        ).backward()
    for (name, wanted), got in zip(plain.named_parameters(), merged.parameters(), strict=True):
        if wanted.grad is not None:
            gradient = got.grad
            if gradient is None:
                raise ConformanceError(f"parameter {name} must have a gradient, as in the plain model")
            require(bool(gradient.isfinite().all()), f"the gradient of {name} must be finite")


@torch.inference_mode()
def unpatch_leaves_nothing(model: nn.Module, inputs: Any) -> None:
    model = copy.deepcopy(model)
    host = host_of(model)
    plain, keys = host.run(model, inputs), list(model.state_dict())
    kinds = {name: type(part) for name, part in model.named_modules()}
    patch(model, r=R)
    require(list(model.state_dict()) == keys, "the state dict must keep its keys")
    unpatch(model)
    try:
        with merging(model, r=R):
            raise Stop
    except Stop:
        pass
    require({name: type(part) for name, part in model.named_modules()} == kinds, "modules must be what they were")
    for ours, theirs in zip(tensors(host.run(model, inputs)), tensors(plain), strict=True):
        require(torch.equal(ours, theirs), "the output must be what it was, bit by bit")


@torch.inference_mode()
def a_forward_leaves_nothing_on_the_model(model: nn.Module, inputs: Any) -> None:
    patched = patch(copy.deepcopy(model), r=R)
    for each, run in (
        (model, lambda: trace(model, inputs, MergeConfig(r=R))),
        (patched, lambda: host_of(patched).run(patched, inputs)),
    ):
        run()  # builds one-time state, such as a table of positions
        before = insides(each)
        run()
        require(insides(each) == before, "a forward must leave no state on the model or its parts")


HOST_RULES: dict[str, Callable[[nn.Module, Any], None]] = {
    rule.__name__.replace("_", " "): rule
    for rule in (
        merging_nothing_is_the_plain_model,
        patch_gives_what_trace_gives,
        a_token_counts_as_its_copies,
        every_patch_is_in_one_token,
        a_sample_is_the_same_alone_and_in_a_batch,
        runs_repeat,
        threads_do_not_meet,
        gradients_reach_every_parameter,
        unpatch_leaves_nothing,
        a_forward_leaves_nothing_on_the_model,
    )
}
"""Name → rule, called with a model in evaluation mode and a batch of its inputs"""
