"""Sentence embeddings with merging, from packaged weights."""
