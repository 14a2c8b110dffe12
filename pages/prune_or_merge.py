"""Merging against pruning at equal tokens: what is lost, and what content-dependent pruning costs."""

from explorer.labs import prune_or_merge

prune_or_merge.page()
