"""What no run could answer is refused before it is queued, by parameter, rule and value, on every route."""

import json

import pytest
from routes import answer, ask

from explorer.engine.models import EMBEDDED
from explorer.engine.packaged import MINILM
from explorer.records.service import service
from tome.matching import ALGORITHMS

SMALL = {"model": "random:test_vit", "size": 56}
LONG = json.dumps([1] * 13)
WRONG = [
    '{"iterations": 0}', '{"iterations": -3}', '{"iterations": 2147483647}', '{"iterations": true}', '{"iterations": 2.5}',
    '{"iterations": null}', '{"iterations": [2]}', '{"linkage": "x"}', '{"linkage": 3}', '{"threshold": "high"}',
    '{"threshold": 1e999}', '{"threshold": NaN}', '{"threshold": -Infinity}', '{"rounds": 3}', '{"": 1}', "[1]", "5", '"x"', "x",
    "{" * 5000, "[" * 100_000,
]  # fmt: skip
"""params of no algorithm"""


@pytest.fixture(scope="module", autouse=True)
def _models():
    for key in (EMBEDDED, MINILM, SMALL["model"]):
        assert service().engine.model(key).done.wait(300)


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """What is queued."""
    found, ask_for = [], service().tasks.ask

    def watched(client, subject, *more, **options):
        found.append(subject)
        return ask_for(client, subject, *more, **options)

    monkeypatch.setattr(service().tasks, "ask", watched)
    return found


def refused(path: str, **query: object) -> tuple[int, dict]:
    status, content = ask(path, **query)
    return status, json.loads(content)["errors"][0]  # of r, one for each form that it may have


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("params", WRONG, ids=lambda text: text[:40])
def test_wrong_params_of_any_algorithm_are_refused_by_every_route(algorithm, params, queued):
    asked = {**SMALL, "algorithm": algorithm, "params": params}
    for path, more in {"record": {}, "records": {"panels": "[{}]"}, "figure": {}, "similarity": BESIDE}.items():
        status, error = refused(path, **asked, **more)
        assert (status, error["parameter"]) == (422, "params")
        assert error["rule"].startswith("params ") or "dictionary" in error["rule"]
        assert error["got"] in params
    assert queued == []


BESIDE = {"beside": "cat", "patch": 1}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_wrong_params_of_one_panel_are_refused_with_its_number(algorithm, queued):
    for params in ({"iterations": 0}, {"linkage": "x"}, {"threshold": "high"}):
        panels = json.dumps([{}, {"algorithm": algorithm, "params": params}])
        for path in ("records", "figure"):
            status, error = refused(path, **SMALL, panels=panels)
            assert (status, error["parameter"]) == (422, "panels")
            assert "panel 1: params of algorithm" in error["rule"]
    assert queued == []


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("record", {}), ("record", {"clip": "bunny", "frames": 4, "size": 56}), ("record", {"text": "sea"}),
        ("record", {"clip": "bunny", "frames": 4, "size": 56, "attention": "frames-apart"}),
        ("figure", {}), ("records", {"panels": "[{}]"}), ("similarity", BESIDE),
    ],
)  # fmt: skip
def test_more_r_than_blocks_is_refused_before_anything_is_queued(path, more, queued):
    blocks = 6 if "text" in more else 12
    status, error = refused(path, r=LONG, **more)
    assert (status, error["parameter"], error["got"]) == (422, "r", LONG)
    assert error["rule"] == f"r must name at most one number for each of the {blocks} blocks; it names 13"
    assert queued == []


def test_a_panel_of_a_figure_with_more_r_than_blocks_is_refused_with_its_number(queued):
    status, error = refused("figure", panels=f'[{{}}, {{"r": {LONG}}}]')
    assert (status, error["parameter"], error["got"]) == (422, "panels", LONG)
    assert "panel 1: r must name at most one number for each of the 12 blocks" in error["rule"]
    assert queued == []


