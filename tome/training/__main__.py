"""``python -m tome.training``: see ``tome.lab.training``."""

from tome.lab.boundary import launch

if __name__ == "__main__":
    launch("tome.lab.training.__main__")
