"""The route of figures: what it answers, what it refuses, and that a file opens its view again."""

import json
import re
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from routes import ask
from safetensors.torch import save_file

from explorer.engine.models import EMBEDDED
from explorer.export.origin import origin_of_file
from explorer.export.query import FORMATS
from explorer.export.view_link import link_of
from explorer.media.images import load
from explorer.media.photos import hold, sample, samples
from explorer.records.query import Query
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.shell.link import PARAMETERS, read, written

LINK = "?photo=cat&r=8&layer=7&fill=region&pinned=12"
VIEW = {"sample": "cat", "r": 8, "layer": 7, "fill": "region", "pinned": 12, "link": LINK}
READABLE = ("png", "gif", "webp", "svg", "html", "json")


@pytest.fixture(scope="module", autouse=True)
def _engine():
    assert service().engine.model(EMBEDDED).done.wait(300)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_answered(kind):
    status, content = ask("figure", format=kind, width=320, **VIEW)
    starts = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG", "gif": b"GIF89a", "webp": b"RIFF", "mp4": b"\0\0\0",
              "webm": b"\x1aE\xdf\xa3", "html": b"<!doctype html>", "json": b"{", "view": b"{", "txt": b"cat, layer 7 of 12", "bib": b"@"}  # fmt: skip
    assert (status, content[: len(starts[kind])]) == (200, starts[kind])


@pytest.mark.parametrize("kind", READABLE)
def test_a_file_says_where_it_comes_from(kind):
    told = origin_of_file(ask("figure", format=kind, width=320, **VIEW)[1])
    assert told.link == LINK
    assert (told.name, told.own) == ("cat", False)
    assert dict(told.settings)["model"] == "DINOv2 ViT-S/14"
    assert dict(told.settings)["weights_sha256"] == service().engine.model(EMBEDDED).backbone.digest
    assert ask("record", **dict(parse_qs_one(told.query)))[1] == ask("record", sample="cat", r=8)[1]


def test_a_view_is_the_origin_of_its_figure():
    told = json.loads(ask("figure", format="view", **VIEW)[1])
    assert told == origin_of_file(ask("figure", format="png", width=320, **VIEW)[1]).model_dump(mode="json")


def linked(**asked: object) -> str:
    """Return the link in the origin of a figure."""
    return json.loads(ask("figure", format="view", **asked)[1])["link"]


def parse_qs_one(query: str) -> list[tuple[str, str]]:
    return [(name, values[0]) for name, values in parse_qs(query).items()]


def test_a_json_file_is_a_record_that_needs_no_server():
    record = Record.model_validate_json(ask("figure", format="json", **VIEW)[1])
    assert record.picture.src.startswith("data:image/jpeg;base64,")
    plain = json.loads(ask("record", sample="cat", r=8)[1])
    again = json.loads(record.model_dump_json())
    assert {**again, "picture": None, "origin": None} == {**plain, "picture": None, "origin": None}


def test_a_page_opens_at_the_view_and_tells_its_settings():
    page = ask("figure", format="html", **VIEW)[1].decode()
    data = json.loads(page.split('id="record">')[1].split("</script>")[0])
    assert (data["layer"], data["fill"], data["pinned"]) == (7, "region", 12)
    assert "seed = 0" in page


def test_a_page_speaks_the_language_that_was_asked_for():
    english, chinese = (ask("figure", format="html", lang=lang, **VIEW)[1].decode() for lang in ("en", "zh"))
    assert '<html lang="en">' in english
    assert '<html lang="zh-CN">' in chinese
    assert "const CATALOGUE = {};" in english
    assert "平均颜色" in chinese
    assert ask("figure", format="html", lang="tlh", **VIEW)[0] == 422


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"origin": 3}', b"GIF89a", b"RIFF", b"\x89PNG\r\n", b"<svg/>", b"x" * 99,
                                     b'<view xmlns="https://arxiv.org/abs/2210.09461">\xff</view>'])  # fmt: skip
