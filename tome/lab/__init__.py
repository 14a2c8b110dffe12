"""Measurements on the library: speed, accuracy, training."""
