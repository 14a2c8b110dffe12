"""Whisper with merging: packaged weights, log-mel features, and word changes."""
