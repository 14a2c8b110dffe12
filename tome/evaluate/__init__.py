"""``python -m tome.evaluate``; the code is in ``tome.lab.evaluate``."""
