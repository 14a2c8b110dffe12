"""The command that lists which models of timm can be merged."""

import csv
import io

from tome.lab import models


def test_the_command_prints_a_line_for_each_name_with_its_answer(capsys):
    models.main(["vit_base_patch16_?p*_224"])
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    found = {line["name"]: line for line in lines}
    assert found["vit_base_patch16_rpn_224"] == {
        "name": "vit_base_patch16_rpn_224",
        "module": "vision_transformer",
        "class": "VisionTransformer",
        "answer": "accepted",
    }
    assert "side by side" in found["vit_base_patch16_xp_224"]["answer"]


def test_the_table_has_a_line_for_each_class_and_answer_and_names_those_without_a_host():
    hostless = [models.Verdict(name, "resnet", kind, models.NO_HOST) for name, kind in zip("cde", "RSR", strict=True)]
    found = [
        models.Verdict("f", "twins", "Twins", "it has windows"),
        models.Verdict("a", "beit", "Beit", ""),
        models.Verdict("b", "beit", "Beit", ""),
        *hostless,
    ]
    assert models.markdown(found).splitlines()[2:] == [
        "| beit | Beit | 2 | accepted |",
        "| twins | Twins | 1 | it has windows |",
        "",
        "No host, 3 models of 2 classes: R 2, S 1.",
    ]
