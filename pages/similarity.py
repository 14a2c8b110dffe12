"""What is compared, and how: feature × metric, side by side on one cursor."""

from explorer.ui import similarity_page

similarity_page.page()
