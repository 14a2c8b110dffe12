"""Tables of results come from files that commands wrote, and what the README says of them is in those files."""

import re
from argparse import Namespace
from itertools import groupby

import pytest
import reference
import result_files
import results
import timm
import timm_models
from test_docs import DOCS, PAGES
from test_docs_commands import command_lines, read

from explorer.export.memory import ALL_AT_ONCE, FLAT, ONE_BY_ONE, STILL
from explorer.speed.advice import PEAKS
from tome.lab import models
from tome.lab.command import r_from_text

FOUND = models.read(timm_models.PATH)
RESULTS = [name for name in PAGES if name.startswith("docs/results/")]


def test_every_file_of_results_is_in_a_table(monkeypatch):
    read, records = set(), result_files.records
    monkeypatch.setattr(result_files, "records", lambda name: read.add(name) or records(name))
    for part in results.PARTS.values():
        part()
    assert read == set(result_files.files())


def test_a_changed_file_changes_its_table(monkeypatch):
    before, records = results.text(), result_files.records
    monkeypatch.setattr(result_files, "records", lambda name: [{**each, "cosine": "0.5"} for each in records(name)])
    assert results.text() != before


@pytest.mark.parametrize("name", RESULTS)
def test_a_table_that_no_file_stands_behind_says_so(name):
    by_hand = reference.PART.sub("", PAGES[name])
    sections = re.split(r"^#+ ", by_hand, flags=re.MULTILINE)
    tables = [each for each in sections if re.search(r"^\|[ -]*---", each, re.MULTILINE)]
    assert [each.splitlines()[0] for each in tables if "by hand" not in each] == []


SETTINGS = ("algorithm", "batch", "frames", "k", "pan", "r", "removed", "rounds", "rows", "seed", "test", "train")
"""options whose values are in a column of the same name"""


def asked() -> dict[str, list[Namespace]]:
    """Return the arguments of all commands that write a file of results, by the name of the file."""
    found: dict[str, list[Namespace]] = {}
    for _, module, rest in command_lines():
        if written := re.search(r" --csv docs/results/data/(\w+)\.csv$", rest):
            found.setdefault(written[1], []).append(read(module, rest))
    return found


@pytest.mark.parametrize(("name", "arguments"), asked().items())
def test_a_file_of_results_has_the_settings_of_the_commands_beside_it(name, arguments):
    records = result_files.records(name)
    columns = set(SETTINGS) & set(records[0]) & set(vars(arguments[0]))
    if name == "scaling":
        columns -= {"r"}  # follows from the number of tokens
    assert columns
    for column in columns:
        given = [getattr(each, column) for each in arguments]
        wanted = {str(value) for values in given for value in (values if isinstance(values, list) else [values])}
        found = {each[column] for each in records}
        assert ({str(r_from_text(each)) for each in found} if column == "r" else found) == wanted, column


def test_files_of_results_are_small():
    sizes = {path.name: path.stat().st_size for path in [*result_files.DATA.glob("*"), timm_models.PATH]}
    assert {name for name, size in sizes.items() if size > 150_000} == set()


def speed(model: str, size: int, batch: int, r: int) -> dict[str, str]:
    """Return the record of one measurement of speed."""
    wanted = (model, *map(str, (size, batch, r)))
    names = ("model", "image_size", "batch", "r")
    (found,) = [each for each in result_files.records("speed") if tuple(map(each.get, names)) == wanted]
    return found


SMALL, BASE, EMBEDDED = "vit_small_patch16_224", "vit_base_patch16_224", "vit_small_patch14_dinov2"


def test_the_speed_in_the_readme_is_the_measured_one():
    large, small = speed(SMALL, 224, 8, 16), speed(EMBEDDED, 224, 1, 18)
    words = " ".join(PAGES["README.md"].split())
    assert f"**{float(large['speed_up']):.2f} ×** the throughput of ViT-S/16 at r = 16, batch 8" in words
    assert f"the GFLOPs predict {float(large['predicted']):.2f} ×" in words
    assert f"[{float(small['speed_up']):.2f} × at r = 18]" in words


