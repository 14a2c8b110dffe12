"""``python -m tome.benchmark``: see ``tome.lab.benchmark``."""

from tome.lab.boundary import launch

if __name__ == "__main__":
    launch("tome.lab.benchmark.__main__")
