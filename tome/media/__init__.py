"""Clips and sounds: decoding in a worker process, front ends of sound, weights of Whisper."""
