"""``python -m tome.training``: see ``tome.lab.training``."""

from tome.lab.training.__main__ import main

if __name__ == "__main__":
    main()