def test_a_foreign_file_has_no_origin(content):
    assert origin_of_file(content) is None


@pytest.mark.parametrize("name", list(samples())[:3])
def test_a_photo_has_no_origin(name):
    assert origin_of_file(samples()[name]) is None


@pytest.mark.parametrize(
    ("bad", "parameter", "rule"),
    [
        ({"format": "exe"}, "format", "'svg'"),
        ({"layer": 13}, "layer", "at most 12"),
        ({"layer": -1}, "layer", "greater than or equal to 0"),
        ({"pinned": 266}, "pinned", "below the 266 patches"),
        ({"fill": "grey"}, "fill", "'mean'"),
        ({"fill": "difference"}, "fill", "unless reference is the number of one of several panels"),
        ({"fill": "difference", "reference": 1}, "fill", "unless reference is the number of one of several panels"),
        (
            {"fill": "difference", "reference": 2, "panels": "[{}, {}]"},
            "fill",
            "unless reference is the number of one of several panels",
        ),
        ({"width": 4000}, "width", "less than or equal to 1920"),
        ({"panels": '[{"r": -1}]'}, "panels", "r must be at least 0"),
        ({"panels": str([{}] * 13)}, "panels", "at most 12"),
        ({"beside": "cow", "clip": "bunny"}, "beside", "beside a photo"),
        ({"beside_model": "random:test_vit", "pinned": 3, "similarity": True}, "similarity", "of one model"),
        ({"pinned": 3, "pinned_beside": True}, "pinned_beside", "must come with beside"),
        ({"beside_model": "no-such-model"}, "beside_model", "no-such-model"),
        ({"beside": "cow", "format": "html"}, "format", "a figure or a film"),
        ({"beside": "unicorn"}, "beside", "must be one of"),
        ({"similarity": True}, "similarity", "must come with pinned"),
        ({"similarity": True, "pinned": 3, "clip": "bunny"}, "similarity", "must be of a photo"),
        ({"panels": "nonsense"}, "panels", "JSON list"),
        ({"titles": '["a", "b"]'}, "titles", "as many as the panels"),
        ({"link": "javascript:alert(1)"}, "link", "pattern"),
        ({"link": "?photo=dog<script>"}, "link", "pattern"),
        ({"colour": "red"}, "colour", "Extra inputs"),
    ],
)
def test_odd_parameters_are_refused_by_name(bad, parameter, rule):
    status, content = ask("figure", **{"format": "txt", **bad})
    (error,) = json.loads(content)["errors"]
    assert (status, error["parameter"]) == (422, parameter)
    assert rule in error["rule"]


def test_two_panels_are_one_figure():
    status, content = ask("figure", format="txt", panels='[{"r": 8}, {"algorithm": "random_prune", "r": 8}]')
    assert status == 200
    assert "Panels: algorithm Bipartite soft matching; algorithm Random pruning." in content.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"panels": "[{}, {}]"}, "All panels have the same settings."),
        ({"panels": "[{}, {}]", "inches": 5.5}, "All panels have the same settings."),
        ({"panels": "[{}, {}]", "titles": '["one", "two"]'}, "Panels: one; two."),
        ({"panels": '[{"r": 8}, {"r": 16}]', "titles": '["few", "r = 16"]'}, "Panels: few (r = 8); r = 16."),
        ({"panels": '[{"r": 8}, {"r": 80}]', "titles": '["r=80", "r = 80"]'}, "Panels: r=80 (r = 8); r = 80."),
        (
            {"panels": '[{"metric": "dot"}, {"feature": "value", "r": 4}]', "titles": '["Dot", "value, cosine"]'},
            "Panels: Dot (r = 16, feature key); value, cosine (r = 4).",
        ),
        ({"panels": '[{"r": 8}, {"r": 16}]', "titles": '["a", "b"]', "inches": 5.5}, "Panels: (a) a (r = 8); (b) b (r = 16)."),
        ({"panels": '[{"algorithm": "greedy"}, {}]', "titles": '["Greedy matching", "bipartite soft matching"]'}, "matching."),
    ],
)  # fmt: skip
def test_a_caption_names_what_differs_between_the_panels(asked, said):
    assert ask("figure", format="txt", sample="cat", **asked)[1].decode().endswith(said)


