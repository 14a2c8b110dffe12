"""The pages Speed and Training, run as Streamlit runs them."""

import io
import json
import re
import time
import zipfile

import corpus
import pytest
import torch
from opened_page import PATIENCE, opened
from streamlit.testing.v1 import AppTest
from waiting import ended

from explorer.charts.speed import EXAMPLE
from explorer.engine import hub
from explorer.engine.measurements import Measurements
from explorer.engine.models import EMBEDDED
from explorer.engine.shapes import names, published
from explorer.measuring.examples import example
from explorer.measuring.paste import benchmark_command, merging_code, training_code
from explorer.records.service import service
from explorer.shell import cache
from explorer.shell.rate_control import most_r
from tome import __version__
from tome.lab.training import Recipe

SMALL = {"model": "other", "timm": "test_vit", "random": "true"}
"""the tests' small model"""


@pytest.fixture(scope="module", autouse=True)
def engine():
    assert cache.engine().model(EMBEDDED).done.wait(PATIENCE)


@pytest.fixture(autouse=True)
def calm(monkeypatch):
    """A machine that is never too busy, and a server that has measured nothing."""
    monkeypatch.setattr("explorer.measuring.steady.BUSY", 1e9)
    monkeypatch.setattr(service(), "measurements", Measurements(service().tasks))


@pytest.fixture
def no_hub(monkeypatch):
    """A hub that cannot be reached, and an empty cache of its files."""

    def unreachable(*_, **__):
        raise OSError("no route")

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub.socket, "create_connection", unreachable)


def finished(app: AppTest, name: str) -> AppTest:
    """The page once the task of ``name`` has ended."""
    assert ended(app.session_state["session"].measurements[name].task, PATIENCE)
    app.run()
    assert not app.exception
    return app


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def test_a_batch_that_came_back_without_a_choice_is_that_of_the_link():
    app = opened("speed", **SMALL, images="4")
    key = next(each.key for each in app.segmented_control if each.label == "Images in a batch")
    app.session_state[key] = None
    app.run()
    assert (app.session_state[key], app.query_params["images"], list(app.exception)) == (4, "4", [])


def test_speed_opens_full_with_examples_that_say_what_they_are():
    app = opened("speed")
    assert charts(app) == 7  # the answer, three over r, the algorithms, the cost of each layer, the blocks
    assert {"over_r.start", "algorithms.start", "parts.start"} <= keys(app)
    assert "over_r.stop" not in keys(app)
    assert captions(app).count("not measured on this server") == 3
    for name in ("over_r", "algorithms", "parts"):
        assert example(name).date in captions(app)


def test_training_opens_full_with_examples_that_say_what_they_are():
    app = opened("training")
    assert charts(app) == 3
    assert captions(app).count("not measured on this server") == 2
    assert {"Speed-up", "Predicted from GFLOPs"} <= {metric.label for metric in app.metric}


@pytest.mark.parametrize(
    ("link", "said"), [({"r": "16"}, "At r = 16, on a square of this photo, you lose"), ({"r": "0"}, "")]
)
def test_one_sentence_says_what_the_chosen_r_takes_and_gives(link, said):
    app = opened("speed", **link)
    (sentence,) = [text.value for text in app.markdown if "you lose" in text.value] or [""]
    assert said in sentence
    if said:
        assert "1.65 × less compute" in sentence
        assert f"in the example of {example('over_r').date}" in sentence


def chart(app: AppTest, key: str) -> dict:
    """The data and layout of one chart."""
    (found,) = [json.loads(each.proto.spec) for each in app.get("plotly_chart") if f"-{key}" in each.proto.id]
    return found


def test_an_r_without_a_time_lies_between_its_neighbours_on_the_curve_without_a_number():
    app = opened("speed", r="8")
    (sentence,) = [text.value for text in app.markdown if "you lose" in text.value]
    below, above = (
        f"{row['speed_up']:.2f}"
        for row in example("over_r").rows
        if row["r"] in (7, 10) and row["schedule"] == "constant"
    )
    assert f"the nearest r measured are 7, which gains {below} ×, and 10, which gains {above} ×" in sentence
    curve, piece = chart(app, "answer")["data"]
    assert (curve["customdata"][0], piece["mode"]) == (0, "lines")
    assert "r = 8: not measured,<br>between r = 7 and r = 10" in json.dumps(
        chart(app, "answer")["layout"]["annotations"]
    )


