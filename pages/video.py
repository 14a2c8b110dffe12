"""One clip through a merging ViT: frames, layers and tokens that live in many frames."""

from explorer.video import page

page.page()
