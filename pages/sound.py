"""One sound through a merging Whisper: what is left of its tokens, and of its words."""

from explorer.sound import page

page.page()