def test_places_of_the_curve_that_gain_carry_their_r_and_the_star_its_own():
    curve, star = chart(opened("speed"), "answer")["data"]
    assert [text for text in curve["text"] if text] == ["r = 10", "r = 14", "r = 18", "r = 21"]
    assert star["text"] == ["<b>r = 16</b>"]


def test_an_r_above_the_largest_timed_one_keeps_the_curve():
    app = opened("speed", r="60")
    (sentence,) = [text.value for text in app.markdown if "you lose" in text.value]
    assert "the largest r measured is 21, which gains" in sentence
    assert len(chart(app, "answer")["data"]) == 1


def test_the_readers_own_curve_stays_at_an_r_that_was_not_measured(monkeypatch):
    monkeypatch.setattr("explorer.speed.rates.ROUNDS", 1)
    monkeypatch.setattr("explorer.speed.rates.COUNT", 2)
    app = opened("speed", **SMALL, r="5")
    app.button(key="over_r.start").click().run()
    finished(app, "over_r").run()
    curve = chart(app, "over_r.speed")["data"][0]["x"]
    app.session_state["session"].cursor["r"] = 4
    app.run()
    assert not app.exception
    assert chart(app, "over_r.speed")["data"][0]["x"] == curve
    (sentence,) = [text.value for text in app.markdown if "less compute" in text.value]
    assert "No time was measured at r = 4; on this server, the nearest r measured are" in sentence
    again = opened("speed", **SMALL, r="4")
    assert chart(again, "over_r.speed")["data"][0]["x"] == curve


def test_an_example_of_another_batch_says_so():
    app = opened("speed", images="4", r="16")
    (sentence,) = [text.value for text in app.markdown if "you lose" in text.value]
    assert "which has batches of 1" in sentence
    assert "which has batches" not in "".join(text.value for text in opened("speed", r="16").markdown)


def test_the_curve_has_quartiles_and_its_noise_below_it():
    app = opened("speed", r="16")
    curve, star = chart(app, "answer")["data"]
    assert len(curve["error_x"]["array"]) == len(curve["x"]) == 8
    assert star["marker"]["symbol"] == "star"
    stored = example("over_r")
    assert f"Bars are quartiles of {stored.setting['rounds']} rounds" in captions(app)
    assert f"its load average before them: {stored.load}" in captions(app)


def test_with_random_weights_the_sentence_gives_no_loss():
    app = opened("speed", **SMALL)
    (sentence,) = [text.value for text in app.markdown if "less compute" in text.value]
    assert "cannot be told with random weights" in sentence
    assert "cosine" not in sentence


def test_random_weights_are_timed_without_a_likeness_in_charts_tables_and_files(monkeypatch):
    for name in ("rates", "algorithms"):
        monkeypatch.setattr(f"explorer.speed.{name}.ROUNDS", 1)
    app = opened("speed", **SMALL)
    for name in ("over_r", "algorithms"):
        app.button(key=f"{name}.start").click().run()
        finished(app, name)
    app.run()
    assert {each.proto.id.rpartition("-")[2] for each in app.get("plotly_chart")} == {
        "over_r.speed",
        "reached",
        "cost",
        "parts",
    }
    assert "cosine" not in next(block.value for block in app.markdown if "| Algorithm |" in block.value)
    assert [frame.value["rounds"].tolist()[0] for frame in app.dataframe] == [1, 1]
    for frame in app.dataframe:
        first = frame.value.iloc[0]
        assert (first["app_version"], first["photo"], first["seed"]) == (__version__, "dog", 0)
        assert (first["feature"], first["metric"]) == ("key", "cosine")
        assert first["requested_utc"].startswith("20")
        assert first["load_before"] >= 0
        assert frame.value[["class_cosine", "patch_cosine"]].isna().all().all()
        assert frame.value["speed_up"].notna().all()
    (sentence,) = [text.value for text in app.markdown if "less compute" in text.value]
    assert "In time" in sentence
    assert "on this server" in sentence


def test_the_code_to_paste_merges_an_mae_model_as_the_app_does():
    assert "tome.patch(model, r=8, proportional_attention=False)" in merging_code("vit_base_patch16_224.mae", 224, 8)
    assert "tome.patch(model, r=8)" in merging_code("vit_base_patch16_224", 224, 8)


