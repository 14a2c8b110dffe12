"""The names of ``tome.metrics.fidelity``, under their public module."""

from tome.metrics.fidelity import Fidelity, agreement, fidelity, plain

__all__ = ["Fidelity", "agreement", "fidelity", "plain"]
