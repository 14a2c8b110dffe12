"""The opening records: they come at once, whatever the engine does."""

import json
from types import SimpleNamespace

import pytest
from routes import ask

from explorer.records.service import service
from explorer.records.stored import STORED, stored


@pytest.mark.parametrize("query", STORED, ids=lambda query: query.clip or query.sample)
def test_an_opening_record_does_not_wait_for_the_model_that_loads(monkeypatch, query):
    def wait(key):
        pytest.fail("waited for a model")

    monkeypatch.setattr(service(), "engine", SimpleNamespace(started=True, model=wait))
    status, body = ask("record", **query.model_dump(exclude_defaults=True))
    assert status == 200
    assert json.loads(body) == stored(query).model_dump(mode="json")
