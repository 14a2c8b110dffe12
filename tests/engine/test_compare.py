"""One photo, or many, under several configurations: what is measured, and what goes to the viewer and into the CSV."""

import csv
import io
import zipfile
from base64 import b64decode
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import tome
from explorer.engine import compare
from explorer.engine.compare import Failure, Trial, kept_similarity, measure, trials
from explorer.engine.forward import begin, pixels
from explorer.engine.heat import GONE, rows, rows_beside, warm, warm_beside
from explorer.engine.models import load as load_model
from explorer.engine.task import Superseded, Task
from explorer.labs.order import CLAIMS, QUANTILES, main, verdicts
from explorer.labs.survey import Line, csv_name, summaries, survey, to_csv
from explorer.measuring import paper
from explorer.measuring.pruning import Crowd, crowd, information, speeds
from explorer.media import folder
from explorer.media.folder import entries
from explorer.media.images import BadImage, Picture, load
from explorer.media.views import fit
from tome import MergeConfig
from tome.matching import ALGORITHMS

BASE = MergeConfig(r=4)
PLAIN = MergeConfig(r=0)


def task() -> Task:
    return Task("test")


def noise(seed: int = 0, width: int = 64, height: int = 48) -> Picture:
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return Picture(pixels=pixels, digest=str(seed), name=f"noise {seed}", note="")


def png(seed: int = 0) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(noise(seed).pixels).save(stream, "PNG")
    return stream.getvalue()


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.fixture(scope="module")
def backbone():
    return load_model("random:test_vit")


def see(picture: Picture):
    return fit(picture, 16, 48)


def run(backbone, *configs, picture=None) -> dict[MergeConfig, Trial | Failure]:
    found = {}
    picture = picture or noise()
    start = begin(backbone, picture, see(picture), configs)
    trials(backbone, start, configs, task().check, lambda result: found.update({result.config: result}))
    return found


def test_the_plain_run_is_itself(backbone):
    plain = run(backbone, PLAIN)[PLAIN]
    score = measure(plain, plain, plain)
    assert score.class_cosine == pytest.approx(1, abs=1e-6)
    assert (score.patch_cosine, score.top5, score.kept, score.agreement) == pytest.approx((1, 1, 1, 1), abs=1e-6)
    assert score.pairs is None


def test_a_panel_agrees_fully_with_itself_and_less_with_another(backbone):
    other = replace(BASE, metric="softmax")
    found = run(backbone, BASE, other, PLAIN)
    assert measure(found[BASE], found[PLAIN], found[BASE]).agreement == 1
    assert measure(found[other], found[PLAIN], found[BASE]).agreement < 1


@pytest.mark.parametrize(("algorithm", "kept"), [("bipartite", 1.0), ("random_prune", 0.5)])
def test_kept_similarity_is_all_of_equal_tokens_and_without_what_is_dropped(algorithm, kept):
    vit = load_model("random:test_vit")
    config = replace(BASE, r=[24], algorithm=algorithm)  # half of 48 patches, in the first block alone
    trial = run(vit, config)[config]
    alike = torch.ones(49, 3).half()
    assert kept_similarity(replace(trial, features=(alike, *trial.features[1:]))) == pytest.approx(kept)


def test_a_failure_is_one_sentence_and_the_others_are_there(backbone, monkeypatch):
    from tome.matching import greedy

    def fail(given):
        raise ValueError("the moon is full\nand more")

    monkeypatch.setattr(greedy, "match", fail)
    broken = replace(BASE, algorithm="greedy")
    found = run(backbone, BASE, broken, PLAIN)
    assert found[broken].reason == "Greedy matching failed: the moon is full."
    assert isinstance(found[BASE], Trial)


@pytest.mark.parametrize(("together", "sizes"), [(3 * 49, [1, 2, 3]), (10, [1, 1, 1, 1, 1, 1])])
def test_a_batch_holds_as_many_configurations_as_have_tokens_together(backbone, monkeypatch, together, sizes):
    monkeypatch.setattr(compare, "TOGETHER", together)
    ran = []
    handle = backbone.model.blocks[1].attn.qkv.register_forward_hook(lambda _, __, gave: ran.append(len(gave)))
    run(
        backbone,
        *(
            replace(BASE, metric=metric, combine=how)
            for metric in ("cosine", "dot", "softmax")
            for how in ("keep", "max")
        ),
    )
    handle.remove()
    assert ran == sizes


