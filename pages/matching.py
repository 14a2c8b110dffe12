"""How one layer decides which tokens merge, one step at a time."""

from explorer.lesson import page

page.page()
