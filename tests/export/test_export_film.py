"""The collapse as a film: a picture for each layer, in every format, and small enough to send."""

from io import BytesIO
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image

from explorer.export.make import write
from explorer.export.moving import LONGER, RATE, STEP, film
from explorer.export.panel import Look
from explorer.export.settings import settings
from explorer.export.sheet import Figure
from explorer.export.tiles import FILLS, Story
from explorer.media.photos import sample
from explorer.media.views import thumbnail
from explorer.records.stored import stored
from tome.config import MergeConfig

MODEL = SimpleNamespace(label="DINOv2 ViT-S/14", weights="embedded", digest="1a2b3c4d")
TOLD = settings(MODEL, "224 px", MergeConfig(r=16))


@pytest.fixture(scope="module")
def told() -> Figure:
    return Figure([Story(stored(), thumbnail(sample("dog"))[0])], Look(0), [TOLD], moving=True, origin='{"a": 1}')


@pytest.fixture(scope="module")
def pictures(told) -> list[np.ndarray]:
    return [np.asarray(picture).astype(int) for picture in film(told, 480)]


@pytest.mark.parametrize("fill", FILLS)
def test_a_gif_of_thirteen_layers_at_960_pixels_has_at_most_four_megabytes(told, fill):
    gif = write(Figure(told.stories, Look(0, fill), told.settings, moving=True), "gif", 960)
    assert Image.open(BytesIO(gif)).size[0] == 960
    assert len(gif) <= 4 * 2**20


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_every_layer_is_seen_for_its_time_and_the_last_one_longer(told, pictures, kind):
    seen = Image.open(BytesIO(write(told, kind, 480)))
    assert seen.n_frames == 13
    assert seen.info["loop"] == 0
    for layer, picture in enumerate(pictures):
        seen.seek(layer)
        assert np.abs(np.asarray(seen.convert("RGB")) - picture).mean() < 5
        assert seen.info["duration"] == (LONGER if layer == 12 else STEP)


@pytest.mark.parametrize(("kind", "codec"), [("mp4", "h264"), ("webm", "vp9")])
def test_a_video_shows_every_layer_for_its_time(told, pictures, kind, codec):
    with av.open(BytesIO(write(told, kind, 480))) as container:
        track = container.streams.video[0]
        assert track.codec_context.name == codec
        assert track.codec_context.pix_fmt == "yuv420p"  # what browsers and slides play
        assert container.metadata.get("comment", container.metadata.get("COMMENT")) == '{"a": 1}'
        shown = [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(track)]
    each = STEP * RATE // 1000
    assert len(shown) == 12 * each + LONGER * RATE // 1000
    for layer, picture in enumerate(pictures):
        frame = shown[layer * each + each - 1]
        assert np.abs(frame - picture[: frame.shape[0], : frame.shape[1]]).mean() < 8


def test_the_caption_of_a_film_is_the_same_for_every_layer(told):
    assert told.at(3).caption == told.at(9).caption
    assert "layers 0 to 12" in told.caption


@pytest.mark.parametrize("kind", ["gif", "webp", "mp4", "webm"])
def test_a_film_can_be_given_up_between_two_pictures(told, kind):
    class GivenUp(Exception):
        pass

    seen = []

    def check() -> None:
        seen.append(kind)
        if len(seen) == 3:
            raise GivenUp

    with pytest.raises(GivenUp):
        write(told, kind, 320, check)
    assert len(seen) == 3
