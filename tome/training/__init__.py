"""``python -m tome.training``; the code is in ``tome.lab.training``."""
