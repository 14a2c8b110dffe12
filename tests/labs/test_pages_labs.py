"""The labs through AppTest: panels, tables, what a change recomputes, and bad input."""

import csv
import io
import json
import re
import statistics
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from urllib.parse import parse_qsl

import numpy as np
import pytest
from PIL import Image
from routes import ask
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest
from waiting import ended

from explorer.engine.measurements import Measurements
from explorer.engine.models import EMBEDDED
from explorer.labs import files, survey
from explorer.labs.files import name_of
from explorer.measuring.rows import as_csv
from explorer.measuring.speed import Round
from explorer.memory.shelf import Shelf
from explorer.records.query import Query
from explorer.records.service import service
from explorer.shell import cache
from explorer.shell.text import literal
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

ROOT = Path(__file__).parents[2]
APP = str(ROOT / "explorer" / "app.py")
SMALL = {"side": "224", "model": "other", "timm": "test_vit", "random": "true"}


@pytest.fixture(scope="module")
def engine():
    """The server's engine with the tests' small model: pages find it ready, as on every visit but the first."""
    ready = cache.engine()
    for key in ("random:test_vit", EMBEDDED):
        assert ready.model(key).done.wait(120)
    return ready


@pytest.fixture(autouse=True)
def calm(monkeypatch):
    """A machine that is never too busy, and a server that has measured nothing."""
    monkeypatch.setattr("explorer.measuring.steady.BUSY", 1e9)
    monkeypatch.setattr(service(), "measurements", Measurements(service().tasks))


@pytest.fixture
def forwards(monkeypatch):
    """The configurations that were run, the plain one included."""
    from explorer.engine import compare

    ran, plainly = [], compare.batched_trace

    def counted(model, image, configs, **options):
        ran.extend(configs)
        return plainly(model, image, configs, **options)

    monkeypatch.setattr(compare, "batched_trace", counted)
    forget()
    return ran


def forget() -> None:
    """Start without the results of other tests."""
    service().results, service()._prefixes = Shelf(megabytes=64), Shelf(megabytes=64)


def begin(page: str, **query: str) -> AppTest:
    at = AppTest.from_file(APP, default_timeout=240)
    for name, value in {**SMALL, **query}.items():
        at.query_params[name] = value
    at.switch_page(f"../pages/{page}.py")
    return at.run()


def visit(page: str, **query: str) -> AppTest:
    return settled(begin(page, **query))


def viewers(at: AppTest) -> list[dict]:
    """What the viewers of the page were given."""
    given = (json.loads(part.proto.json or "{}") for part in at.get("bidi_component"))
    return [data for data in given if "ask" in data or "panels" in data]


@dataclass
class Shown:
    """What the viewer of a lab shows once it has all its panels."""

    titles: list[str]
    notes: list[str]
    records: list[dict | None]
    similarity: list[list | None]
    reference: int


def shown(at: AppTest) -> Shown:
    """Fetch the panels, as the viewer of the page does."""
    data = next(data for data in viewers(at) if "reference" in data)
    asked = {**data["ask"]["query"], "r": at.session_state["session"].address.get("r", 16)}
    asked["panels"] = json.dumps([panel["config"] for panel in data["ask"]["panels"]])
    if data["pinned"] is not None:
        asked["patch"] = data["pinned"]
    status, body = ask("records", **asked)
    assert status == 200, body
    lines = [json.loads(line) for line in body.splitlines()]
    assert lines[-1] == {"end": True}
    found = dict(sorted((line["panel"], line) for line in lines if "panel" in line))
    return Shown(
        [panel["title"] for panel in data["ask"]["panels"]],
        [line.get("error", "") for line in found.values()],
        [line.get("record") for line in found.values()],
        [line.get("similarity") for line in found.values()],
        data["reference"],
    )


def settled(at: AppTest) -> AppTest:
    """Return the page as it is once its viewer has all its panels."""
    assert not at.exception
    if any("reference" in data for data in viewers(at)):
        shown(at)
        at.run()
    assert not at.exception
    return at


