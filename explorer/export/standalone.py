"""A story as one HTML file with the viewer, without a server."""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Any

from explorer.locale.language import TAGS, mark, speaking, tr
from explorer.web.joined import script
from explorer.web.modules import css

__all__ = ["web_page"]

ABOUT = mark("Every outline is one token at this layer. Drag the layer to see them merge. How it works:")
PAPER = "https://arxiv.org/abs/2210.09461"
FRAME = """
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem 1rem; font-family: system-ui, sans-serif; line-height: 1.5;
  background: #ffffff; color: #1d2126; }
h1 { font-size: 1.35rem; margin: 0 0 0.25rem; }
p { margin: 0 0 1rem; max-width: 42rem; }
a { color: inherit; }
@media (prefers-color-scheme: dark) { body { background: #121519; color: #eceff3; } }
"""
# Names are escaped; as a second line of defence, the policy allows only this script and no requests.
SHAPE = """<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: Token Merging</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{name}</h1>
<p>{about} <a href="{paper}" rel="noreferrer">Token Merging</a></p>
<div id="viewer"></div>
{caption}</main>
<script type="application/json" id="record">{record}</script>
<script type="module">{code}</script>
</body>
</html>
"""


def web_page(story: Mapping[str, Any], caption: str = "", language: str = "en", **start: Any) -> str:
    """Return the HTML of a page with ``story`` and a caption below it.

    ``start`` is the opening cursor: layer, pinned, fill, arrows, similarity; ``panels`` with ``titles`` for
    several; and ``heat``, their similarities to the pinned patch.  The file is self-contained: its policy forbids every request and every other script.
    """
    code = script("viewer/standalone", language)
    own = b64encode(sha256(code.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{own}'; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    with speaking(language):
        about = tr(ABOUT)
    return SHAPE.format(
        policy=policy,
        tag=TAGS[language],
        about=escape(about),
        name=escape(story["name"]),
        style=FRAME + css(),
        paper=PAPER,
        caption=f"<p>{escape(caption)}</p>\n" if caption else "",
        record=_json({"panels": [story], "titles": [], **start}),
        code=code,
    )


def _json(record: Any) -> str:
    """Return JSON that cannot end a script element or a line in it."""
    text = json.dumps(record, separators=(",", ":"))  # ASCII, hence without U+2028 and U+2029
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