@pytest.mark.parametrize(
    ("setting", "target", "reached"),
    [
        ((SMALL, 224, 8, 13), 0.95, True),
        ((SMALL, 224, 8, 16), 0.95, True),
        ((BASE, 224, 8, 13), 0.95, True),
        ((BASE, 224, 8, 16), 0.95, True),
        ((SMALL, 512, 1, 60), 0.95, False),
        ((EMBEDDED, 518, 1, 110), 0.95, False),
        ((EMBEDDED, 224, 1, 16), 0.90, False),
    ],
)
def test_a_share_of_the_free_merge_is_reached_or_missed_as_the_page_says(setting, target, reached):
    share = float(speed(*setting)["share_of_free"])
    assert (share >= target) == reached
    assert reached or share >= target - 0.0149, "missed by more than a hundredth"


@pytest.mark.parametrize(("file", "peak"), PEAKS.items())
def test_the_memory_on_the_page_speed_is_the_measured_one(file, peak):
    names = ("model", "algorithm", "image_size", "batch", "r", "plain_peak_bytes", "peak_bytes")
    measured = [tuple(each[name] for name in names) for each in result_files.records(file)]
    assert ("vit_small_patch16_224", "bipartite", "224", "8", *map(str, peak)) in measured


def test_the_damaged_files_on_their_page_are_counted():
    found, words = result_files.records("media_mutants"), " ".join(PAGES["docs/results/damaged-media.md"].split())
    total, crashed = (sum(int(each[name]) for each in found) for name in ("files", "crashed"))
    assert f"read {total:,} damaged files in sequence" in words
    assert f"{crashed or 'none'} of them ended the worker" in words
    assert {each["date"] for each in found} == {"2026-11-29"}
    assert "29 November 2026" in words
    loads = [float(each["load"]) for each in found]
    assert f"load {min(loads):.0f} to {max(loads):.0f}" in words


def test_the_files_of_closed_sessions_are_those_of_the_table():
    (measured,) = [each["measured"] for each in result_files.records("holds") if "3,000 connects" in each["property"]]
    (most,) = re.search(r"files \d+ → (\d+) at most", measured).groups()
    assert f"the {most} files above" in PAGES["docs/results/holds.md"]


@pytest.mark.parametrize("found", result_files.records("drawing_memory"), ids=lambda found: " ".join(found.values()))
def test_more_memory_is_kept_free_for_a_drawing_than_it_took(found):
    format, per_pixel = found["format"], float(found["bytes_per_pixel"])
    kept = (STILL | ONE_BY_ONE).get(format, 13 * ALL_AT_ONCE.get(format, 0))  # 13 pictures of a film
    assert per_pixel < kept or float(found["megabytes"]) * 1e6 < FLAT


@pytest.mark.parametrize("name", [name for name in result_files.files() if "when" in result_files.records(name)[0]])
def test_a_figure_that_was_transferred_has_a_date_and_a_command(name):
    found = result_files.records(name)
    assert [each for each in found if not re.fullmatch(r"2026-11(-\d\d)?|CI", each["when"])] == []
    assert [each for each in found if not each["command"]] == []


def test_the_words_in_the_readme_are_the_measured_ones():
    changed = {
        each["r"]: each["changed"] for each in result_files.records("speech") if each["algorithm"] == "bipartite"
    }
    words = " ".join(PAGES["README.md"].split())
    assert f"**{changed['200']} of 53 words** of two sentences change" in words
    assert f"[{changed['300']} with 300 left]" in words


@pytest.mark.parametrize("page", ["README.md", "docs/limits.md"])
def test_the_number_of_models_is_that_of_the_table(page):
    accepted = sum(not one.reason for one in FOUND)
    assert re.search(rf"\b{accepted}\b (of timm's names|qualify)", " ".join(PAGES[page].split()))


@pytest.mark.skipif(
    timm.__version__ != "1.0.31", reason="names are those of timm 1.0.31, with which the file was written"
)
def test_the_table_of_timm_has_every_name_that_timm_has():
    assert [one.name for one in FOUND] == timm.list_models()


def samples() -> list[models.Verdict]:
    """Return the first model of each class that has a host or a reason of its own."""
    kinds = sorted((one for one in FOUND if one.reason != models.NO_HOST), key=lambda one: (one.kind, one.reason))
    return [next(group) for _, group in groupby(kinds, key=lambda one: (one.kind, one.reason))]


@pytest.mark.parametrize("one", samples(), ids=lambda one: one.name)
def test_a_model_gets_the_answer_of_the_table(one):
    assert models.verdict(one.name) == one


def test_the_page_links_to_the_file():
    assert "(timm.csv)" in PAGES["docs/models/timm.md"]
    assert (DOCS / "models" / "timm.csv").exists()
