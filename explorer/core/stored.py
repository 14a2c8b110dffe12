"""The first sample's story, kept in the repository: something true to see before torch is imported."""

import json
from pathlib import Path

from explorer.core.images import load, sample_pictures
from explorer.core.story import Story, portrait, tell
from explorer.core.views import fit

__all__ = ["SIDE", "R", "compute", "stored"]

STORED = Path(__file__).with_name("stored_story.json")
SIDE = 224
R = 16


def stored() -> Story:
    """The dog through the embedded model at 224 px with r = 16, as computed when this version was made."""
    return json.loads(STORED.read_text())


def compute() -> Story:
    """The same, computed now."""
    from explorer.core.forward import begin, forward
    from explorer.core.models import EMBEDDED
    from explorer.core.models import load as load_model
    from explorer.core.runs import Job
    from tome import MergeConfig

    backbone = load_model(EMBEDDED)
    name, path = sample_pictures()[0]
    picture = load(path.read_bytes(), path.name)
    view = fit(picture, backbone.patch, (SIDE // backbone.patch) ** 2)
    config = MergeConfig(r=R)
    outcome = forward(backbone, begin(backbone, picture, view, [config]), config, Job(name, compute))
    return tell(portrait(picture, view), outcome.trace, f"{backbone.label} · {SIDE} px · r = {R}")


if __name__ == "__main__":
    STORED.write_text(json.dumps(compute(), separators=(",", ":")) + "\n")
