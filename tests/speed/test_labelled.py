"""Accuracy on labelled photos."""

import io
import zipfile

import corpus
import pytest
import torch

from explorer.engine.models import load
from explorer.engine.task import Task
from explorer.media.folder import Entry, entries, without_others
from explorer.speed.labelled import Refused, Seen, Verdict, look, verdict
from tome.config import MergeConfig


def seen(label: str, place: float, answers=None, merged: float | None = None) -> Seen:
    angles = (place, place if merged is None else merged)
    return Seen(label, tuple(torch.tensor([angle, 1.0]) for angle in angles), answers)


def test_folders_that_the_head_knows_are_judged_by_it():
    photos = [seen("tabby_cat", 0, (0, 0)), seen("Dog", 0, (1, 0)), seen("dog", 0, (1, 1))]
    assert verdict(photos, ("tabby cat", "dog")) == Verdict(3, "head", plain=3, merged=2, lost=1, won=0)


def test_other_folders_are_judged_by_the_neighbours_of_each_photo_but_not_by_itself():
    photos = [seen("a", -9), seen("a", -8), seen("b", 8), seen("b", 9), seen("b", 7, merged=-9)]
    found = verdict(photos, ("tabby cat",))
    assert (found.by, found.photos, found.plain) == ("neighbours", 5, 5)
    assert found.lost >= 1


def test_one_label_alone_tells_nothing():
    assert verdict([seen("a", 0), seen("a", 1)], ()) is None


@pytest.mark.parametrize(("lost", "won", "tie"), [(0, 0, True), (5, 0, True), (6, 0, False), (6, 3, True)])
def test_a_difference_that_may_be_chance_is_a_tie(lost, won, tie):
    assert Verdict(50, "head", 40, 40 - lost + won, lost, won).tie == tie


def test_photos_of_an_archive_have_their_folder_as_label_and_what_has_none_is_named():
    photo = corpus.saved(corpus.Image.fromarray(corpus.asymmetric(40, 40)), "PNG")
    other = corpus.saved(corpus.Image.fromarray(corpus.asymmetric(48, 40)), "PNG")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in (
            ("all/cat/1.png", photo),
            ("all/dog/1.png", other),
            ("3.png", photo),
            ("dog/2.png", other),
        ):
            archive.writestr(name, content)
    files, told = entries([("photos.zip", stream.getvalue())]), []
    backbone = load("random:test_vit")
    look(backbone, files, 224, MergeConfig(r=2), Task("test"), told.append)
    assert [each.label for each in told[:2]] == ["cat", "dog"]
    assert told[0].answers is not None
    assert told[2] == Refused("3.png", "it is not in a folder, so it has no label.")
    assert told[3] == Refused("2.png", "it is the same photo as “1.png (2)”, and counts once.")


def test_the_merged_answer_is_the_merged_models():
    backbone, told = load("random:test_vit"), []
    photo = corpus.saved(corpus.Image.fromarray(corpus.asymmetric(40, 40)), "PNG")
    look(
        backbone,
        [Entry("a.png", lambda: photo, "a")],
        224,
        MergeConfig(r=4),
        Task("test"),
        told.append,
    )
    plain, merged = told[0].features
    assert not torch.equal(plain, merged)


def test_a_photo_alone_with_its_label_is_not_counted_where_neighbours_judge():
    photos = [seen("a", -9), seen("a", -8), seen("b", 8), seen("b", 9), seen("c", 30)]
    found = verdict(photos, ())
    assert (found.by, found.photos, found.plain, found.alone) == ("neighbours", 4, 4, ("c",))
    assert verdict([*photos[:2], photos[-1]], ()) is None
    assert verdict([seen("dog", 0, (0, 0)), seen("cat", 0, (1, 1))], ("dog", "cat")).photos == 2


def test_what_is_no_photo_by_its_suffix_is_named_and_not_counted():
    files = [Entry(name, bytes, "a") for name in ("notes.txt", "labels.csv", "1.png", "2.JPG", "3.heic", "4")]
    kept, left = without_others(files)
    assert [each.name for each in kept] == ["1.png", "2.JPG", "3.heic", "4"]
    assert left == ["notes.txt", "labels.csv"]