def test_equal_panels_have_no_empty_line_above_them():
    svg = ask("figure", format="svg", sample="cat", panels="[{}, {}]")[1].decode()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert "" not in words
    assert [each for each in words if each.lower().startswith("layer 12 of 12")] == [
        "Layer 12 of 12: 103 of 295 tokens"
    ] * 2


def test_json_of_several_panels_has_all_of_them():
    asked = {"sample": "cat", "panels": '[{"r": 8}, {"r": 16}]', "format": "json"}
    status, content = ask("figure", **asked, titles='["few", "many"]')
    told = json.loads(content)
    assert (status, told["titles"], told["version"]) == (200, ["few", "many"], told["panels"][0]["version"])
    assert [each["r"] for each in told["settings"]] == ["8", "16"]
    for r, panel in zip((8, 16), told["panels"], strict=True):
        plain = json.loads(ask("record", sample="cat", r=r)[1])
        assert {**panel, "picture": None} == {**plain, "picture": None}
        assert panel["picture"]["src"].startswith("data:image/jpeg;base64,")
    assert json.loads(ask("figure", **asked)[1])["titles"] == ["r = 8", "r = 16"]
    assert origin_of_file(content).name == "cat"


def test_two_models_are_one_figure_with_the_pin_at_one_place():
    asked = {"sample": "cat", "r": 8, "beside_model": "random:test_vit", "layer": 3, "pinned": 0}
    status, content = ask("figure", format="txt", **asked)
    assert status == 200
    said = content.decode()
    assert said.startswith("cat, layer 3 of 12")
    digest = service().engine.model(EMBEDDED).backbone.digest
    assert f"Panels: model DINOv2 ViT-S/14, weights embedded, SHA-256 {digest}…, input 224 px" in said
    assert "model test_vit, weights random, seed 0, input 224 px" in said
    assert "row 1 of 14, column 1 of 21, and of the patch in row 1 of" in said
    assert linked(**asked) == "", "the page offers no model with random weights beside another"
    told = linked(**asked | {"model": "random:test_vit", "beside_model": "embedded"})
    assert parse_qs_one(told)[-2:] == [("pinned", "0"), ("beside_model", "dinov2_embedded")]


def test_each_model_of_a_pair_runs_as_the_paper_does_with_it(monkeypatch, tmp_path):
    engine = service().engine
    assert engine.model("random:test_vit").done.wait(120)
    save_file(engine.model("random:test_vit").backbone.model.state_dict(), tmp_path / "test_vit.mae.safetensors")
    monkeypatch.setattr(engine, "folder", tmp_path)
    model = "file:test_vit.mae.safetensors"
    assert engine.model(model).done.wait(60)
    asked = {"sample": "dog", "r": 2, "model": "random:test_vit", "beside_model": model}
    status, said = ask("figure", format="txt", **asked)
    assert status == 200, said
    assert said.decode().count("proportional attention off") == 1


def test_a_pin_without_similarity_is_in_its_own_photo_alone():
    asked = {"sample": "dog", "r": 8, "beside": "cow", "layer": 6, "pinned": 12, "format": "txt"}
    for there, name in ((False, "dog"), (True, "cow")):
        said = ask("figure", pinned_beside=there, **asked)[1].decode()
        assert f"The blue outline is the token of the patch in row 1 of 14, column 13 of 19 of {name}." in said


