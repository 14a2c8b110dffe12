"""Whisper with merged sounds: weights that need no hub, log-mel features, and how many words change."""
