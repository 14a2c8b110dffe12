"""``python -m tome.benchmark``: see ``tome.lab.benchmark``."""

from tome.lab.benchmark.__main__ import main

if __name__ == "__main__":
    main()