@pytest.mark.parametrize(("there", "name"), [(False, "pinned"), (True, "beside_pinned")])
def test_the_link_of_two_photos_names_the_second_and_the_pin(there, name):
    asked = {"sample": "dog", "r": 8, "beside": "cow", "layer": 6, "pinned": 12, "similarity": True}
    told = origin_of_file(ask("figure", format="svg", pinned_beside=there, **asked)[1])
    assert parse_qs_one(told.link)[-2:] == [(name, "12"), ("beside", "cow")]


def test_a_figure_shows_the_difference_from_the_reference_as_the_page_does():
    panels = '[{}, {"algorithm": "random_prune"}, {"feature": "query"}]'
    asked = {"sample": "cat", "r": 8, "layer": 6, "fill": "difference", "reference": 2, "panels": panels}
    svg = ask("figure", format="svg", **asked)[1].decode()
    said = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    assert "in another group than in the reference:" in said
    assert "Colours are differences from the reference." in said
    assert said.count("feature query (reference)") == 2, "above its panel, and in the caption"
    pictures = svg.split("<image ")[1:]
    assert [bool(re.search(r'class="patch-\d+"[^>]*fill="#d55e00"', each)) for each in pictures] == [True, True, False]
    page = ask("figure", format="html", **asked)[1].decode()
    data = json.loads(page.split('id="record">')[1].split("</script>")[0])
    assert (data["fill"], data["reference"]) == ("difference", 2)


def test_a_figure_of_an_upload_names_its_digest_and_keeps_no_photo():
    stream = BytesIO()
    Image.fromarray(sample("duck").pixels[:400, :300]).save(stream, "PNG")
    picture = load(stream.getvalue(), "mine.png")
    hold(picture)
    told = origin_of_file(ask("figure", format="json", photo=picture.digest)[1])
    assert (told.own, told.digest, told.name) == (True, picture.digest, "mine.png")
    assert "photo" not in parse_qs(urlsplit(told.link).query)
    digest = picture.digest
    del picture
    assert ask("figure", format="json", photo=digest)[0] == 422


@pytest.mark.parametrize(
    "query",
    [
        Query(), Query(sample="cat", r=8), Query(size=336, crop="square", offset=0.25), Query(r=(8, -1.0)),
        Query(model="vit_small_patch16_224.augreg_in1k"),
        Query(model="random:test_vit"), Query(model="vit_base_patch16_224.mae"),
        Query(model="vit_tiny_patch16_224"), Query(clip="dog-pan", frames=8, attention="joint", r=40, algorithm="pitome"),
        Query(clip="bunny", size=112, r=8),
    ],
    ids=str,
)  # fmt: skip
def test_the_link_of_a_query_holds_its_choices(query):
    page, _, text = link_of(query, layer=3).partition("?")
    given = dict(parse_qs_one(text))
    read_back = {name: read(name, value) for name, value in given.items()}
    model, timm = read_back.pop("model", "embedded"), read_back.pop("timm", None)
    random = "random:" * read_back.pop("random", False)
    assert query.model == (f"{random}{timm}" if model == "other" else model)
    kind = "clip_" if query.clip else ""
    assert page == ("video" if query.clip else "")
    assert read_back["layer"] == 3
    assert read_back["clip" if query.clip else "photo"] == (query.clip or query.sample)
    assert read_back[f"{kind}side"] == query.size
    assert read_back[f"{kind}r"] == (query.r if isinstance(query.r, int) else query.r[0])
    assert (f"{kind}decreasing" in given) == isinstance(query.r, tuple)
    for name, value in read_back.items():  # none of them was odd
        assert PARAMETERS[name].allows(value)
        assert written({name: value}).get(name, given[name]) == given[name]


