"""A story as one file: whole, closed to the network, and made from hostile names without harm."""

import json
import re
from base64 import b64encode
from hashlib import sha256

import corpus
import pytest

from explorer.export.standalone import web_page
from explorer.records.stored import stored as stored_record


def stored() -> dict:
    return stored_record().model_dump(mode="json")


def part(page: str, start: str, end: str) -> str:
    return page.split(start, 1)[1].split(end, 1)[0]


def test_the_page_holds_the_story_and_the_cursor():
    story = stored()
    record = json.loads(part(web_page(story, layer=6, fill="size"), 'id="record">', "</script>"))
    assert record["panels"] == [story]
    assert (record["layer"], record["fill"]) == (6, "size")


def test_the_policy_allows_this_script_only_and_no_request():
    page = web_page(stored())
    code = part(page, '<script type="module">', "</script>")
    policy = part(page, 'Content-Security-Policy" content="', '"')
    assert b64encode(sha256(code.encode()).digest()).decode() in policy
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "import " not in code


@pytest.mark.parametrize("name", corpus.hostile_names())
def test_a_hostile_name_is_text_in_the_page(name):
    plain, hostile = (web_page({**stored(), "name": each, "caption": each}) for each in ("dog", name))
    tags = re.compile(r"<[a-zA-Z/!][^>]*>")
    assert tags.findall(hostile) == tags.findall(plain)
    assert json.loads(part(hostile, 'id="record">', "</script>"))["panels"][0]["name"] == name
