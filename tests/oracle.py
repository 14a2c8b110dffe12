"""Reference implementations of all algorithms: slow plain loops over the tokens of one image.

Tokens are lists of numbers and count from 0, prefix left out.  Every oracle takes a Problem and answers with leaders:
``{token: its representative}``, which may be the token itself; a missing token was dropped.  No tensors, no
batches, no clever indexing; only random numbers (``order``, ``noise``) come from the inputs.
"""

from dataclasses import dataclass
from itertools import combinations, permutations
from math import exp, expm1, hypot, inf, sqrt

import numpy as np

Leaders = dict[int, int]
Table = list[list[float]]


@dataclass
class Problem:
    x: Table
    size: list[float]
    attention: list[float]
    r: int
    metric: str
    a: list[int]
    b: list[int]
    layer: int
    depth: int
    order: list[int]
    noise: list[float]
    merging: list[int]
    """A tokens as indices into ``a``, in random order"""
    joined: list[int]
    """random indices into ``b`` for the first r of these"""

    @property
    def tokens(self) -> range:
        return range(len(self.x))

    @property
    def left(self) -> int:
        """Return the number of groups."""
        return len(self.x) - self.r


# Similarity of two tokens


def closeness(u: list[float], v: list[float], metric: str) -> float:
    dot = sum(p * q for p, q in zip(u, v, strict=True))
    if metric == "cosine":
        lengths = hypot(*u) * hypot(*v)
        return dot / lengths if lengths else 0.0
    if metric == "euclidean":
        return -sqrt(sum((p - q) ** 2 for p, q in zip(u, v, strict=True)))
    return dot


def score(rows: Table, columns: Table, metric: str) -> Table:
    table = [[closeness(u, v, metric) for v in columns] for u in rows]
    if metric == "softmax":
        powers = [[exp(dot / sqrt(len(rows[0]))) for dot in row] for row in table]
        table = [[power / sum(row) for power in row] for row in powers]
    return table


def similarity(p: Problem) -> Table:
    s = score(p.x, p.x, p.metric)
    return [[(s[i][j] + s[j][i]) / 2 for j in p.tokens] for i in p.tokens]


def distance(s: Table) -> Table:
    top = max(max(row) for row in s)
    return [[0.0 if i == j else top - value for j, value in enumerate(row)] for i, row in enumerate(s)]


def best(tokens: list[int], value) -> int:
    """The token with the largest value; the first of equals."""
    winner = tokens[0]
    for token in tokens:
        if value(token) > value(winner):
            winner = token
    return winner


def highest(values: list[float]) -> list[int]:
    """Positions by value, the largest first; the earlier of equals first."""
    return sorted(range(len(values)), key=lambda i: (-values[i], i))


# Matching


def bipartite(p: Problem) -> Leaders:
    s = score([p.x[i] for i in p.a], [p.x[j] for j in p.b], p.metric)
    edges = []
    for row, source in zip(s, p.a, strict=True):
        column = best(list(range(len(p.b))), lambda j, row=row: row[j])
        edges.append((row[column], source, p.b[column]))
    edges.sort(key=lambda edge: -edge[0])
    leaders = {token: token for token in p.tokens}
    for _, source, destination in edges[: p.r]:
        leaders[source] = destination
    return leaders


def greedy(p: Problem) -> Leaders:
    s = similarity(p)
    free, leaders = list(p.tokens), {token: token for token in p.tokens}
    for _ in range(p.r):
        pairs = list(combinations(free, 2))
        first, second = pairs[best(list(range(len(pairs))), lambda k, pairs=pairs: s[pairs[k][0]][pairs[k][1]])]
        leaders[second] = first
        free = [token for token in free if token not in (first, second)]
    return leaders


def random_merge(p: Problem) -> Leaders:
    leaders = {token: token for token in p.tokens}
    for source, destination in zip(p.merging, p.joined, strict=False):
        leaders[p.a[source]] = p.b[destination]
    return leaders


def threshold_merge(p: Problem, threshold: float = 0.9) -> Leaders:
    s = score([p.x[i] for i in p.a], [p.x[j] for j in p.b], p.metric)
    best = {p.a[i]: max(row) for i, row in enumerate(s)}
    return {token: leader if best.get(token, 0) > threshold else token for token, leader in bipartite(p).items()}


def adjacent_merge(p: Problem) -> Leaders:
    s, leaders = similarity(p), {token: token for token in p.tokens}
    pairs = sorted(((i, i + 1) for i in p.tokens[:-1]), key=lambda pair: -s[pair[0]][pair[1]])
    taken: list[tuple[int, int]] = []
    for pair in pairs:
        single = [i for i in p.tokens if all(i not in other for other in [*taken, pair])]
        if not any(i in other for i in pair for other in taken) and len(taken) + 1 + most_pairs(single) >= p.r:
            taken.append(pair)
    for first, second in taken[: p.r]:
        leaders[second] = first
    return leaders


