"""The opening records, kept in the repository: shown before torch is imported."""

import json
from functools import cache
from pathlib import Path

from explorer.records.query import Query
from explorer.records.schema import Record

__all__ = ["CLIP", "DEFAULT", "STORED", "compute", "stored"]

DEFAULT = Query()
"""opening query of the page Layers"""
CLIP = Query(clip="bunny", r=112)
"""opening query of the page Video"""
STORED = {DEFAULT: "stored.json", CLIP: "stored_clip.json", Query(clip="dog-pan", r=112): "stored_clip_pan.json"}
"""query → file"""


@cache
def stored(query: Query = DEFAULT) -> Record:
    """Return the stored record of one of STORED."""
    return Record.model_validate_json(_path(query).read_bytes())


def compute(query: Query = DEFAULT) -> Record:
    """Compute the record of one of STORED."""
    from explorer.engine.engine import Engine
    from explorer.engine.task import Task
    from explorer.records.service import Records

    records = Records(Engine())
    source = records.source(query, wait=300)
    return records.run(source, query.config, Task("stored"))


def _path(query: Query) -> Path:
    return Path(__file__).with_name(STORED[query])


if __name__ == "__main__":
    for query in STORED:
        _path(query).write_text(json.dumps(compute(query).model_dump(mode="json"), separators=(",", ":")) + "\n")