def test_a_cancelled_task_stops_between_blocks(backbone):
    picture, cancelled, found = noise(), task(), []

    def cancel_after_the_first(result):
        found.append(result)
        cancelled.cancel()

    configs = [BASE, replace(BASE, metric="dot"), PLAIN]
    with pytest.raises(Superseded):
        trials(
            backbone, begin(backbone, picture, see(picture), configs), configs, cancelled.check, cancel_after_the_first
        )
    assert len(found) == 1


def test_a_patch_is_most_similar_to_itself(backbone):
    trial = run(backbone, BASE)[BASE]
    for row in rows(trial, 7):
        assert row[7] == pytest.approx(1, abs=2e-3)
        assert row.max() == row[7]


def test_patches_of_one_token_are_equally_similar(backbone):
    trial = run(backbone, BASE)[BASE]
    prefix, source = trial.trace.prefix, trial.trace.source(1)[0]
    row = rows(trial, 0)[2]  # the third block compares what the second left
    for token in source[prefix:].unique():
        assert len(row[source[prefix:] == token].unique()) == 1


def test_the_similarity_of_the_best_edge_is_in_the_heat(backbone):
    trial = run(backbone, BASE)[BASE]
    first = trial.trace.layers[0]
    source, destination = (side[0, 0].item() - trial.trace.prefix for side in (first.source, first.destination))
    assert rows(trial, source)[0][destination] == pytest.approx(first.similarity[0, 0].item(), abs=2e-3)


def test_a_dropped_patch_has_no_similarity_and_nothing_is_similar_to_it(backbone):
    config = replace(BASE, algorithm="random_prune")
    trial = run(backbone, config)[config]
    gone = (trial.trace.source(0)[0, trial.trace.prefix :] < 0).nonzero()[0].item()
    left = (trial.trace.source(-1)[0, trial.trace.prefix :] >= 0).nonzero()[0].item()
    assert rows(trial, gone)[1] is None
    assert rows(trial, left)[1][gone].isnan()
    assert np.frombuffer(b64decode(warm(trial, left)[2]["values"]), np.uint8)[gone] == GONE


def test_heat_bytes_run_from_the_lowest_to_the_highest_similarity(backbone):
    trial = run(backbone, BASE)[BASE]
    record, row = warm(trial, 3)[1], rows(trial, 3)[0]
    values = np.frombuffer(b64decode(record["values"]), np.uint8)
    assert (values.min(), values.max()) == (0, 254)
    back = record["low"] + values / 254 * (record["high"] - record["low"])
    assert np.abs(back - row.numpy()).max() <= (record["high"] - record["low"]) / 254
    assert warm(trial, 3)[0] is None


def keys_of(backbone, picture: Picture, config: MergeConfig) -> tuple[list[torch.Tensor], tome.Trace]:
    """What each block compares, by tome alone: the keys, mean over the heads."""
    found: list[torch.Tensor] = []
    image = pixels(backbone, picture, see(picture))
    handles = [
        block.attn.qkv.register_forward_hook(lambda attn, _, out: found.append(out)) for block in backbone.model.blocks
    ]
    with torch.inference_mode():
        _, trace = tome.trace(backbone.model, image, config)
    for handle in handles:
        handle.remove()
    heads = backbone.model.blocks[0].attn.num_heads
    return [out.unflatten(-1, (3, heads, -1))[0, :, 1].mean(1)[trace.prefix :] for out in found], trace


def test_the_similarity_to_another_photo_is_the_cosine_of_the_keys_of_both_runs(backbone):
    first, second = noise(1), noise(2, width=48, height=64)
    trials_ = [run(backbone, BASE, picture=picture)[BASE] for picture in (first, second)]
    (mine, trace), (theirs, other) = (keys_of(backbone, picture, BASE) for picture in (first, second))
    found = rows_beside(*trials_, 7)
    assert len(found) == len(mine) > 1
    for number, (own, there) in enumerate(found):
        tokens = [
            each.source(number - 1)[0, each.prefix :] - each.prefix if number else torch.arange(48)
            for each in (trace, other)
        ]
        query = mine[number][tokens[0][7]]
        for row, keys, place in ((own, mine, tokens[0]), (there, theirs, tokens[1])):
            expected = torch.cosine_similarity(query[None], keys[number])[place]
            assert torch.allclose(row, expected, atol=3e-3)