def test_a_panel_that_cannot_run_fails_alone_among_records():
    status, content = ask("records", size=56, r=3, panels=f'[{{"r": {LONG}}}, {{}}]', layer=4)
    told = [json.loads(line) for line in content.splitlines()]
    assert (status, told[-1]) == (200, {"end": True})
    panels = [line for line in told if "panel" in line]
    assert "r must name at most one number" in next(line["error"] for line in panels if line["panel"] == 0)
    (record,) = (line["record"] for line in panels if line["panel"] == 1)
    assert len(record["layers"]) == 13


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r", "9" * 400 + ",-1"), ("r", "[" * 100_000), ("r", "9" * 5000), ("r", "1000000001"), ("r", "8,nan"), ("r", "[1.5]"),
        ("panels", "[" * 100_000), ("titles", "[" * 100_000), ("panels", "[null]"), ("panels", '[{"seed": 99999999999}]'),
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_odd_numbers_and_deep_brackets_are_refused(name, text):
    status, error = refused("figure", **SMALL, **{name: text})
    assert (status, error["parameter"]) == (422, name)


@pytest.mark.parametrize(
    ("path", "asked", "parameter", "rule"),
    [
        ("record", {"r": [8, 9]}, "r", "must be given once"),
        ("record", {"sample": ["dog", "dog"]}, "sample", "must be given once"),
        ("record", {"sample": "dog", "clip": "bunny"}, "sample", "must be left out beside clip: it has no effect"),
        ("record", {"sample": "dog", "text": "sea"}, "sample", "must be left out beside text: it has no effect"),
        ("record", {"sample": "dog", "photo": "0" * 64}, "sample", "must be left out beside photo: it has no effect"),
        ("photo", {"sample": "dog", "photo": "0" * 64}, "sample", "must be left out beside photo: it has no effect"),
        ("record", {"frames": 6}, "frames", "must be left out without clip: it has no effect"),
        ("figure", {"attention": "joint"}, "attention", "must be left out without clip: it has no effect"),
        ("records", {"panels": "[{}]", "start": 0}, "start", "must be left out without clip: it has no effect"),
        ("similarity", {**BESIDE, "seconds": 2}, "seconds", "must be left out without clip: it has no effect"),
        ("record", {"sound": "jfk", "frames": 6}, "frames", "must be left out beside sound: it has no effect"),
        ("record", {"sound": "jfk", "seconds": 6}, "seconds", "must be left out beside sound: it has no effect"),
        ("record", {"text": "sea", "size": 112}, "size", "must be left out beside text: it has no effect"),
        ("record", {"text": "sea", "model": "embedded"}, "model", "must be left out beside text: it has no effect"),
        ("photo", {"sample": "dog", "r": 8}, "r", "must be left out: this answer depends on sample and photo"),
        ("model", {"sample": "dog"}, "sample", "must be left out: this answer depends on model"),
        ("sound", {"sound": "jfk", "size": 56}, "size", "must be left out: this answer depends on sound and seconds"),
    ],
)  # fmt: skip
def test_a_parameter_given_twice_or_without_effect_is_refused(path, asked, parameter, rule, queued):
    status, error = refused(path, **asked)
    assert (status, error["parameter"], error["rule"]) == (422, parameter, rule)
    assert queued == []


def test_the_document_names_for_each_route_what_its_answer_depends_on():
    paths = json.loads(ask("openapi.json")[1])["paths"]
    names = {
        path.rsplit("/", 1)[1]: {each["name"] for each in told["get"]["parameters"]} for path, told in paths.items()
    }
    assert (names["photo"], names["model"]) == ({"sample", "photo"}, {"model"})
    assert names["sound"] == names["spectrogram"] == {"sound", "seconds"}
    assert {"sample", "r", "frames"} < names["record"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("path", ["record", "model", "openapi.json", "ready"])
def test_another_method_is_refused_in_json_with_those_allowed(path, method):
    told = answer(path, method)
    assert (told.status, told.headers["allow"]) == (405, "GET, HEAD")
    assert json.loads(told.content) == {"errors": [{"rule": "the method must be GET or HEAD", "got": method}]}
    assert told.headers["x-content-type-options"] == "nosniff"


def test_another_method_on_no_route_is_404():
    assert answer("nothing/here", "POST").status == 404


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("spectrogram", {"sound": "jfk", "seconds": 10.24}), ("sound", {"sound": "jfk", "seconds": 10.24}),
        ("frames", {"clip": "bunny", "frames": 4, "start": 1, "seconds": 2}), ("photo", {"sample": "cat"}),
    ],
)  # fmt: skip
def test_the_addresses_in_records_are_answered(path, query):
    assert ask(path, **query)[0] == 200
