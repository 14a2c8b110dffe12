"""The labs through AppTest: panels, tables, what a change recomputes, and bad input."""

import io
import json
import statistics
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from urllib.parse import parse_qsl

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer.core.models import EMBEDDED
from explorer.core.runs import Busy, Superseded
from explorer.core.shelf import Shelf
from explorer.core.speed import Round
from explorer.records.service import service
from explorer.ui import cache, lab, lab_trials
from explorer.ui.lab_trials import LEASE_SECONDS
from tome.matching import ALGORITHMS

APP = str(Path(__file__).parents[1] / "explorer" / "app.py")
SMALL = {"side": "224", "model": "other", "timm": "test_vit", "random": "true"}


@pytest.fixture(scope="module")
def engine():
    """The server's engine with the tests' small model: pages find it ready, as on every visit but the first."""
    ready = cache.engine()
    for key in ("random:test_vit", EMBEDDED):
        assert ready.model(key).done.wait(120)
    return ready


@pytest.fixture
def forwards(monkeypatch):
    """The configurations that were run, the plain one included."""
    from explorer.core import compare

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


def settled(at: AppTest) -> AppTest:
    """The page once no panel is on its way."""
    for _ in range(400):
        kept = at.session_state.get("lab")
        if kept is None or kept.job is None:
            break
        while not kept.job.wait(0.05):
            kept.look()
        at.run()
    assert not at.exception
    return at


def viewers(at: AppTest) -> list[dict]:
    """What the viewers of the page were given."""
    given = (json.loads(part.proto.json or "{}") for part in at.get("bidi_component"))
    return [data for data in given if "panels" in data]


def shown(at: AppTest) -> dict:
    return viewers(at)[0]


