"""What is compared, and how: feature × metric, side by side on one cursor."""

from explorer.labs import similarity

similarity.page()