def finished(at: AppTest, name: str) -> bool:
    """Wait for the end of a measurement, and return whether it is complete; raises what ended it early."""
    task = at.session_state["session"].measurements[name].task
    assert ended(task, 240)
    if task.snapshot.error:
        raise task.snapshot.error
    return task.snapshot.state == "done"


def turn(at: AppTest, r: int) -> AppTest:
    """Set r under the pictures, as the viewer tells it, and run the page."""
    at.session_state["session"].cursor.update(r=r)
    return at.run()


def png() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(3).integers(0, 255, (64, 96, 3), dtype=np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_similarity_shows_twelve_panels_and_both_tables(engine):
    at = visit("similarity")
    data = shown(at)
    assert len(data.records) == 12
    assert data.titles[0] == "Key · Cosine"
    measured, printed = (frame.value for frame in at.dataframe[:2])
    assert len(measured) == 12
    assert measured["Panel"][0] == "Key · Cosine (reference)"
    assert measured["Agreement"][0] == 1
    here = printed.set_index("Choice")["Here: class cosine"]
    assert here["Feature: Key ✓"] == measured["Class cosine"][0]
    assert (printed["Paper: accuracy"].min(), len(printed)) == (81.01, 18)


def test_similarity_leads_to_two_photos_under_one_patch(engine):
    for photo, other in (("dog", "cow"), ("cow", "horses")):
        (link,) = visit("similarity", photo=photo, feature="key", metric="cosine").get("page_link")
        assert (link.proto.page, link.proto.query_string) == ("", f"beside={other}")


def test_a_change_recomputes_only_what_it_touches(engine, forwards):
    at = visit("similarity", feature="key", metric="cosine,dot")
    assert len(forwards) == 3
    at.pills(key="lab.metric").set_value(["cosine", "dot", "softmax"])
    settled(at.run())
    assert [config.metric for config in forwards[3:]] == ["softmax"]
    assert len(shown(at).records) == 3


def test_another_reference_runs_nothing_again(engine, forwards):
    at = visit("similarity", feature="key", metric="cosine,dot")
    ran = len(forwards)
    at.session_state["session"].reference = "dot"  # as the viewer's button does
    settled(at.run())
    assert shown(at).reference == 1
    assert list(at.dataframe[0].value["Agreement"])[1] == 1
    assert len(forwards) == ran


def button(at: AppTest, label: str):
    return next(button for button in at.button if label in button.label)


def test_another_r_runs_the_panels_but_not_the_plain_run_again(engine, forwards):
    at = visit("similarity", feature="key", metric="cosine,dot", r="8")
    settled(turn(at, 4))
    assert [config.r for config in forwards] == [8, 8, 0, 4, 4]


def test_what_does_not_depend_on_r_is_computed_once_for_a_photo(engine):
    calls, vit = [], engine.model("random:test_vit").backbone.model
    handle = vit.patch_embed.register_forward_hook(lambda *_: calls.append(1))
    forget()
    at = visit("similarity", feature="key", metric="cosine,dot", r="8")
    settled(turn(at, 4))
    visit("layers", r="8")  # nor on the page
    assert len(calls) == 1
    at.pills(key="photo").set_value("cat")
    settled(at.run())
    handle.remove()
    assert len(calls) == 2


def test_the_reference_is_the_panel_that_the_table_compares_with(engine):
    at = visit("similarity", feature="key,query", metric="cosine", reference="query")
    assert shown(at).reference == 1
    assert list(at.dataframe[0].value["Panel"]) == ["Key", "Query (reference)"]
    assert at.dataframe[0].value["Agreement"][1] == 1


def test_a_pinned_patch_brings_its_similarities_for_every_panel(engine):
    data = shown(visit("similarity", feature="key", metric="cosine,dot", pinned="17"))
    assert len(data.similarity) == 2
    first = data.similarity[0]
    assert first[0] is None
    assert first[1]["high"] == pytest.approx(1, abs=0.01)


def test_a_pinned_patch_that_the_photo_does_not_have_is_let_go(engine):
    assert shown(visit("similarity", feature="key", metric="cosine", pinned="99999")).similarity == [None]


def test_tables_follow_when_the_viewer_has_all_panels(engine):
    forget()
    at = begin("similarity", feature="key", metric="cosine,dot")
    assert not at.dataframe
    assert any("follow once all panels are there" in caption.value for caption in at.caption)
    assert len(settled(at).dataframe) == 2


def test_evicted_results_are_computed_again_for_the_tables(engine):
    at = visit("similarity", feature="key", metric="cosine,dot", r="7")
    name = viewers(at)[0]["ask"]["name"]
    before = at.dataframe[0].value
    at.session_state["session"].finished = f"{name} 7 false"  # as its viewer tells
    forget()
    at.run()
    assert not at.exception
    assert at.dataframe[0].value["Class cosine"].equals(before["Class cosine"])


def test_the_r_of_a_lab_stands_under_its_pictures(engine):
    at = visit("similarity", feature="key", metric="cosine,dot", r="7")
    assert not [slider for slider in at.slider if "merged per layer" in slider.label]
    data = viewers(at)[0]
    assert (data["r"], data["ask"]["limit"]) == (7, 98)  # half of 14 × 14 patches
    settled(turn(at, 5))
    assert at.session_state["session"].address["r"] == "5"
    counts = [layer["tokens"] for layer in shown(at).records[0]["layers"]]
    assert counts[0] - counts[1] == 5


def test_more_panels_than_fit_are_refused_in_one_sentence(engine):
    at = visit("similarity", feature="key,query,value,output", metric="cosine,dot,softmax,euclidean")
    assert "16 panels" in at.info[0].value
    assert not at.dataframe


def test_the_panels_before_stay_while_too_many_or_none_are_chosen(engine):
    at = visit("similarity", feature="key,query,value,output", metric="cosine,dot,softmax")
    before = viewers(at)[0]["ask"]["panels"]
    at.pills(key="lab.metric").set_value(["cosine", "dot", "softmax", "euclidean"])
    at.run()
    assert not at.exception
    assert at.info[0].value.startswith("This selection has 16 panels, and at most 12 fit")
    assert "Below is the selection before." in at.info[0].value
    assert viewers(at)[0]["ask"]["panels"] == before
    assert at.session_state["session"].address["metric"] == "cosine,dot,euclidean,softmax"
    at.pills(key="lab.metric").set_value([])
    at.run()
    assert at.info[0].value == "Choose at least one. Below is the selection before."
    assert viewers(at)[0]["ask"]["panels"] == before
    at.pills(key="lab.metric").set_value(["euclidean"])
    at.run()
    assert not at.info
    assert len(viewers(at)[0]["ask"]["panels"]) == 4


def test_without_panels_the_page_asks_for_a_choice(engine):
    at = visit("algorithms")
    at.pills(key="lab.algorithms").set_value([])
    at.run()
    assert not at.exception
    assert "Choose at least one" in at.info[0].value


@pytest.mark.parametrize(("page", "panels"), [("similarity", 2), ("algorithms", 3), ("prune_or_merge", 3)])
def test_times_are_shown_once_they_were_asked_for_and_measured_in_turn(engine, forwards, monkeypatch, page, panels):
    monkeypatch.setattr("explorer.labs.times.ROUNDS", 3)
    at = visit(page, feature="key", metric="cosine,dot", algorithms="bipartite,greedy,attention_prune", r="2")
    assert "Run, ms" not in at.dataframe[0].value
    ran = len(forwards)
    at.button(key="lab.times.start").click().run()
    assert finished(at, "lab.times")
    settled(at.run())
    measured = [
        event.seconds
        for event in at.session_state["session"].measurements["lab.times"].task.snapshot.results
        if isinstance(event, Round)
    ]
    configs = list(measured[0])[1:]  # after the plain model
    expected = [1e3 * statistics.median(each[config] for each in measured) for config in configs]
    assert (len(measured), list(at.dataframe[0].value["Run, ms"])) == (3, pytest.approx(expected))
    assert len(expected) == panels
    assert any("without recording: 3." in caption.value for caption in at.caption)
    assert len(forwards) == ran, "the panels are what they were"


def test_an_algorithm_that_cannot_be_timed_is_left_out_of_the_times_only(engine, monkeypatch):
    from explorer.measuring import speed

    plainly = speed.patch

    def refusing(model, config):
        if config.algorithm == "greedy":
            raise MemoryError("too large")
        return plainly(model, config)

    monkeypatch.setattr(speed, "patch", refusing)
    at = visit("algorithms", algorithms="bipartite,greedy", r="2")
    at.button(key="lab.times.start").click().run()
    assert finished(at, "lab.times")
    settled(at.run())
    table = at.dataframe[0].value
    assert list(table["Run, ms"].notna()) == [True, False]
    assert table["Class cosine"].notna().all()
    assert any("left out: it failed with MemoryError" in warning.value for warning in at.warning)


def test_algorithms_say_their_steps_and_whether_they_batch(engine):
    at = visit("algorithms", algorithms="bipartite,greedy,optimal,attention_prune")
    table = at.dataframe[0].value
    assert list(table["Batches"]) == [True, True, False, True]
    assert table["Sequential steps"][1] == "r steps"
    assert table["Kept"][0] > table["Kept"][3]
    assert not at.get("plotly_chart"), "no time was measured in turn"


def test_an_algorithm_that_fails_does_so_in_its_own_panel(engine, monkeypatch):
    from tome.matching import greedy

    def fail(given):
        raise ValueError("no pair was found")

    monkeypatch.setattr(greedy, "match", fail)
    forget()
    at = visit("algorithms", algorithms="bipartite,greedy,pitome")
    data = shown(at)
    assert data.notes == ["", "Greedy matching failed: no pair was found.", ""]
    assert [record is not None for record in data.records] == [True, False, True]
    assert "Greedy matching (failed)" in list(at.dataframe[0].value["Panel"])
    forget()


def test_a_model_without_a_class_token_is_compared_by_its_patches(engine, monkeypatch):
    monkeypatch.setattr("explorer.labs.times.ROUNDS", 3)
    assert engine.model("random:test_vit2").done.wait(120)
    at = visit("algorithms", timm="test_vit2", algorithms="bipartite,kmeans,attention_prune")
    assert "scores tokens by the class token" in shown(at).notes[2]
    at.button(key="lab.times.start").click().run()
    assert finished(at, "lab.times")
    settled(at.run())
    (chart,) = at.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    assert figure["layout"]["yaxis"]["title"]["text"] == "Patch cosine"
    assert {mark["name"] for mark in figure["data"]} == {"Bipartite soft matching", "k-means, 5 rounds"}
    assert any("by the class token, and this model has none" in line.value for line in at.caption)


def order(at) -> dict[str, tuple[str, str]]:
    """Return the table of the paper's order: claim → this photo, ten samples."""
    (rows,) = [table.value for table in at.table if "Ten samples, DINOv2" in table.value]
    return {row["The paper"]: (row["This photo"], row["Ten samples, DINOv2"]) for row in rows.to_dict("records")}


def test_nothing_merged_is_equal_and_no_agreement_with_the_paper(engine):
    at = visit("similarity", feature="key", metric="cosine,dot", r="0")
    assert order(at)["cosine at least as good as dot product"][0] == "equal"


def test_one_photos_order_stands_beside_that_of_the_samples_and_the_papers_table(engine):
    at = visit("similarity", feature="key", metric="cosine,dot", r="8")
    row = at.dataframe[0].value.set_index("Panel")["Class cosine"]
    cosine, dot = row["Cosine (reference)"], row["Dot product"]
    rows = order(at)
    assert rows["cosine at least as good as dot product"] == (f"{cosine - dot:+.4f}", "Yes (+0.0711, 10 of 10)")
    assert rows["key at least as good as query"] == ("–", "No clear difference (−0.0015, 5 of 10)"), (
        "no two panels show features"
    )
    assert not any("k-means" in claim for claim in rows), "another page compares algorithms"
    told = " ".join(line.value for line in at.caption)
    assert "One photo is no proof" in told
    assert "The model of this photo is test_vit" in told, "the samples were run through another"
    assert "Ten samples, r = 13" in told, "of the two stored, the nearer to 8"


def test_the_order_of_algorithms_stands_on_their_page(engine):
    at = visit("algorithms", algorithms="bipartite,random_prune", r="16")
    rows = order(at)
    assert float(rows["merging above random pruning"][0]) > 0
    assert rows["merging above random pruning"][1].startswith("Yes (+")
    assert rows["merging above attention pruning"][0] == "–"
    assert len(rows) == 7


def test_pruning_shows_the_batch_and_its_padding(engine):
    at = visit("prune_or_merge", batch="dog,duck")
    assert "padding" in " ".join(element.value for element in at.markdown)
    assert [len((data.get("ask") or data)["panels"]) for data in viewers(at)] == [3, 2]


def test_a_batch_of_one_photo_is_asked_for_another(engine):
    at = visit("prune_or_merge", batch="dog")
    assert "at least two" in at.info[0].value


def explained(at: AppTest) -> list[set[str]]:
    """Return the columns that each table of explanations names."""
    tables = [table.value for table in at.table if "Meaning" in table.value]
    return [set(re.findall("`(.+?)`", " ".join(table["Column"]))) for table in tables]


@pytest.mark.parametrize(
    ("page", "chosen"), [("similarity", {"feature": "key"}), ("algorithms", {"algorithms": "bipartite"})]
)
def test_each_column_of_the_file_on_one_photo_is_explained_beside_its_button(engine, monkeypatch, page, chosen):
    saved, save = [], files.save
    monkeypatch.setattr(files, "save", lambda *subject: (saved.append(subject), save(*subject)))
    at = visit(page, **chosen)
    assert explained(at) == [set(files.rows(*saved[-1])[0])]


def test_the_file_on_one_photo_leaves_settings_of_pruning_empty_that_change_nothing(engine, monkeypatch):
    saved, save = [], files.save
    monkeypatch.setattr(files, "save", lambda *subject: (saved.append(subject), save(*subject)))
    at = visit("prune_or_merge", methods="bipartite,attention_prune")
    merged, pruned = files.rows(*saved[-1])
    assert (merged["metric"], merged["proportional_attention"], pruned["r"]) == ("cosine", True, merged["r"])
    assert {
        pruned[name]
        for name in ("feature", "metric", "heads", "combine", "partition", "proportional_attention", "seed")
    } == {""}
    assert explained(at) == [set(merged)]


def test_an_mae_model_runs_without_proportional_attention_in_every_panel(engine, monkeypatch, tmp_path):
    save_file(engine.model("random:test_vit").backbone.model.state_dict(), tmp_path / "test_vit.mae.safetensors")
    monkeypatch.setattr(engine, "folder", tmp_path)
    model = "file:test_vit.mae.safetensors"
    assert engine.model(model).done.wait(60)
    saved, save = [], files.save
    monkeypatch.setattr(files, "save", lambda *subject: (saved.append(subject), save(*subject)))
    at = visit("similarity", model=model, metric="cosine,dot")
    assert {row["proportional_attention"] for row in files.rows(*saved[-1])} == {False}
    assert {record["caption"].count("proportional attention off") for record in shown(at).records} == {1}
    assert "Proportional attention is off, as for MAE models in the paper." in [each.value for each in at.caption]
    (paper,) = (table.value for table in at.dataframe if "Here: class cosine" in table.value)
    assert paper["Here: class cosine"].notna().sum() > 2, "the rows of the paper find their panels"


@pytest.mark.parametrize(
    ("panels", "view"),
    [
        ([{"algorithm": "optimal"}, {"algorithm": "random_prune"}], {"pinned": 3, "similarity": True}),
        ([{}, {"algorithm": "kmeans"}], {"fill": "difference", "reference": 1}),
        ([{"metric": "dot", "feature": "query"}], {"pinned": 3, "fill": "region"}),
        ([{}, {"combine": "max"}, {"metric": "dot"}, {"metric": "dot", "combine": "max"}], {"arrows": True}),
    ],
    ids=str,
)
def test_the_link_in_a_file_of_several_panels_opens_exactly_these(engine, panels, view):
    asked = {"sample": "cat", "model": "random:test_vit", "r": "5,-1", "layer": 3, "panels": json.dumps(panels), **view}
    page, _, said = json.loads(ask("figure", format="view", **asked)[1])["link"].partition("?")
    at = visit(page, **dict(parse_qsl(said)))
    assert not at.exception
    (data,) = (data for data in viewers(at) if "reference" in data)
    assert [MergeConfig(**panel["config"]) for panel in data["ask"]["panels"]] == [
        MergeConfig(**each) for each in panels
    ]
    assert Query(**data["ask"]["query"]) == Query(sample="cat", model="random:test_vit")
    assert (data["r"], data["decreasing"], data["layer"]) == (5, True, 3)
    wanted = {
        "pinned": None,
        "fill": "mean",
        "arrows": False,
        "reference": 0,
        "similarity": "pinned" not in view,
    } | view
    assert {name: data[name] for name in wanted} == wanted


def test_the_two_files_of_a_lab_name_the_same_settings_alike(engine, monkeypatch):
    saved, save = [], files.save
    monkeypatch.setattr(files, "save", lambda *subject: (saved.append(subject), save(*subject)))
    visit("similarity", feature="key", metric="cosine", r="8")
    lab, times = saved[-1]
    one = files.rows(lab, times)[0]
    line = survey.Line("dog", lab.panels[0].title, lab.configs[0], lab.score(lab.configs[0]), "", one["digest"])
    (many,) = csv.DictReader(io.StringIO(survey.to_csv([line], files.setting(lab))))
    own = {"input", "run_ms_median", "run_ms_low", "run_ms_high"}
    assert set(one) - own == set(many) - {"tokens", "tokens_left", "reason"}
    (same,) = csv.DictReader(io.StringIO(as_csv([one])))
    assert {name: same[name] for name in many if name in same} == {name: many[name] for name in many if name in same}
    assert (same["photo"], same["r"], same["schedule"], same["side"]) == ("dog", "8", "constant", "224")


def test_the_ten_samples_are_measured_with_mean_spread_and_csv(engine, monkeypatch):
    saved, to_csv = [], survey.to_csv
    monkeypatch.setattr(survey, "to_csv", lambda *subject: saved.append(to_csv(*subject)) or saved[-1])
    at = visit("similarity", feature="key", metric="cosine,dot")
    at = next(button for button in at.button if "Measure 10 photos" in button.label).click().run()
    assert finished(at, "folder")
    at.run()
    assert not at.exception
    table, order = (frame.value for frame in at.dataframe[-2:])
    assert list(table["Photos"]) == [10, 10]
    assert " ± " in table["Class cosine"][0]
    assert any("CSV" in str(element.proto.label) for element in at.get("download_button"))
    assert any("By their shapes they have " in line.value for line in at.caption)
    assert explained(at)[-1] == set(saved[-1].splitlines()[0].split(",")), "its file has columns explained nowhere"
    assert list(order["The paper"]) == ["cosine at least as good as dot product"]
    assert " of 10" in order["Photos"][0]
    by, low, high = (
        float(text.replace("−", "-")) for text in re.findall(r"[+−][\d.]+", order["Difference, 95 % interval"][0])
    )
    assert low < by < high
    assert by == pytest.approx((low + high) / 2, abs=1e-4)


def test_a_photo_given_twice_is_said_to_count_once_and_not_to_be_left_out(engine):
    at = visit("similarity", feature="key", metric="cosine")
    at.toggle(key="folder.own").set_value(True).run()
    content = (ROOT / "sample_images" / "owl.webp").read_bytes()
    owl, bird = (("owl.webp", content, "image/webp"), ("bird.webp", content, "image/webp"))
    at.file_uploader(key="folder.files").set_value([owl, bird])
    at = settled(at.run())
    at = next(button for button in at.button if button.label == "Measure 2 files").click().run()
    assert finished(at, "folder")
    at.run()
    assert [said.value for said in at.info if "bird" in said.value] == [
        literal("“bird.webp” is the same photo as “owl.webp”; it counts once.")
    ]
    assert not any("left out" in said.value for said in at.warning)


def test_an_archive_that_was_refused_is_not_looked_into_again(engine, monkeypatch):
    from explorer.media import folder

    looks, look = [], folder.entries
    monkeypatch.setattr(folder, "entries", lambda files: looks.append(1) or look(files))
    at = visit("similarity", feature="key", metric="cosine")
    at.toggle(key="folder.own").set_value(True).run()
    looks.clear()
    uploader = next(each for each in at.file_uploader if each.label == "Photos or a zip archive")
    uploader.set_value([("torn.zip", b"PK\3\4 torn", "application/zip")])
    for _ in range(3):
        at = settled(at.run())
        assert "is not a readable zip archive" in at.error[0].value
    assert len(looks) == 1


def test_a_measurement_goes_on_when_a_control_changes_and_is_found_when_it_changes_back(engine, monkeypatch):
    from explorer.labs import survey

    def endless(backbone, files, see, panels, reference, task, on_photo):
        while not Event().wait(0.01):
            task.check()

    monkeypatch.setattr(survey, "survey", endless)
    at = visit("similarity", feature="key", metric="cosine,dot")
    at = next(button for button in at.button if "Measure 10 photos" in button.label).click().run()
    task = at.session_state["session"].measurements["folder"].task
    assert not task.snapshot.ended
    at.pills(key="lab.metric").set_value(["cosine"])
    settled(at.run())
    assert not task.snapshot.ended
    assert "folder" not in at.session_state["session"].measurements
    at.pills(key="lab.metric").set_value(["cosine", "dot"])
    settled(at.run())
    assert at.session_state["session"].measurements["folder"].task is task
    button(at, "Stop").click().run()
    assert ended(task, 10)
    assert task.snapshot.state == "cancelled"


def test_panels_that_are_to_be_computed_cancel_it_too(engine, monkeypatch):
    from explorer.labs import survey

    def endless(backbone, files, see, panels, reference, task, on_photo):
        while not Event().wait(0.01):
            task.check()

    monkeypatch.setattr(survey, "survey", endless)
    at = visit("similarity", feature="key", metric="cosine,dot", r="12")
    next(button for button in at.button if "Measure 10 photos" in button.label).click().run()
    task = at.session_state["session"].measurements["folder"].task
    forget()
    turn(at, 11)
    assert ended(task, 10)
    assert task.snapshot.state == "cancelled"


def test_a_bad_upload_says_why_and_the_panels_stay(engine):
    at = visit("similarity", feature="key", metric="cosine")
    at.file_uploader[0].set_value(("broken.png", b"\x89PNG\r\n\x1a\n junk", "image/png"))
    settled(at.run())
    assert "broken" in at.error[0].value
    assert len(shown(at).records) == 1


@pytest.mark.parametrize("bad", [{"feature": "x"}, {"metric": ",,"}, {"reference": "nobody"}, {"algorithms": "../x"}])
def test_a_broken_link_falls_back_to_the_defaults(engine, bad):
    at = visit("algorithms" if "algorithms" in bad else "similarity", **bad)
    assert shown(at).reference == 0
    assert len(shown(at).records) >= 8


def test_the_embedded_model_runs_every_algorithm(engine):
    names = list(ALGORITHMS)
    for half in (names[:9], names[9:]):
        at = visit("algorithms", algorithms=",".join(half), model=EMBEDDED, photo="cat", side="112")
        assert shown(at).notes == [""] * len(half)


def test_a_measurement_that_was_stopped_keeps_the_photos_it_has(engine, monkeypatch):
    from explorer.labs import survey

    plainly, gate = survey.survey, Event()

    def held(backbone, files, see, panels, reference, task, on_photo):
        plainly(backbone, files[:2], see, panels, reference, task, on_photo)
        while not gate.wait(0.01):
            task.check()

    monkeypatch.setattr(survey, "survey", held)
    at = visit("similarity", feature="key", metric="cosine,dot")
    button(at, "Measure 10 photos").click().run()
    known = at.session_state["session"].measurements["folder"].task
    while len(known.snapshot.results) < 2:
        assert not ended(known, 0.05)
    at.run()
    button(at, "Stop").click().run()
    assert ended(known, 60)
    at.run()
    assert any("Cancelled. Partial results" in told.value for told in at.info)
    assert list(at.dataframe[-1].value["Photos"]) == [2, 2]
    assert "folder.stop" not in {each.key for each in at.button}


def test_choices_of_one_page_are_there_again_after_another(engine):
    at = visit("similarity", feature="key,query", metric="cosine")
    at.switch_page("../pages/algorithms.py").run()
    settled(at)
    next(each for each in at.pills if each.key.startswith("lab.algorithms")).set_value(["bipartite", "greedy"])
    settled(at.run())
    at.switch_page("../pages/prune_or_merge.py").run()
    settled(at)
    assert shown(at).titles == ["Bipartite soft matching", "Attention pruning", "Random pruning"]
    at.switch_page("../pages/algorithms.py").run()
    assert shown(settled(at)).titles == ["Bipartite soft matching", "Greedy matching"]
    at.switch_page("../pages/similarity.py").run()
    assert shown(settled(at)).titles == ["Key", "Query"]


def test_a_page_reached_by_its_tab_shows_the_link_and_makes_no_step_of_its_own(engine):
    odd = {"algorithms": "nonsense"}  # arriving there leaves it out
    at = visit("similarity", feature="key,query", metric="cosine", r="5", reference="query", **odd)
    at.query_params.clear()  # as Streamlit does
    at.switch_page("../pages/algorithms.py").run()
    settled(at)
    assert not at.query_params, "what the server sets is a step in the browser's history"
    told = next(json.loads(part.proto.json) for part in at.get("bidi_component") if "arrival" in part.proto.json)
    link = dict(parse_qsl(told["query"]))
    assert (link["r"], link["feature"], link["reference"]) == ("5", "key,query", "query")
    assert shown(at).reference == 0, "another page's reference is none of this page's"


def test_two_selections_of_panels_have_two_file_names():
    def lab(*features: str, reference: int = 0, model: str = "m") -> SimpleNamespace:
        choices = SimpleNamespace(picture=SimpleNamespace(name="dog"), r=(16, -1.0))
        configs = [MergeConfig(r=(16, -1.0), feature=feature) for feature in features]
        return SimpleNamespace(
            choices=choices, source=SimpleNamespace(key=(model, "dog")), configs=configs, reference=reference
        )

    labs = [lab("key"), lab("value"), lab("key", "value"), lab("key", "value", reference=1), lab("key", model="n")]
    names = {name_of(each, "prune_or_merge") for each in labs}
    assert len(names) == len(labs)
    assert all(re.fullmatch(r"dog-prune-or-merge-r16-decreasing-[0-9a-f]{6}\.csv", name) for name in names)
    assert name_of(lab("key"), "similarity") == name_of(lab("key"), "similarity")
