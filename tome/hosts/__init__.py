"""The model families that can be merged: the protocol, and a host for each family."""
