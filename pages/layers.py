"""One photo through a merging ViT, layer by layer."""

from explorer.ui import layers_page

layers_page.page()
