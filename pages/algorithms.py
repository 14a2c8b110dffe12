"""Which tokens become one: the matching algorithms side by side on one cursor."""

from explorer.labs import algorithms

algorithms.page()
