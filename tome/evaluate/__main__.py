"""``python -m tome.evaluate``: see ``tome.lab.evaluate``."""

from tome.lab.evaluate.__main__ import main

if __name__ == "__main__":
    main()