def test_code_to_paste_keeps_published_weights_where_the_app_takes_random_ones():
    code = "\n".join(block.value for block in opened("speed", **SMALL).code)
    assert 'timm.create_model("test_vit", pretrained=True).eval()  # trained weights; this page shows random' in code
    assert "python -m tome.benchmark test_vit --pretrained" in code
    unpublished = next(name for name in names() if not published(name))
    assert "pretrained=False" in merging_code(f"random:{unpublished}", 224, 8)
    assert "--pretrained" not in benchmark_command(f"random:{unpublished}", 224, 8)


def test_a_button_times_a_model_without_its_weights(no_hub):
    name = "test_vit.r160_in1k"
    cache.engine().forget(name)
    app = opened("speed", model="other", timm=name)
    (press,) = [button for button in app.button if button.label == "Open it with random weights"]
    press.click().run()
    assert cache.engine().model(f"random:{name}").done.wait(PATIENCE)
    app.run()
    assert (app.query_params["timm"], app.query_params["random"]) == (name, "true")
    assert "over_r.start" in keys(app)
    assert not app.exception
    cache.engine().forget(name)


def test_training_keeps_the_code_of_a_model_whose_weights_the_hub_does_not_give(no_hub):
    name = "deit_small_patch16_224.fb_in1k"
    cache.engine().forget(name)
    app = opened("training", model=name, r="13")
    code = [block.value for block in app.code]
    assert f'timm.create_model("{name}"' in code[0]
    assert code[1].endswith("--train")
    assert not app.exception
    cache.engine().forget(name)


def test_the_curve_names_each_r_that_slows_the_model_down():
    app = opened("speed")
    slower = [
        row["r"]
        for row in example("over_r").rows
        if row["schedule"] == "constant" and row["r"] and row["speed_up_high"] < 1
    ]
    assert slower
    assert f"Slower than unmerged: r = {', '.join(map(str, slower))}." in captions(app)


def test_no_button_unlocks_a_locked_model(no_hub):
    app = opened("speed", model="other", timm="test_vit.r160_in1k", lock="model")
    assert "Open it with random weights" not in [button.label for button in app.button]
    cache.engine().forget("test_vit.r160_in1k")


def test_a_model_whose_weights_the_hub_does_not_give_opens_with_its_gflops_and_its_code(no_hub):
    name = "deit_small_patch16_224.fb_in1k"
    cache.engine().forget(name)
    app = opened("speed", model=name, r="13")
    (missing,) = [each.value for each in app.warning]
    assert "the model hub cannot be reached" in missing
    assert "GFLOPs, tokens and code need no weights" in missing
    assert [each.value for each in app.metric] == ["4.61 → 2.71", "1.70 ×", "197 → 41"]
    code = [block.value for block in app.code]
    assert f'timm.create_model("{name}", pretrained=True)' in code[0]
    assert f"python -m tome.benchmark {name} --pretrained --r 13" in code[1]
    assert {"Try again", "Open it with random weights"} <= {button.label for button in app.button}
    assert "`deit_small_patch16_224.fb_in1k.safetensors`" in captions(app)
    assert "Memory, measured on a CPU for ViT-S/16" in captions(app)
    assert charts(app) == 1, "GFLOPs of each layer"
    assert "Stored examples" not in captions(app), "there are none on this page"
    cache.engine().forget(name)


def test_a_link_may_name_any_model_of_timm_as_its_model(no_hub):
    name = "deit_small_patch16_224"
    cache.engine().forget(name)
    app = opened("speed", model=name, r="13")
    assert f'timm.create_model("{name}", pretrained=True)' in app.code[0].value
    assert [each.value for each in app.text_input if each.label == "timm model name"] == [name]
    (told,) = [text.value for text in app.markdown if "Which r?" in text.value]
    assert "DeiT-S (this model) 79.8 → 79.4 %, r = 13, trained with merging; AugReg" in told
    assert any("off the shelf this model loses more" in text.value for text in app.markdown)
    assert not app.info
    cache.engine().forget(name)


def test_an_r_that_asks_for_all_patches_says_so_where_the_gains_are(no_hub):
    name = "deit_small_patch16_224"
    cache.engine().forget(name)
    (said,) = opened("speed", model=name, r="24").info
    assert said.value.startswith("This r is large: 24 in 12 layers asks for all 196 patches")
    cache.engine().forget(name)


def test_a_model_in_a_link_that_is_no_name_falls_back_to_the_embedded_one():
    app = opened("speed", model="<b>")
    assert "vit_small_patch14_dinov2.lvd142m" in app.code[0].value
    assert not app.error