def test_both_photos_of_a_layer_have_one_range(backbone):
    trials_ = [run(backbone, BASE, picture=noise(seed))[BASE] for seed in (1, 2)]
    own, there = warm_beside(*trials_, 7)
    assert own[0] is there[0] is None
    for mine, theirs, (row, close) in zip(own[1:], there[1:], rows_beside(*trials_, 7), strict=True):
        both = torch.cat([row, close])
        assert (mine["low"], mine["high"]) == (theirs["low"], theirs["high"]) == (both.min(), both.max())
        values = np.frombuffer(b64decode(theirs["values"]), np.uint8)
        back = theirs["low"] + values / 254 * (theirs["high"] - theirs["low"])
        assert np.abs(back - close.numpy()).max() <= (theirs["high"] - theirs["low"]) / 254


def test_without_merging_nothing_is_similar_to_another_photo(backbone):
    trials_ = [run(backbone, PLAIN, picture=noise(seed))[PLAIN] for seed in (1, 2)]
    assert not any(rows_beside(*trials_, 7))


def test_a_patch_dropped_in_one_photo_is_compared_no_more_and_one_in_the_other_is_gone(backbone):
    config = replace(BASE, algorithm="random_prune")
    trials_ = [run(backbone, config, picture=noise(seed))[config] for seed in (1, 2)]
    away = [(each.trace.source(0)[0, each.trace.prefix :] < 0).nonzero()[0].item() for each in trials_]
    left = (trials_[0].trace.source(-1)[0, trials_[0].trace.prefix :] >= 0).nonzero()[0].item()
    assert rows_beside(*trials_, away[0])[1] is None
    values = np.frombuffer(b64decode(warm_beside(*trials_, left)[1][2]["values"]), np.uint8)
    assert values[away[1]] == GONE


def test_a_patch_outside_the_photo_is_refused(backbone):
    with pytest.raises(IndexError, match="patch must be one of the 48 patches; got 48"):
        rows(run(backbone, BASE)[BASE], 48)


def test_a_zip_yields_its_photos_and_no_other_files():
    archive = zipped(**{"a/1.png": png(1), "b/1.png": png(2), "a/.DS_Store": b"x", "__MACOSX/a/1.png": b"x"})
    found = entries([("photos.zip", archive), ("plain.png", png(3))])
    assert [entry.name for entry in found] == ["1.png", "1.png (2)", "plain.png"]
    assert load(found[1].read()).digest == load(png(2)).digest


def test_a_zip_of_too_many_files_or_bytes_is_refused_before_it_is_unpacked():
    with pytest.raises(BadImage, match="more than 200 files"):
        entries([("many.zip", zipped(**{f"{i}.png": b"x" for i in range(201)}))])
    bomb = zipped(**{f"{i}.png": bytes(35 * 2**20) for i in range(3)})
    with pytest.raises(BadImage, match="unpacks to more than 100 MB"):
        entries([("bomb.zip", bomb)])


def test_a_zip_that_lies_about_its_sizes_gives_no_more_than_it_promised():
    archive = bytearray(zipped(**{"a.png": bytes(10_000)}))
    place = archive.rfind(b"PK\x01\x02") + 24  # the uncompressed size in the central directory
    archive[place : place + 4] = (100).to_bytes(4, "little")
    (entry,) = entries([("liar.zip", bytes(archive))])
    with pytest.raises(BadImage, match="cannot be unpacked"):
        entry.read()


def test_a_broken_zip_is_one_sentence():
    with pytest.raises(BadImage, match=r"“torn.zip” is not a readable zip archive"):
        entries([("torn.zip", zipped(**{"a.png": png()})[:60])])


def test_a_survey_measures_every_photo_and_says_which_one_it_could_not_read(backbone):
    files = entries([("one.png", png(1)), ("bad.png", b"not a picture"), ("two.png", png(2))])
    panels, photos = [("base", BASE), ("dot", replace(BASE, metric="dot"))], []
    survey(backbone, files, see, panels, 0, task(), photos.append)
    assert [[line.panel for line in photo] for photo in photos] == [["base", "dot"], [""], ["base", "dot"]]
    assert "bad.png" in photos[1][0].reason
    base, dot = summaries([line for photo in photos for line in photo])
    assert (base.panel, base.photos, dot.panel) == ("base", 2, "dot")
    lines = [line for photo in photos for line in photo if line.score]
    assert all(line.tokens - line.tokens_left == BASE.r * len(backbone.model.blocks) for line in lines)
    cosines = [photo[0].score.class_cosine for photo in photos if photo[0].score]
    assert base.mean["class_cosine"] == pytest.approx(np.mean(cosines))
    assert base.spread["class_cosine"] == pytest.approx(np.std(cosines, ddof=1))


