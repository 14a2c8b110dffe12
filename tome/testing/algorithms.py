"""Rules for matching algorithms."""

from collections.abc import Callable
from dataclasses import replace

import torch

from tome.combine import combine
from tome.grouping import DROPPED
from tome.matching import ALGORITHMS, Algorithm
from tome.matching.match_input import MatchInput
from tome.matching.padding import match
from tome.testing.rules import require, run_rules
from tome.testing.tokens import KINDS, cases, image, tokens

__all__ = ["ALGORITHM_RULES", "check_algorithm"]


def check_algorithm(algorithm: str | Algorithm) -> list[str]:
    """Check ``algorithm``, registered or not, by every rule, and return the names of the rules.

    Raises ConformanceError, naming the rule, for the first violation.

    Examples:
        >>> tome.testing.check_algorithm("bipartite")[:2]
        ['prefix tokens stay first and alone', 'r tokens are gone']
    """
    return run_rules(ALGORITHM_RULES, ALGORITHMS[algorithm] if isinstance(algorithm, str) else algorithm)


def prefix_tokens_stay_first_and_alone(algorithm: Algorithm) -> None:
    for name, inputs in cases():
        group, own = match(algorithm, inputs).grouping.group, torch.arange(inputs.prefix)
        require(bool((group[:, : inputs.prefix] == own).all()), f"prefix tokens must keep their places ({name})")
        others = group[:, inputs.prefix :]
        joined = (others >= 0) & (others < inputs.prefix)
        require(not bool(joined.any()), f"no token may join a prefix token ({name})")


def r_tokens_are_gone(algorithm: Algorithm) -> None:
    for name, inputs in cases():
        grouping, wanted = match(algorithm, inputs).grouping, inputs.feature.shape[1] - inputs.r
        require(grouping.group.shape == inputs.size.shape, f"every token must have a group ({name})")
        require(bool((grouping.group < grouping.n_out).all()), f"groups must count below n_out ({name})")
        filled = [len(row[row >= 0].unique()) for row in grouping.group]
        if algorithm.ragged:
            rest = sum(filled) if not algorithm.per_image else min(filled)
            least = wanted * len(filled) if not algorithm.per_image else wanted
            require(rest >= least, f"at most r = {inputs.r} tokens may go; groups left: {filled} ({name})")
        else:
            right = grouping.n_out == wanted and set(filled) == {wanted}
            require(
                right,
                f"exactly {wanted} groups must be left, none empty; there are {filled} of {grouping.n_out} ({name})",
            )


def a_merge_drops_nothing(algorithm: Algorithm) -> None:
    if algorithm.kind != "merge":
        return
    for name, inputs in cases():
        grouping = match(algorithm, inputs).grouping
        require(not bool((grouping.group == DROPPED).any()), f"a merge must drop no token ({name})")
        whole = grouping.sum(inputs.size).sum(1)
        require(torch.equal(whole, inputs.size.sum(1)), f"the patches of an image must stay as many ({name})")


def what_is_said_to_be_whole_is_whole(algorithm: Algorithm) -> None:
    for name, inputs in cases():
        grouping = match(algorithm, inputs).grouping
        if grouping.whole:
            rule = f"a grouping that says it is whole must drop no token and leave no slot empty ({name})"
            require(not bool((grouping.group == DROPPED).any()), rule)
            require(bool((grouping.sum(torch.ones_like(inputs.size)) > 0).all()), rule)


def edges_explain_the_groups(algorithm: Algorithm) -> None:
    for name, inputs in cases():
        matching = match(algorithm, inputs)
        group, real = matching.grouping.group, matching.source >= 0
        source, destination = matching.source.clamp_min(0), matching.destination.clamp_min(0)
        together = group.gather(1, source) == group.gather(1, destination)
        require(bool(together[real].all()), f"an edge must join tokens of one group ({name})")
        require(bool((source != destination)[real].all()), f"an edge must join two tokens ({name})")
        falling = matching.similarity.diff(dim=1) <= 0
        require(bool(falling.all()), f"edges must come most similar first ({name})")
        if algorithm.kind == "merge" and not algorithm.ragged:
            gone = matching.source.sort(1).values
            require(gone.shape[1] == inputs.r, f"every token that merged away needs an edge ({name})")
            require(bool((gone.diff(dim=1) > 0).all()), f"a token merges away once ({name})")


