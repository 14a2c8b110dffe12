"""The routes against their own OpenAPI document: whatever is asked, an answer that the document knows."""

import json
import sys
import time
from collections import Counter

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from routes import APP, ask
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS as KNOWN
from schemathesis.checks import load_all_checks

from explorer.api.asked import OF
from explorer.engine.models import EMBEDDED
from explorer.engine.packaged import MINILM
from explorer.records.service import service

KINDS = ("sample", "clip", "sound", "text")
NAMES = {
    "sample": ["dog", "cat", "owl"],
    "beside": ["cat", "owl"],
    "clip": ["bunny", "dog-pan"],
    "sound": ["jfk", "directory"],
    "text": ["sea", "bread"],
    "model": ["embedded", "random:test_vit"],
    "algorithm": ["bipartite", "pitome", "random_prune", "threshold_merge", "adjacent_merge", "kmeans"],
}
"""values that are there: chance finds none"""
load_all_checks()
CHECKS = KNOWN.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
)
PATIENCE = 60
"""seconds: what takes longer hangs"""
SMALL = {"size": (56, 112), "frames": (4, 5), "width": (320, 400)}


def document(kind: str = "") -> dict:
    """The document as it is served; with a ``kind`` of sample only what is there of it, and little to compute."""
    status, body = ask("openapi.json")
    assert status == 200
    told = json.loads(body)
    for path in told["paths"].values() if kind else ():
        others = {
            *KINDS,
            "photo",
            "clip" if kind in ("sound", "text") else "",
            "model" if kind == "sound" else "",
            *(name for name, of in OF.items() if kind not in of),
        }
        kept = [each for each in path["get"]["parameters"] if each["name"] not in others - {kind}]
        for parameter in kept:
            if parameter["name"] in NAMES:
                parameter["schema"] = {"enum": NAMES[parameter["name"]]}
            elif parameter["name"] in SMALL:
                parameter["schema"] = dict(
                    zip(("minimum", "maximum"), SMALL[parameter["name"]], strict=True), type="integer"
                )
            parameter["required"] |= parameter["name"] == kind
        path["get"]["parameters"] = kept
    return told


def fuzz(count: int, kinds: tuple[str, ...] = KINDS, number: int = 0) -> tuple[Counter, float]:
    """Ask ``count`` times; return how often each status came, and the slowest in seconds.  Raises on a wrong answer."""
    answers: Counter = Counter()
    slowest = 0.0

    def check(case) -> None:
        nonlocal slowest
        start = time.monotonic()
        response = case.call(timeout=PATIENCE)
        slowest = max(slowest, time.monotonic() - start)
        answers[response.status_code] += 1
        assert response.status_code < 500 or response.status_code in (503, 507), (case.as_curl_command(), response.text)
        case.validate_response(response, checks=CHECKS)

    good, bad = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
    ways = [("", good), ("", bad), *((kind, good) for kind in kinds)]
    for kind, mode in ways:
        schema = schemathesis.openapi.from_dict(document(kind))
        schema.app = APP
        operations = [each.ok() for each in schema.get_all_operations()]
        for operation in operations:
            part = -(-count // (len(ways) * len(operations)))
            strategy = operation.as_strategy(generation_mode=mode)
            limits = settings(
                max_examples=part, database=None, deadline=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            seed(number)(limits(given(strategy)(check)))()
    return answers, slowest


def ready() -> None:
    for key in (EMBEDDED, MINILM, "random:test_vit"):
        assert service().engine.model(key).done.wait(300)


def test_whatever_is_asked_is_answered_as_the_document_says():
    ready()
    answers, _ = fuzz(60, ("sample", "clip", "text"))
    assert answers[200] > 5
    assert answers[422] > 20


if __name__ == "__main__":  # python tests/api/test_api_fuzz.py 2000
    ready()
    print(*fuzz(int(sys.argv[1]), number=1))  # noqa: T201 - a command prints
