"""What is not the fault of who asks has a status of the server's, and is tried again."""

import errno
import json

import pytest
from routes import answer, ask

from explorer.engine import hub

MODEL = "test_vit.r160_in1k"
ROUTES = {
    "record": {},
    "records": {"panels": "[{}]"},
    "figure": {"format": "txt"},
    "similarity": {"beside": "cat", "patch": 0},
}


@pytest.fixture
def asked(monkeypatch):
    """What is asked of a model hub that cannot be reached and has nothing in its cache."""
    found = []

    def unreachable(*_, **__):
        found.append("hub")
        raise OSError("no route")

    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub.socket, "create_connection", unreachable)
    return found


@pytest.mark.parametrize(("path", "more"), ROUTES.items())
def test_a_hub_out_of_reach_is_asked_again_by_the_next_request(path, more, asked):
    for count in (1, 2):
        told = answer(path, model=MODEL, **more)
        assert (told.status, told.headers["retry-after"]) == (503, "10")
        (error,) = json.loads(told.content)["errors"]
        assert error.keys() == {"rule"}
        assert error["rule"].startswith(f"{MODEL} was not loaded: the model hub cannot be reached")
        assert len(asked) == count


def test_a_disk_that_is_full_while_weights_are_stored_is_507(asked, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hub, "_check_reachable", lambda: None)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", full)
    told = answer("record", model=MODEL)
    assert (told.status, told.headers["retry-after"]) == (507, "60")
    rule = f"{MODEL} was not loaded: the disk of this server is full."
    assert json.loads(told.content) == {"errors": [{"rule": rule}]}


def test_a_model_that_the_hub_lacks_is_still_the_fault_of_its_name(asked, monkeypatch):
    def lacking(*_, **__):
        raise type("RepositoryNotFoundError", (OSError,), {})

    monkeypatch.setattr(hub, "_check_reachable", lambda: None)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lacking)
    status, content = ask("record", model=MODEL)
    (error,) = json.loads(content)["errors"]
    assert (status, error["parameter"], error["got"]) == (422, "model", MODEL)


def test_the_document_names_both_states_of_the_server_with_the_time_to_come_again():
    for told in json.loads(ask("openapi.json")[1])["paths"].values():
        answers = told["get"]["responses"]
        assert [list(answers[status]["headers"]) for status in ("503", "507")] == [["Retry-After"], ["Retry-After"]]
