"""``python -m tome.benchmark``; the code is in ``tome.lab.benchmark``."""
