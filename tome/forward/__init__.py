"""One forward through a model's blocks, with a merge between attention and MLP of each."""