def most_pairs(tokens: list[int]) -> int:
    """Return the largest number of disjoint pairs of neighbours among ``tokens``, from left to right."""
    if len(tokens) < 2:
        return 0
    together = tokens[1] == tokens[0] + 1
    return together + most_pairs(tokens[2:] if together else tokens[1:])


def optimal(p: Problem) -> Leaders:
    """Try all one-to-one choices of r edges."""
    s = score([p.x[i] for i in p.a], [p.x[j] for j in p.b], p.metric)
    record, edges = -inf, ()
    for rows in combinations(range(len(p.a)), p.r):
        for columns in permutations(range(len(p.b)), p.r):
            total = sum(s[i][j] for i, j in zip(rows, columns, strict=True))
            if total > record:
                record, edges = total, zip(rows, columns, strict=True)
    return {**{token: token for token in p.tokens}, **{p.a[i]: p.b[j] for i, j in edges}}


def greedy_total_on_split(p: Problem) -> float:
    """Total similarity of the best edge between A and B, then the best of the rest, and so on: r edges."""
    s = score([p.x[i] for i in p.a], [p.x[j] for j in p.b], p.metric)
    edges = sorted(((s[i][j], i, j) for i in range(len(p.a)) for j in range(len(p.b))), reverse=True)
    total, used_a, used_b = 0.0, set(), set()
    for value, i, j in edges:
        if i not in used_a and j not in used_b and len(used_a) < p.r:
            total += value
            used_a.add(i)
            used_b.add(j)
    return total


# Clustering


def led_by_medoids(p: Problem, label: list[int]) -> Leaders:
    """Represent each cluster by its member with the largest sum of similarities to the others."""
    s, leaders = similarity(p), {}
    for cluster in set(label):
        members = [i for i in p.tokens if label[i] == cluster]
        medoid = best(members, lambda i, members=members: sum(s[i][j] for j in members if j != i))
        leaders.update(dict.fromkeys(members, medoid))
    return leaders


def unit(u: list[float]) -> list[float]:
    length = hypot(*u)
    return [c / length for c in u] if length else u


def mean(x: Table, weight: list[float]) -> list[float]:
    return [sum(w * u[c] for u, w in zip(x, weight, strict=True)) / sum(weight) for c in range(len(x[0]))]


def lloyd(x: Table, weight: list[float], start: list[int], metric: str, rounds: int) -> list[int]:
    """k-means from the tokens ``start``; an empty cluster takes the worst placed token that its cluster can spare."""
    tokens, clusters = range(len(x)), range(len(start))
    centres = [x[i] for i in start]
    for _ in range(rounds):
        s = score(x, centres, metric)
        label = [best(list(clusters), lambda c, row=row: row[c]) for row in s]
        close = [s[i][label[i]] for i in tokens]
        empty = [c for c in clusters if c not in label]
        needed = [best([i for i in tokens if label[i] == c], close.__getitem__) for c in set(label)]
        spare = [i for i in reversed(highest(close)) if i not in needed]
        for c, i in zip(empty, spare, strict=False):
            label[i] = c
        members = [[i for i in tokens if label[i] == c] for c in clusters]
        centres = [mean([x[i] for i in m], [weight[i] for i in m]) for m in members]
    return label


def kmeans(p: Problem, rounds: int = 5) -> Leaders:
    x = [unit(u) for u in p.x] if p.metric == "cosine" else p.x
    return led_by_medoids(p, lloyd(x, p.size, sorted(p.order[: p.left]), p.metric, rounds))


def kmeans2(p: Problem) -> Leaders:
    return kmeans(p, rounds=2)


def far_apart(d: Table, first: int, count: int) -> list[int]:
    chosen = [first]
    while len(chosen) < count:
        rest = [i for i in range(len(d)) if i not in chosen]
        chosen.append(best(rest, lambda i: min(d[i][j] for j in chosen)))
    return chosen


def kmedoids(p: Problem) -> Leaders:
    d = distance(similarity(p))
    medoids = far_apart(d, p.order[0], p.left)
    for _ in range(3):
        clusters = {m: [m] for m in medoids}
        for i in p.tokens:
            if i not in medoids:
                clusters[best(medoids, lambda m, i=i: -d[i][m])].append(i)
        clusters = [sorted(members) for members in clusters.values()]
        medoids = [best(m, lambda i, m=m: -sum(p.size[j] * d[i][j] for j in m)) for m in clusters]
    return {i: medoid for medoid, members in zip(medoids, clusters, strict=True) for i in members}


