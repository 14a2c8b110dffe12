"""One text through a merging sentence model: which words become one token, and how far the embedding moves."""

from explorer.text import page

page.page()
