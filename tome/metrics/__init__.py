"""What merging saves, and what it changes."""
