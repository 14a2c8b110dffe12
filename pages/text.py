"""One text through a merging sentence model: which words become one token, and how far the embedding moves."""

from explorer.ui import prose

prose.page()
