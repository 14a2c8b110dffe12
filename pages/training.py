"""Merging while training: a small run to watch, a ViT's training step timed, and MAE."""

from explorer.ui import training_page

training_page.page()
