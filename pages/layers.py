"""One photo through a merging ViT, layer by layer."""

from explorer.layers import page

page.page()
