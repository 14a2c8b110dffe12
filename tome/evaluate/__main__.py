"""``python -m tome.evaluate``: see ``tome.lab.evaluate``."""

from tome.lab.boundary import launch

if __name__ == "__main__":
    launch("tome.lab.evaluate.__main__")