def test_a_file_that_comes_twice_counts_once(backbone):
    files, photos = entries([("one.png", png(1)), ("two.png", png(2)), ("copy.png", png(1))]), []
    survey(backbone, files, see, [("base", BASE)], 0, task(), photos.append)
    assert [photo[0].reason for photo in photos] == [
        "",
        "",
        "“copy.png” is the same photo as “one.png”; it counts once.",
    ]
    (base,) = summaries([line for photo in photos for line in photo])
    assert base.photos == 2


def test_a_line_of_pruning_leaves_settings_empty_that_change_nothing():
    configs = [tome.MergeConfig(r=8, algorithm=name) for name in ("attention_prune", "random_prune", "bipartite")]
    found = list(csv.DictReader(io.StringIO(to_csv([Line("dog", each.algorithm, each, None) for each in configs]))))
    for row in found[:2]:
        assert {
            row[name] for name in ("partition", "feature", "metric", "heads", "combine", "proportional_attention")
        } == {""}
        assert row["r"] == "8"
    assert [row["seed"] for row in found] == ["", "0", "0"]
    assert (found[2]["metric"], found[2]["proportional_attention"]) == ("cosine", "True")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_name_that_a_spreadsheet_would_compute_is_quoted(name):
    text = to_csv([Line(name, "base", BASE, None, "")])
    assert list(csv.reader(io.StringIO(text)))[1][0] == "'" + name


def test_the_csv_holds_every_number_of_a_line(backbone):
    found = run(backbone, BASE, PLAIN)
    score = measure(found[BASE], found[PLAIN], found[BASE])
    (row,) = csv.DictReader(io.StringIO(to_csv([Line("dog", "base", BASE, score)])))
    assert float(row["class_cosine"]) == score.class_cosine
    assert (row["photo"], row["panel"], row["pairs"]) == ("dog", "base", str(score.pairs))


def test_the_name_of_a_csv_tells_other_photos_models_and_panels_apart():
    line = Line("dog", "base", BASE, None, "", "1f")
    name = csv_name({"model": "a"}, [line])
    assert name == csv_name({"model": "a"}, [replace(line, photo="renamed", panel="other words")])
    others = [
        csv_name({"model": "b"}, [line]),
        csv_name({"model": "a"}, [replace(line, digest="2e")]),
        csv_name({"model": "a"}, [replace(line, config=PLAIN)]),
        csv_name({"model": "a"}, [line, line]),
    ]
    assert len({name, *others}) == 5
    assert csv_name({}, [line, replace(line, config=replace(BASE, r=(8, -1.0)))], "prune_or_merge").startswith(
        f"tome-prune-or-merge-0-photos-r{BASE.r}-r8-decreasing-"
    )


def class_cosines(*pairs, **choice) -> list[Line]:
    """Lines of one photo for each pair: the default choice, and another."""
    configs = MergeConfig(r=8), MergeConfig(r=8, **choice)
    return [
        Line(str(photo), "", config, compare.Score(cosine, 0, None, 0, None, 0))
        for photo, pair in enumerate(pairs)
        for config, cosine in zip(configs, pair, strict=True)
    ]


def test_a_claim_counts_the_photos_that_agree():
    lines = class_cosines((0.9, 0.8), (0.5, 0.7), (0.1, None), metric="dot")
    (verdict,) = verdicts(lines, MergeConfig(r=8))
    assert verdict.claim.text == "cosine at least as good as dot product"
    assert (verdict.photos, verdict.agree) == (2, 1)
    assert (verdict.better, verdict.worse) == pytest.approx((0.7, 0.75))


@pytest.mark.parametrize(
    ("pairs", "clear", "holds"),
    [
        ([(0.9, 0.8), (0.5, 0.4), (0.7, 0.59)], True, True),
        ([(0.8, 0.9), (0.4, 0.5), (0.59, 0.7)], True, False),
        ([(0.9, 0.84), (0.5, 0.46)], False, False),  # five standard errors, but of two photos
        ([(0.9, 0.8), (0.5, 0.7)], False, False),  # a difference of chance: above nothing
        ([(0.8, 0.9)], True, False),  # one photo has no chance to speak of
    ],
)
def test_a_difference_is_clear_where_a_paired_t_test_rejects_chance(pairs, clear, holds):
    (verdict,) = verdicts(class_cosines(*pairs, combine="keep"), MergeConfig(r=8))
    assert verdict.claim.text == "mean by size above keeping one"
    assert (verdict.clear, verdict.holds) == (clear, holds)


def test_the_quantiles_are_those_of_students_t():
    stats = pytest.importorskip("scipy.stats")
    assert pytest.approx([stats.t.ppf(0.975, each) for each in range(1, 31)], abs=0.005) == list(QUANTILES)