def runs_repeat(algorithm: Algorithm) -> None:
    for name, inputs in cases():
        before = torch.random.get_rng_state()
        first, second = match(algorithm, inputs), match(algorithm, inputs)
        same = torch.equal(first.grouping.group, second.grouping.group)
        require(same, f"the same tokens must give the same groups twice ({name})")
        untouched = torch.equal(before, torch.random.get_rng_state())
        require(untouched, f"randomness must come from inputs.generator(), not from torch's own ({name})")


def batch_mates_do_not_matter(algorithm: Algorithm) -> None:
    if not algorithm.per_image:
        return
    for name, inputs in cases():
        if name.startswith(("equal", "zero", "twins", "ties", "one direction")):
            continue  # of equal distances any may be chosen, and rounding differs with the size of a batch
        batch = match(algorithm, inputs)
        for index in range(len(inputs.size)):
            alone = match(algorithm, image(inputs, index)).grouping.group[0]
            require(torch.equal(batch.grouping.group[index], alone), f"an image must not depend on its batch ({name})")


def padding_changes_nothing(algorithm: Algorithm) -> None:
    if not algorithm.per_image:
        return
    whole = tokens("random", count=14, r=3)
    short = _cut(image(whole, 1), 9)
    size = whole.size.clone()
    size[1, 9:] = 0
    batch = match(algorithm, replace(whole, size=size, padded=True)).grouping.group
    for index, count, alone in ((0, 14, image(whole, 0)), (1, 9, short)):
        wanted = match(algorithm, replace(alone, r=min(alone.r, (count - 1) // 2))).grouping.group[0]
        require(torch.equal(batch[index, :count], wanted), "an image must be matched as it is without its padding")
    require(bool((batch[1, 9:] == DROPPED).all()), "padding must be in no group")


def inputs_stay_as_they_were(algorithm: Algorithm) -> None:
    inputs = tokens("ties")
    before = [inputs.feature.clone(), inputs.size.clone()]
    match(algorithm, inputs)
    same = torch.equal(inputs.feature, before[0]) and torch.equal(inputs.size, before[1])
    require(same, "inputs must not be changed in place")


def what_is_not_a_number_is_refused(algorithm: Algorithm) -> None:
    inputs = tokens("random")
    inputs.feature[0, 4, 2] = float("nan")
    try:
        match(algorithm, inputs)
    except ValueError:
        return
    # Nothing can go wrong where features decide nothing; sizes and attention are the same for every kind.
    groups = [match(algorithm, tokens(kind)).grouping.group for kind in KINDS]
    blind = all(torch.equal(group, groups[0]) for group in groups)
    require(blind, "features that hold NaN must be refused with a ValueError, unless no group depends on features")


def tokens_combine_to_finite_values(algorithm: Algorithm) -> None:
    for name, inputs in cases():
        x = torch.randn(*inputs.size.shape, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        out = combine(match(algorithm, inputs), x, inputs.size, "weighted")
        require(bool(out.isfinite().all()), f"merged tokens must be finite ({name})")
        same = torch.equal(out[:, : inputs.prefix], x[:, : inputs.prefix])
        require(same, f"prefix tokens must keep their values ({name})")


def _cut(inputs: MatchInput, count: int) -> MatchInput:
    attention = None if inputs.attention is None else inputs.attention[:, :count]
    return replace(inputs, feature=inputs.feature[:, :count], size=inputs.size[:, :count], attention=attention)


ALGORITHM_RULES: dict[str, Callable[[Algorithm], None]] = {
    rule.__name__.replace("_", " "): rule
    for rule in (
        prefix_tokens_stay_first_and_alone,
        r_tokens_are_gone,
        what_is_said_to_be_whole_is_whole,
        a_merge_drops_nothing,
        edges_explain_the_groups,
        runs_repeat,
        batch_mates_do_not_matter,
        padding_changes_nothing,
        inputs_stay_as_they_were,
        what_is_not_a_number_is_refused,
        tokens_combine_to_finite_values,
    )
}
"""Name → rule, called with an Algorithm"""
