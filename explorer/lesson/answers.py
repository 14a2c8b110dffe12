"""The answers that Matching gives to its questions, read from the source of its page for a search."""

import json
import re
from functools import cache

from explorer.web.modules import source

__all__ = ["answers"]

TEXT = r'"(?:[^"\\]|\\.)*"'
ANSWER = re.compile(rf"ask:\s+tr\(({TEXT})\),\s*text:\s+tr\(\s*({TEXT}(?:\s*\+\s*{TEXT})*)")


@cache
def answers() -> dict[str, str]:
    """Return question → answer, in English as the catalogues list it."""
    found = ANSWER.findall(source("lesson/answers"))
    return {json.loads(asked): "".join(map(json.loads, re.findall(TEXT, told))) for asked, told in found}