def test_what_is_said_to_be_not_below_may_be_equal():
    (verdict,) = verdicts(class_cosines((0.9, 0.8), (0.5, 0.7), metric="dot"), MergeConfig(r=8))
    assert (verdict.clear, verdict.holds) == (False, True)


def test_the_claims_go_into_a_file(tmp_path, monkeypatch, capsys):
    claim = CLAIMS[0]
    monkeypatch.setattr("explorer.media.folder.samples", lambda real=folder.samples: real()[:2])
    monkeypatch.setattr(
        "explorer.labs.order._configs", lambda r: dict(zip(claim.configs(MergeConfig(r=r)), "ab", strict=True))
    )
    main(["--r", "2", "--csv", str(tmp_path / "order.csv")])
    (row,) = csv.DictReader((tmp_path / "order.csv").read_text().splitlines())
    assert (row["r"], row["claim"], row["photos"]) == ("2", claim.text, "2")
    assert f"{float(row['better']) - float(row['worse']):+.4f} ± {float(row['error']):.4f}" in capsys.readouterr().out


def test_the_claims_are_the_order_that_the_paper_printed():
    printed = {(row.part, row.choice): row.accuracy for row in paper.TABLE_1}
    printed |= {("algorithm", row.choice): row.accuracy for row in paper.TABLE_2}
    for claim in CLAIMS:
        assert printed[claim.field, claim.better] > printed[claim.field, claim.worse], claim.text


def test_the_papers_tables_name_choices_that_are_there_and_one_default_a_part():
    for row in paper.TABLE_1:
        assert (MergeConfig(**{row.part: row.choice}) == MergeConfig()) == row.default
    assert {row.choice for row in paper.TABLE_2} <= set(ALGORITHMS)


def test_padding_is_what_the_longest_photo_has_more():
    steps = [torch.tensor([[1.0, 1, 1, 1], [1, 1, 0, 0]]), torch.tensor([[1.0, 1, 1], [1, 0, 0]])]
    trace = SimpleNamespace(n_in=5, tokens=torch.zeros(2, 3, 1), layers=[SimpleNamespace(size=size) for size in steps])
    found = Crowd(trace, 0)
    assert found.kept == [[5, 4, 3], [5, 2, 1]]
    assert found.longest == [5, 4, 3]
    assert found.padding == pytest.approx(4 / 14)


def test_a_batch_under_dynamic_pruning_loses_r_tokens_a_photo_on_average(backbone):
    found = crowd(backbone, [noise(1, 64, 64), noise(2, 64, 64)], 96, 4, task())
    first = [kept[1] for kept in found.kept]
    assert sum(first) == 2 * (found.longest[0] - 4)
    assert found.longest[1] == max(first)


def test_information_falls_with_r_and_is_all_there_at_zero(backbone):
    points = []
    information(backbone, [noise(1), noise(2)], 96, ["bipartite", "random_prune"], [0, 8], task(), points.append)
    found = {(point.algorithm, point.r): point for point in points}
    assert found["bipartite", 0].class_cosine == pytest.approx(1, abs=1e-6)
    assert found["random_prune", 8].patch_cosine < found["random_prune", 0].patch_cosine
    assert found["random_prune", 8].patch_cosine < found["bipartite", 8].patch_cosine


def test_throughput_is_images_over_seconds_and_a_ratio_round_by_round():
    plain, merged = speeds([(2.0, 1.0), (4.0, 1.0)], 8, ["a", "b"])
    assert plain.images.median == pytest.approx(3)
    assert (plain.ratio.median, merged.ratio.median) == pytest.approx((1, 3))
    assert (merged.ratio.low, merged.ratio.high) == pytest.approx((2.5, 3.5))


def test_the_samples_can_be_surveyed():
    assert len(folder.samples()) == 10


def test_a_line_of_the_csv_names_every_setting():
    text = to_csv([Line("dog", "base", BASE, None, "", "ab12")], {"model": "m", "side": 224, "software": "=1+1"})
    (row,) = csv.DictReader(io.StringIO(text))
    assert {name: row[name] for name in ("digest", "model", "side", "software", "seed")} == {
        "digest": "ab12", "model": "m", "side": "224", "software": "'=1+1", "seed": "0",
    }  # fmt: skip
    assert (row["r"], row["algorithm"], row["metric"]) == (str(BASE.r), BASE.algorithm, BASE.metric)
    assert row["schedule"] == "constant"
