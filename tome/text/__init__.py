"""Sentence embeddings with merged words, from weights that need no hub."""
