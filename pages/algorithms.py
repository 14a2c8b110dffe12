"""Which tokens become one: the matching algorithms side by side on one cursor."""

from explorer.ui import algorithms_page

algorithms_page.page()
