"""How one layer decides which tokens merge, one step at a time."""

from explorer.ui import matching_page

matching_page.page()
