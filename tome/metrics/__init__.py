"""Cost and fidelity of merging."""
