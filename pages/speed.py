"""What merging buys: throughput and likeness, measured on the machine that runs this app."""

from explorer.speed import page

page.page()
