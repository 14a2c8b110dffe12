"""What merging buys: throughput and likeness, measured on the machine that runs this app."""

from explorer.ui import speed_page

speed_page.page()