def agglomerative(p: Problem, linkage=lambda values: sum(values) / len(values)) -> Leaders:
    d = distance(similarity(p))
    clusters = [[i] for i in p.tokens]
    for _ in range(p.r):
        pairs = list(combinations(clusters, 2))
        gaps = [linkage([d[i][j] for i in one for j in other]) for one, other in pairs]
        one, other = pairs[gaps.index(min(gaps))]
        clusters = [c for c in clusters if c not in (one, other)] + [one + other]
    label = {i: number for number, members in enumerate(clusters) for i in members}
    return led_by_medoids(p, [label[i] for i in p.tokens])


def agglomerative_complete(p: Problem) -> Leaders:
    return agglomerative(p, linkage=max)


def agglomerative_single(p: Problem) -> Leaders:
    return agglomerative(p, linkage=min)


def spectral(p: Problem) -> Leaders:
    d = distance(similarity(p))
    gaps = [min(d[i][j] for j in p.tokens if j != i) for i in p.tokens]
    sigma = max(sum(gaps) / len(gaps), 1e-6)
    w = [[exp(-((gap / sigma) ** 2)) for gap in row] for row in d]
    degree = [sum(row) for row in w]
    normalised = [[w[i][j] / sqrt(degree[i] * degree[j]) for j in p.tokens] for i in p.tokens]
    vectors = np.linalg.eigh(normalised)[1]  # the only step without a loop: columns, the largest eigenvalue last
    place = [unit([float(c) for c in row[p.r :]]) for row in vectors]
    start = far_apart(distance(score(place, place, "cosine")), p.order[0], p.left)
    return led_by_medoids(p, lloyd(place, [1.0] * len(place), start, "cosine", rounds=5))


def pitome(p: Problem) -> Leaders:
    s, margin = similarity(p), 0.75 * (1 - p.layer / p.depth)
    above = [[value - margin for value in row] for row in s]
    energy = [sum(v if v > 0 else expm1(v) for v in row) / len(row) for row in above]
    rank = highest(energy)[: 2 * p.r]
    leaders = {token: token for token in p.tokens}
    for source in rank[0::2]:
        leaders[source] = best(rank[1::2], lambda j, source=source: s[source][j])
    return leaders


def dpc_knn(p: Problem) -> Leaders:
    d = [[gap / sqrt(len(p.x[0])) for gap in row] for row in distance(similarity(p))]
    density = []
    for i in p.tokens:
        nearest = sorted(d[i])[:5]
        density.append(exp(-sum(gap**2 for gap in nearest) / len(nearest)) + 1e-6 * p.noise[i])
    peak = []
    for i in p.tokens:
        to_denser = [d[i][j] for j in p.tokens if density[j] > density[i]]
        peak.append(density[i] * (min(to_denser) if to_denser else max(max(row) for row in d)))
    centres = sorted(highest(peak)[: p.left])
    return {i: i if i in centres else best(centres, lambda c, i=i: -d[i][c]) for i in p.tokens}


# Pruning


def kept(tokens: list[int]) -> Leaders:
    return {token: token for token in tokens}


def random_prune(p: Problem) -> Leaders:
    return kept(p.order[p.r :])


def attention_prune(p: Problem) -> Leaders:
    return kept(highest(p.attention)[: p.left])


def tofu(p: Problem) -> Leaders:
    leaders = bipartite(p)
    stays = [token for token in p.tokens if leaders[token] == token]
    return kept(stays) if p.layer < p.depth / 2 else leaders


def evit(p: Problem) -> Leaders:
    rank = highest(p.attention)
    alone, fused = rank[: p.left - 1], rank[p.left - 1 :]
    return {**kept(alone), **dict.fromkeys(fused, fused[0])}


def dynamic_prune(problems: list[Problem]) -> list[Leaders]:
    """Find one share for all images: try each share at which some image needs one more token, in ascending order."""
    asked = []
    for image, p in enumerate(problems):
        held = 0.0
        for rank, token in enumerate(highest(p.attention)):
            asked.append((held / sum(p.attention), rank, image, token))
            held += p.attention[token]
    allowed = sum(p.left for p in problems)
    granted = sorted(asked)[:allowed]
    return [kept([token for _, _, at, token in granted if at == image]) for image in range(len(problems))]


# Combining: the value of one merged token, from its members


def combined(p: Problem, rule: str, members: list[int], leader: int, x: Table) -> list[float]:
    values, sizes = [x[i] for i in members], [p.size[i] for i in members]
    if len(members) == 1:
        return x[leader]
    if rule == "weighted":
        return mean(values, sizes)
    if rule == "mean":
        return mean(values, [1.0] * len(values))
    if rule == "max":
        return [max(column) for column in zip(*values, strict=True)]
    if rule == "keep":
        return x[leader]
    if rule == "sum":
        return [sum(p.attention[i] * x[i][c] for i in members) for c in range(len(values[0]))]
    direction = unit(mean(values, sizes))
    return [max(hypot(*value) for value in values) * c for c in direction]