@pytest.mark.parametrize(
    ("name", "said"),
    [("resnet50", "none of the families"), ("vit_smal_patch16_224", r"Similar names\: vit\_small")],
)
def test_a_name_that_cannot_be_merged_is_answered_with_those_that_can(name, said):
    app = opened("speed", model="other", timm=name)
    (error,) = app.error
    assert said in error.value
    assert error.icon == ":material/block:"
    assert "Try again" not in [button.label for button in app.button]
    (accepted,) = [each for each in app.expander if "timm names that can be merged" in each.label]
    assert "\nvit_small_patch16_224\n" in accepted.code[0].value
    assert "Without a network" not in captions(app)


def test_a_stored_example_of_another_model_is_marked():
    told = "This example is of DINOv2 ViT-S/14, not of"
    assert [each.value for each in opened("speed").info] == []
    assert sum(told in each.value for each in opened("speed", **SMALL).info) == 3
    assert sum(told in each.value for each in opened("training", **SMALL).info) == 1


def test_the_code_to_paste_names_the_chosen_model_and_r():
    code = "\n".join(block.value for block in opened("speed", r="13").code)
    assert "\npip install .\n" in code
    assert f"\npip install tome_explorer-{__version__}-py3-none-any.whl" in code
    assert "tome.patch(model, r=13)" in code
    assert "python -m tome.benchmark vit_small_patch14_dinov2.lvd142m --pretrained --r 13 --image-size 224" in code


def test_the_code_of_a_model_on_the_hub_is_there_while_the_hub_is_away(no_hub, monkeypatch):
    monkeypatch.setenv("TOME_EXPLORER_HF", "lab/vit")
    cache.engine().forget("hf:lab/vit")
    app = opened("speed", model="hf:lab/vit", r="13")
    assert "the model hub cannot be reached" in app.warning[0].value
    code = "\n".join(block.value for block in app.code)
    assert 'transformers.AutoModel.from_pretrained("lab/vit")' in code
    assert "tome.patch(model, r=13)" in code
    assert "pip install '.[hf]'" in code
    assert "Try again" in [button.label for button in app.button]
    cache.engine().forget("hf:lab/vit")


def test_two_figures_of_one_setting_are_explained_above_the_table():
    said = [text.value for text in opened("speed").markdown]
    table = next(i for i, text in enumerate(said) if "| 1.24 × |" in text)
    assert said[table - 1].startswith(
        "Bipartite soft matching gains 1.24 × here (1.22 to 1.28) and 1.20 × at the top of the page (1.13 to 1.24)"
    )
    four = " ".join(text.value for text in opened("speed", images="4").markdown)
    assert "at the top of the page" in four, "both examples are of batches of 1"
    other = " ".join(text.value for text in opened("speed", r="18").markdown)
    assert "at the top of the page" not in other
    assert "This example is at r = 16, not at r = 18." in other


@pytest.mark.parametrize(("weights", "said"), [(SMALL, True), ({}, False)])
def test_an_accuracy_with_random_weights_says_beside_it_that_it_is_not_of_a_trained_model(weights, said):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(4):
            photo = corpus.saved(corpus.Image.fromarray(corpus.asymmetric(40 + number, 40)), "PNG")
            archive.writestr(f"{'cat' if number % 2 else 'dog'}/{number}.png", photo)
    app = opened("speed", **weights, r="2")
    upload = next(each for each in app.file_uploader if each.label == "Labelled photos, a zip archive")
    upload.set_value(("photos.zip", stream.getvalue(), "application/zip")).run()
    next(button for button in app.button if button.label == "Classify 4 photos").click().run()
    (number,) = [text.value for text in finished(app, "labelled").markdown if text.value.startswith("**Accuracy ")]
    assert ("The weights are random: this says nothing of a trained model." in number) == said


def test_the_memory_is_of_a_model_of_the_same_size():
    assert "Memory, measured on a CPU for ViT-S/16" in captions(opened("speed"))
    assert "Memory: not measured" in captions(opened("speed", **SMALL))


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({}, "r = 13 first: the authors' own for 12 layers"),
        (
            {},
            "AugReg ViT-S/16 81.4 → 79.3 %, r = 13, off the shelf; DeiT-S 79.8 → 79.4 %, r = 13, trained with merging",
        ),
        (SMALL, "The authors print no accuracy for a model of this width and depth"),
    ],
)
def test_the_r_to_try_first_is_that_of_the_paper_for_a_model_of_this_size(link, said):
    (told,) = [text.value for text in opened("speed", **link).markdown if "Which r?" in text.value]
    assert said in told


