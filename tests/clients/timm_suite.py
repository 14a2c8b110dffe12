"""Run timm's own model tests with every model patched: ``python tests/clients/timm_suite.py PATH/tests/test_models.py``.

The file is of timm's repository, not of its package.  Of its cases those run that are about a model with a host and at
most seven million parameters, which takes three minutes to find out; ``--plain`` leaves them unpatched, for comparison.
"""

import sys
from contextlib import suppress
from pathlib import Path

import pytest
import timm
import torch

import tome

MOST_PARAMETERS = 7e6
_create = timm.create_model


def hosted() -> set[str]:
    """Return the names of timm's small models that can be patched."""
    names = set()
    for name in timm.list_models():
        try:
            with torch.device("meta"):
                model = _create(name)
            if sum(part.numel() for part in model.parameters()) <= MOST_PARAMETERS:
                tome.patch(model, r=0)
                names.add(name)
        except (TypeError, ValueError, RuntimeError, NotImplementedError):
            continue  # no host, or a model that cannot be built without values
    return names


def patched(name: str, *args, scriptable: bool = False, **options):
    """Create a model as timm does, and patch it where it has a host; TorchScript gets it as it is."""
    model = _create(name, *args, scriptable=scriptable, **options)
    if not scriptable:
        with suppress(TypeError):
            tome.patch(model, r=0)
    return model


class Hosted:
    """A pytest plugin that keeps the cases of some models."""

    def __init__(self, names: set[str]):
        self.names = names

    def pytest_collection_modifyitems(self, config, items):
        kept = [
            item
            for item in items
            if getattr(item, "callspec", None) and item.callspec.params.get("model_name") in self.names
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


if __name__ == "__main__":
    *options, file = sys.argv[1:]
    names = hosted()
    sys.stdout.write(f"{len(names)} models: {', '.join(sorted(names))}\n")
    if "--plain" not in options:
        timm.create_model = patched
    root = str(Path(file).resolve().parent)
    sys.exit(pytest.main(["-q", "-c", "/dev/null", "--rootdir", root, "-p", "no:cacheprovider", file], [Hosted(names)]))
