"""The argument for token merging in ten stops, each beside a live view on the embedded model."""

from explorer.article import page

page.page()