@pytest.mark.parametrize(
    "query",
    [
        Query(r=[1, 2, 3]), Query(r=(8, 0.5)), Query(r=(8, 0.0)), Query(sound="jfk", r=376),
        Query(sound="jfk", algorithm="pitome"), Query(sound="jfk", model="hub:a/b", r=41), Query(sound="jfk", model="random:audiomae_vit_tiny"),
        Query(sound="jfk", model="hub:a/audiomae", proportional_attention=True),         *(Query(algorithm=name) for name in ("greedy", "kmeans")), Query(metric="dot"), Query(feature="query"), Query(heads="concat"),
        Query(combine="max"), Query(partition="random"), Query(proportional_attention=False),
        Query(proportional_attention=True, model="vit_base_patch16_224.mae"), Query(seed=1),
        Query(size=112), Query(offset=0.2), Query(model="random:" + "x" * 80), Query(clip="bunny", start=1),
        Query(clip="bunny", seconds=2), Query(clip="bunny", size=336), Query(clip="bunny", r=999), Query(clip="bunny", crop="square"),
        Query(clip="bunny", algorithm="kmeans"), Query(clip="bunny", metric="dot"), Query(clip="bunny", model="hub:a/b"),
        Query(clip="bunny", model="random:videomae_tiny"), Query(text="sea", r=33), Query(text="sea", algorithm="pitome"),
        Query(text="sea", seed=2),
    ],
    ids=lambda query: str(query.model_dump(exclude_defaults=True)),
)  # fmt: skip
def test_a_query_that_no_page_shows_has_no_link(query):
    assert link_of(query) == ""


def test_a_default_that_is_named_is_no_other_view():
    named = Query(metric="cosine", algorithm="bipartite", seed=0, proportional_attention=True)
    assert link_of(named) == link_of(Query())


@pytest.mark.parametrize(
    ("asked", "r"),
    [
        ({"panels": '[{"r": 8}]'}, "8"), ({"panels": '[{"r": [8, 8]}]'}, ""), ({"panels": '[{"r": "8,-1"}]'}, "8"), ({"panels": '[{"metric": "dot"}]'}, "16"),
        ({"panels": '[{"r": 8}, {"r": 12}]'}, ""), ({"panels": "[{}, {}]"}, ""), ({"r": 134}, ""), ({"r": 128}, "128"),
        ({"panels": '[{"algorithm": "greedy"}, {"algorithm": "optimal"}]'}, "16"), ({"metric": "dot"}, "16"),
        ({"panels": '[{"algorithm": "optimal"}, {"algorithm": "greedy"}]'}, ""), ({"panels": '[{"algorithm": "greedy"}, {"metric": "dot"}]'}, ""),
        ({"panels": '[{}, {"metric": "dot"}, {"feature": "query"}]'}, ""), ({"panels": '[{"seed": 1}]'}, ""), ({"metric": "dot", "r": 134}, ""),
        ({"pinned": 3, "similarity": True}, "16"), ({"metric": "dot", "size": 112}, ""), ({"metric": "dot", "proportional_attention": False}, ""), ({"beside": "dog"}, ""), ({"beside": "cow", "r": 9}, "9"),
        ({"beside": "cow", "metric": "dot"}, ""),
    ],
)  # fmt: skip
def test_the_link_of_a_figure_opens_its_view_or_is_empty(asked, r):
    link = linked(sample="dog", layer=3, **asked)
    assert dict(parse_qs_one(link.partition("?")[2])).get("r", "") == r
    assert bool(link) == bool(r)


def test_the_origin_of_one_panel_asks_for_its_record():
    told = json.loads(ask("figure", format="view", sample="cat", panels='[{"r": [4, 0, 2], "metric": "dot"}]')[1])
    assert dict(parse_qs_one(told["query"])) == {"sample": "cat", "r": "[4, 0, 2]", "metric": "dot"}


def test_two_photos_with_a_pin_but_no_similarity_are_linked_so():
    asked = {"sample": "dog", "beside": "cow", "pinned": 12, "r": 8}
    assert ("similarity", "false") in parse_qs_one(linked(**asked))
    assert "similarity" not in dict(parse_qs_one(linked(**asked, similarity=True)))