def png() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(3).integers(0, 255, (64, 96, 3), dtype=np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_similarity_shows_twelve_panels_and_both_tables(engine):
    at = begin("similarity")
    data = shown(at)
    assert len(data["panels"]) == 12
    assert data["titles"][0] == "Key · Cosine"
    measured, printed = (frame.value for frame in at.dataframe[:2])
    assert len(measured) == 12
    assert measured["Panel"][0] == "Key · Cosine (reference)"
    assert measured["Agreement"][0] == 1
    here = printed.set_index("Choice")["Here"]
    assert here["Feature: Key ✓"] == measured["Class cosine"][0]
    assert (printed["Paper"].min(), len(printed)) == (81.01, 18)


def test_the_photo_is_sent_once_for_all_panels(engine):
    first, *rest = shown(visit("similarity"))["panels"]
    assert first["picture"]["src"].startswith("photo:")
    assert {story["picture"]["src"] for story in rest} == {""}


def test_a_change_recomputes_only_what_it_touches(engine, forwards):
    at = visit("similarity", feature="key", metric="cosine,dot")
    assert len(forwards) == 3
    at.pills(key="lab.metric").set_value(["cosine", "dot", "softmax"])
    settled(at.run())
    assert [config.metric for config in forwards[3:]] == ["softmax"]
    assert len(shown(at)["panels"]) == 3


def test_another_reference_runs_nothing_again(engine, forwards):
    at = visit("similarity", feature="key", metric="cosine,dot")
    ran = len(forwards)
    at.session_state["reference"] = "dot"  # as the viewer's button does
    settled(at.run())
    assert shown(at)["reference"] == 1
    assert list(at.dataframe[0].value["Agreement"])[1] == 1
    assert len(forwards) == ran


def test_a_new_r_is_in_the_viewer_before_the_page_is_drawn(engine, sent, sent_by_the_sidebar):
    at = visit("similarity", feature="key", metric="cosine,dot", r="8")
    del sent[:]
    del sent_by_the_sidebar[:]
    at.slider(key="slider.r").set_value(5)
    settled(at.run())
    assert sent_by_the_sidebar[0] == 1
    assert sent[0]["titles"] == ["Cosine", "Dot product"]
    counts = [layer["tokens"] for layer in sent[0]["panels"][0]["layers"]]
    assert counts[1] == counts[0] - 5
    assert [len(story["layers"]) for story in sent[-1]["panels"]] == [len(counts)] * 2
    assert shown(at)["notes"] == ["", ""]


def test_the_first_panel_comes_as_far_as_the_cursor_and_then_whole(engine, sent):
    at = visit("similarity", feature="key", metric="cosine,dot", r="8", layer="2")
    del sent[:]
    at.slider(key="slider.r").set_value(7)
    settled(at.run())
    early, whole = (record["panels"][0] for record in sent[:2])
    assert early["depth"] == whole["depth"] == len(whole["layers"]) - 1
    assert early["layers"] == whole["layers"][:3]
    assert (sent[0]["notes"], sent[0]["awaited"]) == (["", "Waiting for its turn."], [False, True])


def test_panels_that_follow_go_over_the_wire_and_the_page_is_drawn_when_all_are_there(engine, sent, monkeypatch):
    from explorer.core import compare

    plainly = compare.trials

    def one_by_one(backbone, start, configs, check, on_trial, **more):
        for config in configs:
            plainly(backbone, start, [config], check, on_trial, **more)

    monkeypatch.setattr(compare, "trials", one_by_one)
    forget()
    at = begin("similarity", feature="key", metric="cosine,dot,softmax", r="6")
    told = [record["notes"].count("") for record in sent]
    assert told == sorted(told)
    assert told[-1] == 3
    assert shown(at)["notes"] == [""] * 3
    assert len(at.dataframe[0].value) == 3


@pytest.mark.parametrize("page", ["matching", "read", "speed", "training"])
def test_another_page_is_not_sent_what_a_lab_would_show(engine, sent, page):
    at = visit("similarity", feature="key", metric="cosine,dot", r="8")
    at.switch_page(f"../pages/{page}.py").run()
    del sent[:]
    at.slider(key="slider.r").set_value(4).run()
    assert not any(record["titles"] for record in sent)


def test_a_server_that_is_full_says_so_on_the_page_and_not_before(engine, sent, monkeypatch):
    at = visit("similarity", feature="key", metric="cosine,dot", r="8")
    del sent[:]

    def full(*args, **options):
        raise Busy("9 runs are waiting already. Please try again in a moment.")

    monkeypatch.setattr(engine.runs, "submit", full)
    at.slider(key="slider.r").set_value(2).run()
    assert not at.exception
    assert [warning.value for warning in at.warning if "waiting already" in warning.value]
    assert not sent


@pytest.fixture
def slow(monkeypatch):
    """Only the first panel is ever there; the others are worked on until somebody stops it."""
    from explorer.core import compare

    plainly = compare.trials

    def endless(backbone, start, configs, check, on_trial, **more):
        plainly(backbone, start, configs[:1], check, on_trial, **more)
        while not Event().wait(0.01):
            check(2)

    monkeypatch.setattr(compare, "trials", endless)
    monkeypatch.setattr(lab, "await_more", lambda *_: st.stop())  # as if its browser had not waited either
    forget()
    yield plainly
    forget()


def button(at: AppTest, label: str):
    return next(button for button in at.button if label in button.label)


def test_the_first_panel_is_shown_while_the_others_are_on_their_way(engine, slow):
    at = begin("similarity", feature="key", metric="cosine,dot")
    assert shown(at)["notes"] == ["", "Waiting for its turn."]
    assert not at.dataframe


def test_while_nothing_comes_the_bar_is_told_how_far_it_is(engine, slow, monkeypatch):
    told, plainly = [], lab._tell

    def tell(bar, shown, missing):
        plainly(bar, shown, missing)
        told.append(shown.trials.layer)
        if told[-1] == 3 or len(told) > 100:
            st.stop()

    monkeypatch.setattr(lab, "await_more", lab_trials.await_more)
    monkeypatch.setattr(lab_trials, "SAY_SECONDS", 0.0)
    monkeypatch.setattr(lab, "_tell", tell)
    at = begin("similarity", feature="key", metric="cosine,dot")
    assert not at.exception
    assert len(told) > 1
    assert told[-1] == 3


def test_the_bar_counts_the_layers_of_those_that_run_now():
    told, trials = [], SimpleNamespace(layer=7, running=True)
    vit = SimpleNamespace(blocks=range(12))
    shown = SimpleNamespace(configs=range(13), trials=trials, model=SimpleNamespace(model=vit))
    bar = SimpleNamespace(progress=lambda part, text: told.append((round(part, 3), text)))
    lab._tell(bar, shown, 11)
    trials.running = False
    lab._tell(bar, shown, 11)
    said = "2 of 13 runs, the plain one included"
    assert told == [(0.199, f"{said}; layer 7 of 12"), (0.154, said)]


def test_a_job_that_fails_is_explained_and_what_is_there_stays(engine, monkeypatch):
    from explorer.core import compare

    plainly = compare.trials

    def broken(backbone, start, configs, check, on_trial, **more):
        plainly(backbone, start, configs[:1], check, on_trial, **more)
        raise RuntimeError("no more")

    monkeypatch.setattr(compare, "trials", broken)
    forget()
    at = begin("similarity", feature="key", metric="cosine,dot")
    assert at.error[0].value == "These panels could not be computed (RuntimeError): no more"
    assert shown(at)["notes"] == ["", "Not computed."]
    monkeypatch.setattr(compare, "trials", plainly)
    settled(button(at, "Go on").click().run())
    assert shown(at)["notes"] == ["", ""]
    assert not at.error
    forget()


def test_what_one_reader_waits_for_is_not_computed_for_another_too(engine, forwards, monkeypatch):
    from explorer.core import compare

    plainly, gate = compare.trials, Event()

    def held(backbone, start, configs, check, on_trial, **more):
        plainly(backbone, start, configs[:1], check, on_trial, **more)
        assert gate.wait(60)
        plainly(backbone, start, configs[1:], check, on_trial, **more)

    monkeypatch.setattr(compare, "trials", held)
    with monkeypatch.context() as patch:
        patch.setattr(lab, "await_more", lambda *_: st.stop())
        pages = [begin("similarity", feature="key", metric="cosine,dot", r="9") for _ in range(3)]
        assert [shown(at)["notes"] for at in pages] == [["", "Waiting for its turn."]] * 3
    gate.set()
    assert [shown(settled(at))["notes"] for at in pages] == [["", ""]] * 3
    assert [config.r for config in forwards] == [9, 9, 0]


def test_a_stop_ends_the_job_until_the_reader_goes_on(engine, slow, monkeypatch):
    from explorer.core import compare

    at = begin("similarity", feature="key", metric="cosine,dot")
    job = at.session_state["lab"].job
    button(at, "Stop the rest").click().run()
    assert job.wait(10)
    at.run()
    assert at.session_state["lab"].job is job
    assert shown(at)["notes"] == ["", "Stopped."]
    monkeypatch.setattr(compare, "trials", slow)
    settled(button(at, "Go on").click().run())
    assert shown(at)["notes"] == ["", ""]


def test_a_page_that_nobody_looks_at_any_more_lets_its_job_go(engine, slow):
    at = begin("similarity", feature="key", metric="cosine,dot")
    kept = at.session_state["lab"]
    assert not kept.job.wait(0.1)
    kept.looked -= LEASE_SECONDS + 1
    assert kept.job.wait(10)
    with pytest.raises(Superseded):
        kept.job.result()


def test_another_control_takes_the_jobs_place(engine, slow):
    at = begin("similarity", feature="key", metric="cosine,dot")
    job = at.session_state["lab"].job
    at.slider(key="slider.r").set_value(3).run()
    assert job.wait(10)
    assert at.session_state["lab"].job is not job
    at.session_state["lab"].stop()


def test_another_r_runs_the_panels_but_not_the_plain_run_again(engine, forwards):
    at = visit("similarity", feature="key", metric="cosine,dot", r="8")
    at.slider(key="slider.r").set_value(4)
    settled(at.run())
    assert [config.r for config in forwards] == [8, 8, 0, 4, 4]


def test_what_does_not_depend_on_r_is_computed_once_for_a_photo(engine):
    calls, vit = [], engine.model("random:test_vit").backbone.model
    handle = vit.patch_embed.register_forward_hook(lambda *_: calls.append(1))
    forget()
    at = visit("similarity", feature="key", metric="cosine,dot", r="8")
    at.slider(key="slider.r").set_value(4)
    settled(at.run())
    visit("layers", r="8")  # nor on the page
    assert len(calls) == 1
    at.pills(key="photo").set_value("cat")
    settled(at.run())
    handle.remove()
    assert len(calls) == 2


def test_the_reference_is_the_panel_that_the_table_compares_with(engine):
    at = visit("similarity", feature="key,query", metric="cosine", reference="query")
    assert shown(at)["reference"] == 1
    assert list(at.dataframe[0].value["Panel"]) == ["Key", "Query (reference)"]
    assert at.dataframe[0].value["Agreement"][1] == 1


def test_a_pinned_patch_brings_its_similarities_for_every_panel(engine):
    data = shown(visit("similarity", feature="key", metric="cosine,dot", pinned="17"))
    assert data["heat"]["patch"] == 17
    assert len(data["heat"]["panels"]) == 2
    first = data["heat"]["panels"][0]
    assert first[0] is None
    assert first[1]["high"] == pytest.approx(1, abs=0.01)


def test_a_pinned_patch_that_the_photo_does_not_have_is_let_go(engine):
    assert shown(visit("similarity", feature="key", metric="cosine", pinned="99999"))["heat"] is None


def test_more_panels_than_fit_are_refused_in_one_sentence(engine):
    at = visit("similarity", feature="key,query,value,output", metric="cosine,dot,softmax,euclidean")
    assert "16 panels" in at.info[0].value
    assert not at.dataframe


def test_no_panel_at_all_is_an_invitation(engine):
    at = visit("algorithms")
    at.pills(key="lab.algorithms").set_value([])
    at.run()
    assert not at.exception
    assert "Choose at least one" in at.info[0].value


@pytest.mark.parametrize(("page", "panels"), [("similarity", 2), ("algorithms", 3), ("prune_or_merge", 3)])
def test_times_are_shown_once_they_were_asked_for_and_measured_in_turn(engine, forwards, monkeypatch, page, panels):
    monkeypatch.setattr("explorer.ui.lab_times.ROUNDS", 3)
    at = visit(page, feature="key", metric="cosine,dot", algorithms="bipartite,greedy,attention_prune", r="2")
    assert "Run, ms" not in at.dataframe[0].value
    ran = len(forwards)
    at.button(key="lab.times.start").click().run()
    assert at.session_state["growing.lab.times"].job.wait(240)
    settled(at.run())
    measured = [event.seconds for event in at.session_state["growing.lab.times"].results if isinstance(event, Round)]
    configs = list(measured[0])[1:]  # after the plain model
    expected = [1e3 * statistics.median(each[config] for each in measured) for config in configs]
    assert (len(measured), list(at.dataframe[0].value["Run, ms"])) == (3, pytest.approx(expected))
    assert len(expected) == panels
    assert any("medians of 3 rounds" in caption.value for caption in at.caption)
    assert len(forwards) == ran, "the panels are what they were"


def test_an_algorithm_that_cannot_be_timed_is_left_out_of_the_times_only(engine, monkeypatch):
    from explorer.core import speed

    plainly = speed.patch

    def refusing(model, config):
        if config.algorithm == "greedy":
            raise MemoryError("too large")
        return plainly(model, config)

    monkeypatch.setattr(speed, "patch", refusing)
    at = visit("algorithms", algorithms="bipartite,greedy", r="2")
    at.button(key="lab.times.start").click().run()
    assert at.session_state["growing.lab.times"].job.wait(240)
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
    assert len(at.get("plotly_chart")) == 1


def test_an_algorithm_that_fails_does_so_in_its_own_panel(engine, monkeypatch):
    from tome.matching import greedy

    def fail(given):
        raise ValueError("no pair was found")

    monkeypatch.setattr(greedy, "match", fail)
    forget()
    at = visit("algorithms", algorithms="bipartite,greedy,pitome")
    data = shown(at)
    assert data["notes"] == ["", "Greedy matching failed: no pair was found.", ""]
    assert [len(story["layers"]) > 1 for story in data["panels"]] == [True, False, True]
    assert "Greedy matching (failed)" in list(at.dataframe[0].value["Panel"])
    forget()


def test_a_model_without_a_class_token_is_compared_by_its_patches(engine):
    assert engine.model("random:test_vit2").done.wait(120)
    at = visit("algorithms", timm="test_vit2", algorithms="bipartite,kmeans,attention_prune")
    assert "scores tokens by the class token" in shown(at)["notes"][2]
    (chart,) = at.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    assert figure["layout"]["yaxis"]["title"]["text"] == "Patch cosine"
    assert [mark["name"] for mark in figure["data"]] == ["Bipartite soft matching", "k-means, 5 rounds"]
    assert any("by the class token, and this model has none" in line.value for line in at.caption)


def test_nothing_merged_is_no_agreement_with_the_paper(engine):
    at = visit("similarity", feature="key", metric="cosine,dot", r="0")
    assert any(line.value == "All the same: nothing is merged." for line in at.caption)
    assert not any("cosine not below" in text.value for text in at.markdown)


def test_one_photos_order_stands_beside_the_papers_table(engine):
    at = visit("similarity", feature="key", metric="cosine,dot", r="8")
    row = at.dataframe[0].value.set_index("Panel")["Class cosine"]
    cosine, dot = row["Cosine (reference)"], row["Dot product"]
    word = "yes" if cosine > dot else "no"
    assert any(
        f"cosine not below dot product: {word}, {cosine:.4f} and {dot:.4f}" in text.value for text in at.markdown
    )


def test_pruning_shows_the_batch_and_its_padding(engine):
    at = visit("prune_or_merge", batch="dog,duck")
    assert "padding" in " ".join(element.value for element in at.markdown)
    assert [len(data["panels"]) for data in viewers(at)] == [3, 2]


def test_a_batch_of_one_photo_is_asked_for_another(engine):
    at = visit("prune_or_merge", batch="dog")
    assert "at least two" in at.info[0].value


def test_the_ten_samples_are_measured_with_mean_spread_and_csv(engine):
    at = visit("similarity", feature="key", metric="cosine,dot")
    at = next(button for button in at.button if "Measure 10 photos" in button.label).click().run()
    growing = at.session_state["growing.folder"]
    assert growing.job.wait(60)
    at.run()
    assert not at.exception
    table, order = (frame.value for frame in at.dataframe[-2:])
    assert list(table["Photos"]) == [10, 10]
    assert " ± " in table["Class cosine"][0]
    assert any("CSV" in str(element.proto.label) for element in at.get("download_button"))
    assert list(order["The paper"]) == ["cosine not below dot product"]
    assert " of 10" in order["Photos"][0]


def test_an_archive_that_was_refused_is_not_looked_into_again(engine, monkeypatch):
    from explorer.core import folder

    looks, look = [], folder.entries
    monkeypatch.setattr(folder, "entries", lambda files: looks.append(1) or look(files))
    at = visit("similarity", feature="key", metric="cosine")
    at.toggle(key="folder.own").set_value(True).run()
    looks.clear()
    uploader = next(each for each in at.file_uploader if each.label == "Photos or a zip archive")
    uploader.set_value([("torn.zip", b"PK\3\4 torn", "application/zip")])
    for _ in range(3):
        at = settled(at.run())
        assert "is not a zip archive that can be read" in at.error[0].value
    assert len(looks) == 1


def test_changing_a_control_cancels_the_measurement_over_many_photos(engine, monkeypatch):
    from explorer.core import survey

    def endless(backbone, files, see, panels, reference, job, on_photo):
        while not Event().wait(0.01):
            job.check()

    monkeypatch.setattr(survey, "survey", endless)
    at = visit("similarity", feature="key", metric="cosine,dot")
    at = next(button for button in at.button if "Measure 10 photos" in button.label).click().run()
    job = at.session_state["growing.folder"].job
    assert not job.wait(0)
    at.pills(key="lab.metric").set_value(["cosine"])
    at.run()
    assert job.wait(10)
    with pytest.raises(Superseded):
        job.result()
    assert "growing.folder" not in at.session_state


def test_a_bad_upload_says_why_and_the_panels_stay(engine):
    at = visit("similarity", feature="key", metric="cosine")
    at.file_uploader[0].set_value(("broken.png", b"\x89PNG\r\n\x1a\n junk", "image/png"))
    settled(at.run())
    assert "broken" in at.error[0].value
    assert len(shown(at)["panels"]) == 1


@pytest.mark.parametrize("bad", [{"feature": "x"}, {"metric": ",,"}, {"reference": "nobody"}, {"algorithms": "../x"}])
def test_a_broken_link_falls_back_to_the_defaults(engine, bad):
    at = visit("algorithms" if "algorithms" in bad else "similarity", **bad)
    assert shown(at)["reference"] == 0
    assert len(shown(at)["panels"]) >= 8


def test_the_embedded_model_runs_every_algorithm(engine):
    names = list(ALGORITHMS)
    for half in (names[:9], names[9:]):
        at = visit("algorithms", algorithms=",".join(half), model=EMBEDDED, photo="cat")
        assert shown(at)["notes"] == [""] * len(half)


def test_a_measurement_that_was_stopped_keeps_the_photos_it_has(engine, monkeypatch):
    from explorer.core import survey

    plainly, gate = survey.survey, Event()

    def held(backbone, files, see, panels, reference, job, on_photo):
        plainly(backbone, files[:2], see, panels, reference, job, on_photo)
        while not gate.wait(0.01):
            job.check()

    monkeypatch.setattr(survey, "survey", held)
    at = visit("similarity", feature="key", metric="cosine,dot")
    button(at, "Measure 10 photos").click().run()
    known = at.session_state["growing.folder"]
    while len(known.results) < 2:
        assert not known.job.wait(0.05)
    at.run()
    button(at, "Stop").click().run()
    assert known.job.wait(60)
    at.run()
    assert any("Cancelled. What was measured until then" in told.value for told in at.info)
    assert list(at.dataframe[-1].value["Photos"]) == [2, 2]
    assert "folder.stop" not in {each.key for each in at.button}


def test_choices_of_one_page_are_there_again_after_another(engine):
    at = visit("similarity", feature="key,query", metric="cosine")
    at.switch_page("../pages/algorithms.py").run()
    settled(at)
    at.pills(key="lab.algorithms").set_value(["bipartite", "greedy"])
    settled(at.run())
    at.switch_page("../pages/prune_or_merge.py").run()
    settled(at)
    assert shown(at)["titles"] == ["Bipartite soft matching", "Attention pruning", "Random pruning"]
    at.switch_page("../pages/algorithms.py").run()
    assert shown(settled(at))["titles"] == ["Bipartite soft matching", "Greedy matching"]
    at.switch_page("../pages/similarity.py").run()
    assert shown(settled(at))["titles"] == ["Key", "Query"]


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
    assert shown(at)["reference"] == 0, "another page's reference is none of this page's"