def test_a_name_that_was_only_begun_is_answered_with_names_that_begin_so():
    (error,) = opened("speed", model="other", timm="vit_base").error
    similar = error.value.replace("\\", "").partition("Similar names: ")[2].rstrip(".").split(", ")
    assert "vit_base_patch16_224" in similar
    assert all(name.startswith("vit_base") for name in similar)


def test_the_options_of_the_benchmark_are_told_beside_its_command():
    told = captions(opened("speed"))
    assert all(f"`{option}" in told for option in ("--weights FILE", "--train", "--batch", "--csv FILE"))


def test_training_has_code_for_an_own_script_that_runs():
    blocks = [block.value for block in opened("training", r="5").code]
    assert blocks[-1].endswith("--r 5 --image-size 224 --batch 64 --device cuda --train")
    assert "img_size=224, num_classes=10, pretrained=True" in blocks[-2]
    assert "tome.patch(model, r=5)" in blocks[-2]
    random = training_code("random:test_vit", 160, 5).replace("pretrained=True", "pretrained=False")
    names = {"batches": [(torch.randn(2, 3, 160, 160), torch.tensor([3, 7]))]}
    exec(random, names)
    assert names["plain"].shape == (2, 10)


def test_the_training_code_of_a_model_on_the_hub_runs(tmp_path):
    from transformers import ViTConfig, ViTForImageClassification

    small = ViTConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=64)
    ViTForImageClassification(small).save_pretrained(tmp_path)
    names = {"batches": [(torch.randn(2, 3, 64, 64), torch.tensor([3, 7]))]}
    exec(training_code(f"hf:{tmp_path}", 64, 3), names)
    assert names["plain"].shape == (2, 10)


def test_points_of_the_example_are_grey_as_their_caption_says():
    figure = json.loads(
        next(each.proto for each in opened("speed").get("plotly_chart") if "reached" in each.proto.id).spec
    )
    assert {each["marker"]["color"] for each in figure["data"] if "Example" in each["name"]} == {EXAMPLE}


def test_a_chinese_reader_reads_the_facts_of_the_machine_and_the_comments_in_chinese():
    app = opened("speed", lang="zh")
    assert "处理器 AMD EPYC · 核数 2 ·" in captions(app)
    code = "\n".join(block.value for block in app.code)
    assert "tome.unpatch(model)  # 恢复为不合并的模型" in code
    assert not re.search("# [A-Za-z]", code.replace("# float [B", ""))


def test_a_busy_machine_shows_the_example_and_none_of_its_own_times(monkeypatch):
    monkeypatch.setattr("explorer.speed.algorithms.ROUNDS", 1)
    monkeypatch.setattr("explorer.measuring.steady.BUSY", 0.5)
    app = opened("speed", **SMALL)
    app.button(key="algorithms.start").click().run()
    finished(app, "algorithms")
    _, said = (warning.value for warning in app.warning)  # the first: these weights are random
    assert said.startswith("Not measurable now")
    assert "rounds on this server" not in captions(app)
    (numbers,) = [frame.value for frame in app.dataframe]
    times = [name for name in numbers if name.startswith(("speed_up", "images_per_second"))]
    assert len(times) == 6
    assert {"model", "weights", "weights_sha256", "image_size", "batch", "processor", "torch"} <= set(numbers), (
        "as in the files"
    )
    assert numbers[times].isna().all().all()
    assert numbers["gflops"].notna().all()


def test_what_was_measured_is_found_again_by_a_page_that_is_loaded_anew(monkeypatch):
    monkeypatch.setattr("explorer.speed.blocks.ROUNDS", 2)
    app = opened("speed", r="5")
    app.button(key="parts.start").click().run()
    finished(app, "parts")
    again = opened("speed", r="5")
    assert "of 2 rounds on this server" in captions(again)
    assert "before this page was loaded or by another reader of this server" in captions(again)
    assert "another reader" not in captions(app.run())


def test_without_merges_there_is_nothing_to_compare():
    app = opened("speed", r="0")
    assert "algorithms.start" not in keys(app)
    assert any("above 0" in info.value for info in app.info)


