"""JavaScript types of a record, written from its schema: `python -m explorer.records.types`."""

from pathlib import Path
from typing import Any

from explorer.records.schema import Record

__all__ = ["FILE", "typedefs"]

FILE = Path(__file__).parents[1] / "web" / "viewer" / "record_types.js"
HEAD = "// Written by explorer/records/types.py from the schema of a record; do not edit.\n"
NAMES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def typedefs() -> str:
    """Return a JSDoc typedef for every model of the schema."""
    schema = Record.model_json_schema(mode="serialization")
    models = {**schema["$defs"], "Record": schema}
    return HEAD + "".join(_typedef(name, model) for name, model in models.items()) + "\nexport {};\n"


def _typedef(name: str, model: dict[str, Any]) -> str:
    lines = [f" * @property {{{_type(field)}}} {key}\n" for key, field in model["properties"].items()]
    return f"\n/**\n * @typedef {{object}} {name}\n{''.join(lines)} */\n"


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return field["$ref"].rsplit("/", 1)[-1]
    if "const" in field:
        return str(field["const"])
    if "anyOf" in field:
        return "|".join(_type(each) for each in field["anyOf"])
    if "prefixItems" in field:
        return f"[{', '.join(_type(each) for each in field['prefixItems'])}]"
    if field["type"] == "array":
        return f"Array<{_type(field['items'])}>"
    return NAMES[field["type"]]


if __name__ == "__main__":
    FILE.write_text(typedefs())
