"""Merging while training: a small run to watch, a ViT's training step timed, and MAE."""

from explorer.training import page

page.page()
