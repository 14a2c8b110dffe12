"""Merging against pruning at equal tokens: what is lost, and what content-dependent pruning costs."""

from explorer.ui import prune_or_merge_page

prune_or_merge_page.page()
