"""Figures and films below the ceiling of memory, and within what their formats can hold."""

import ctypes
import json
from base64 import b64encode
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from drawing_memory import drawn
from PIL import Image
from routes import ask
from test_images import peak_growth
from test_memory import has_room, room

from explorer import cli
from explorer.engine.models import EMBEDDED
from explorer.export import make
from explorer.export.heat import Heat
from explorer.export.make import write
from explorer.export.memory import ALL_AT_ONCE, FLAT, ONE_BY_ONE, STILL, drawing_bytes
from explorer.export.panel import Look
from explorer.media import images
from explorer.media.photos import hold
from explorer.records.service import service

__all__ = ["room"]

MOVING = ALL_AT_ONCE | ONE_BY_ONE


@pytest.mark.parametrize("format", [*STILL, *MOVING, "svg", "pdf", "html"])
def test_a_drawing_takes_no_more_than_is_kept_free_for_it(format):
    told = drawn(1, format in MOVING)
    write(told, format, 320)  # what is imported and read once is no part of it
    ctypes.CDLL(None).malloc_trim(0)  # what other tests left would be taken first, and not be growth
    grown = peak_growth(lambda: write(told, format, 1280)) * 2**20
    assert grown <= drawing_bytes(told, format, 1280)
    assert format not in MOVING or grown > drawing_bytes(told, format, 1280) / 3, "far more is kept free than is taken"


@pytest.mark.parametrize("format", ["png", "svg", "pdf", "html"])
def test_twelve_panels_of_similarities_take_no_more_than_is_kept_free(format):
    told = drawn(12, moving=False)
    steps = np.arange(14 * 19) % 255
    row = {"low": 0.0, "high": 1.0, "values": b64encode(steps.astype(np.uint8).tobytes()).decode()}
    heat = Heat(100, [None, *[row] * 12])
    told = replace(told, stories=[replace(story, heat=heat) for story in told.stories], look=Look(8, pinned=100))
    write(told, format, 320)
    ctypes.CDLL(None).malloc_trim(0)
    grown = peak_growth(lambda: write(told, format, 1920)) * 2**20
    assert grown <= drawing_bytes(told, format, 1920)
    assert drawing_bytes(told, format, 1920) >= 3 * FLAT


@pytest.mark.parametrize("format", ["png", "gif", "svg"])
def test_a_drawing_counts_while_it_is_made(room, monkeypatch, format):
    told, left, written = drawn(1, format == "gif"), [], make._written
    size = drawing_bytes(told, format, 480)
    monkeypatch.setattr(make, "_written", lambda *how: left.append(has_room(1)) or written(*how))
    room(size)
    assert write(told, format, 480)
    assert left == [False]


@pytest.mark.parametrize("format", ["png", "gif", "webp", "mp4", "webm", "svg", "pdf"])
def test_a_drawing_without_room_is_answered_with_the_time_to_come_again(room, format):
    assert service().engine.model(EMBEDDED).done.wait(300)
    asked = {"sample": "owl", "size": 112, "r": 5, "width": 333, "format": format}
    assert ask("record", **{name: asked[name] for name in ("sample", "size", "r")})[0] == 200
    room(FLAT - 1 if format in ("svg", "pdf") else FLAT)
    status, body = ask("figure", **asked)
    (error,) = json.loads(body)["errors"]
    assert status == 503
    assert error["rule"].startswith("The server is short of memory (this would take ")


@pytest.fixture(scope="module")
def tower() -> images.Picture:
    """A photo that is twenty times as high as it is wide."""
    stream = BytesIO()
    Image.effect_noise((150, 3000), 60).convert("RGB").save(stream, "JPEG")
    picture = images.load(stream.getvalue(), "tower.jpg")
    hold(picture)
    return picture


@pytest.mark.parametrize("format", ["webp", "mp4", "webm"])
def test_a_figure_that_is_too_high_for_its_format_is_refused_by_name(tower, format):
    assert service().engine.model(EMBEDDED).done.wait(300)
    status, body = ask("figure", photo=tower.digest, size=112, format=format, width=960)
    (error,) = json.loads(body)["errors"]
    assert (status, error["parameter"], error["got"]) == (422, "width", "960")
    assert error["rule"].startswith("must be at most 84")
    assert format != "webp" or ask("figure", photo=tower.digest, size=112, format=format, width=320)[0] == 200


def test_a_command_that_is_asked_for_such_a_film_says_so(tmp_path, capsys):
    path = tmp_path / "tower.png"
    Image.effect_noise((150, 3000), 60).save(path)
    asked = [str(path), "--webp", "--model", "random:test_vit", "--side", "160", "--out", str(tmp_path / "films")]
    assert cli.main(asked) == 2
    assert "--width must be at most 84" in capsys.readouterr().err
