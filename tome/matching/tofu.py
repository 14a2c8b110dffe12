"""ToFu: prune in the first half of the network, merge without losing length in the second."""

from dataclasses import replace

from tome.grouping import DROPPED, Grouping
from tome.matching import bipartite
from tome.matching.match_input import Matching, MatchInput

__all__ = ["match"]


def match(inputs: MatchInput) -> Matching:
    """Token Fusion (ToFu, Kim et al., arXiv 2312.01026), on ToMe's bipartite matching.

    In the first half of the blocks the r sources are dropped, with no edges; later they merge into their destination
    by a mean as long as its longest member (MLERP).  The mean is weighted by size, so that it stays the mean of
    the patches; the paper's exact weights were not seen.  OpenToMe's code merges one block later and divides by the
    length of the destination, so that its merged tokens are not as long as the longest member.  Output order: as in
    bipartite matching.
    """
    matching = bipartite.match(inputs)
    if 2 * inputs.layer >= inputs.depth:
        return replace(matching, combine="norm")
    grouping, none = matching.grouping, matching.source[:, :0]
    dropped = Grouping(grouping.group.scatter(1, matching.source, DROPPED), grouping.n_out)
    return Matching(dropped, none, none, matching.similarity[:, :0])
