"""The model families that can be merged, and how each is entered."""