def test_timed_blocks_are_drawn_with_their_machine_kept(monkeypatch):
    monkeypatch.setattr("explorer.speed.blocks.ROUNDS", 1)
    app = opened("speed", **SMALL)
    app.button(key="parts.start").click().run()
    finished(app, "parts")
    assert "Matching and merging take" in captions(app)
    names = [button.label for button in app.get("download_button")]
    assert names == ["CSV", "JSON"]


def test_a_measurement_is_stopped_and_keeps_what_it_had(monkeypatch):
    monkeypatch.setattr("explorer.speed.blocks.ROUNDS", 500)
    app = opened("speed")
    app.button(key="parts.start").click().run()
    task = app.session_state["session"].measurements["parts"].task
    deadline = time.monotonic() + PATIENCE
    while len(task.snapshot.results) < 3 and time.monotonic() < deadline:
        ended(task, 0.05)
    app.button(key="parts.stop").click().run()
    finished(app, "parts")
    assert any("Cancelled" in info.value for info in app.info)
    assert 3 <= len(task.snapshot.results) < 100
    assert "Matching and merging take" in captions(app)
    assert "parts.stop" not in keys(app)


def test_a_whole_training_ends_with_its_accuracies(monkeypatch):
    monkeypatch.setattr("explorer.training.lessons.EPOCHS", (1, 3, 6, 12))
    monkeypatch.setattr("explorer.training.courses.Recipe", lambda **_: Recipe(train=100, test=100))
    app = opened("training", epochs="1")
    assert {"course.start", "step.start"} <= keys(app)
    app.button(key="course.start").click().run()
    finished(app, "course")
    assert app.session_state["session"].course[1].done
    assert "held-out digits" in captions(app)
    assert app.button(key="course.start").label == "Train both here"


def test_an_algorithm_that_fails_is_named_and_the_others_are_drawn(monkeypatch):
    def breaks(*_, **__):
        raise RuntimeError("no *eigenvalues*")

    monkeypatch.setattr("tome.matching.spectral.match", breaks)
    monkeypatch.setattr("explorer.speed.algorithms.ROUNDS", 1)
    app = opened("speed", **SMALL)
    app.button(key="algorithms.start").click().run()
    finished(app, "algorithms")
    _, said = (warning.value for warning in app.warning)  # the first: these weights are random
    assert said.startswith("Normalised cut at r = 16 is left out: it failed with RuntimeError")
    assert r"\*eigenvalues\*" in said, "the words of an error are no markup"
    assert "rounds on this server" in captions(app)
    table = next(block.value for block in app.markdown if "| Algorithm |" in block.value)
    assert "Bipartite soft matching" in table
    assert "Normalised cut" not in table


def test_without_the_hub_mae_runs_with_random_weights_and_the_page_says_so(no_hub, monkeypatch):
    monkeypatch.setattr("explorer.training.mae.MAE", small := "vit_tiny_patch16_224.augreg_in21k")
    cache.engine().forget(small)
    app = opened("training", mae="true")
    (said,) = [warning.value for warning in app.warning]
    assert "was not loaded: the model hub cannot be reached" in said
    assert "These weights are random" in said
    app.button(key="mae.start").click().run()
    finished(app, "mae")
    assert "Cosine with the pooled feature" in captions(app)


def test_a_broken_link_shows_the_pages_all_the_same():
    for page in ("speed", "training"):
        assert not opened(page, images="x", epochs="-1", learn="<b>", draw="1e9", mae_r="99").exception


@pytest.mark.parametrize(
    ("link", "most"),
    [
        ({}, 128), ({"side": "448"}, 512),  # patches of 14 pixels
        ({"model": "other", "timm": "vit_tiny_patch16_224", "random": "true"}, 98),
        ({"model": "other", "timm": "test_vit", "random": "true"}, 98),  # 16, though its name does not say so
        ({"model": "other", "timm": "eva02_tiny_patch14_224", "random": "true", "side": "448"}, 128),  # of one size only
    ],
)  # fmt: skip
def test_r_is_offered_up_to_half_of_the_patches_of_the_chosen_model(link, most):
    if link.get("timm"):
        assert cache.engine().model(f"random:{link['timm']}").done.wait(PATIENCE)
    app = opened("speed", **link)
    assert next(each.max for each in app.slider if each.label == "Tokens merged per layer (r)") == most


def test_the_name_of_a_model_that_is_not_loaded_yet_tells_the_largest_r():
    assert most_r("vit_base_patch32_224.augreg_in1k", 224) == 24
    assert cache.engine().known("vit_base_patch32_224.augreg_in1k") is None
