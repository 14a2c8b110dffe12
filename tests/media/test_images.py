"""The image gate and the view: every file ends as an upright picture or as one sentence."""

import contextlib
import hashlib
import io
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import corpus
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from explorer.media import images
from explorer.media.images import BadImage, Picture, load, sample_pictures
from explorer.media.names import display_name, safe_name, written_name
from explorer.media.views import View, crop_and_resize, fit, thumbnail

# pytest sets its own warning filters; these are the gate's
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\.")
PROC = Path("/proc/self")
seeded = settings(derandomize=True, deadline=None)


def refusal(content: bytes, name: str = "photo") -> str:
    with pytest.raises(BadImage) as error:
        load(content, name)
    sentence = str(error.value)
    assert re.fullmatch(r"“[^”\n]{1,60}” [^\n]{10,160}\.", sentence), sentence
    assert ": " in sentence, "says what to do"
    assert "/" not in sentence
    assert error.value.__cause__ is None
    return sentence


def outcome(content: bytes) -> Picture | str:
    try:
        return load(content)
    except BadImage as error:
        return str(error)


def peak_growth(action: Callable[[], object]) -> float:
    """How many MB the process grew at most while the action ran."""

    def memory(field: str) -> int:
        return int(re.search(rf"{field}:\s+(\d+)", (PROC / "status").read_text())[1])

    if not PROC.exists():
        pytest.skip("peak memory is read from /proc")
    (PROC / "clear_refs").write_text("5")  # starts the high-water mark anew
    before = memory("VmRSS")
    action()
    return (memory("VmHWM") - before) / 1024


def shape_only(height: int, width: int) -> Picture:
    return Picture(np.broadcast_to(np.uint8(0), (height, width, 3)), "", "photo", "")


@pytest.mark.parametrize("mode", sorted(corpus.modes()))
def test_a_gradient_survives_in_every_mode(mode):
    pixels = load(corpus.modes()[mode]).pixels
    source = corpus.gradient()
    assert pixels.shape == (64, 128, 3)
    assert pixels.dtype == np.uint8
    grey = pixels.mean(-1)
    if mode == "1 PNG":  # two values, whose local mean is the gradient
        assert set(np.unique(pixels)) == {0, 255}
        grey, source = (values.reshape(8, 8, 16, 8).mean((1, 3)) for values in (grey, source))
    else:
        assert len(np.unique(pixels)) > 90
    keep = np.ones(grey.shape, bool)
    if "NaN" in mode:
        assert [tuple(pixels[i, i]) for i in (5, 6, 7)] == [(0, 0, 0), (0, 0, 0), (255, 255, 255)]
        keep[[5, 6, 7], [5, 6, 7]] = False
    assert np.corrcoef(grey[keep], source[keep])[0, 1] > 0.99
    if not mode.startswith("LAB"):  # L* is not linear in grey
        assert np.abs(grey - source)[keep].mean() < 4


def test_colours_stay_in_their_channels():
    pixels = corpus.asymmetric()
    for kind in ("PNG", "TIFF", "BMP"):
        assert np.array_equal(load(corpus.saved(Image.fromarray(pixels), kind)).pixels, pixels), kind
    cmyk = load(corpus.saved(Image.fromarray(pixels).convert("CMYK"), "TIFF")).pixels
    assert np.abs(cmyk.astype(int) - pixels).mean() < 3


def test_stretched_values_are_said():
    content = corpus.modes()["F 0..1 TIFF"]
    assert load(content).note == "Values from 0 to 1 shown as black to white."
    constant = corpus.saved(Image.new("F", (20, 20), 7.0), "TIFF")
    assert not load(constant).pixels.any()
    nothing = corpus.saved(Image.new("F", (20, 20), float("nan")), "TIFF")
    assert "no finite number" in refusal(nothing)


def test_a_signalling_nan_is_as_good_as_any_other():
    values = np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20)
    values.view(np.uint32)[3, 3] = 0x7F800001  # which numpy warns of wherever it is converted
    picture = load(corpus.saved(Image.fromarray(values), "TIFF"))
    assert picture.note == "Values from 0 to 1 shown as black to white."
    assert not picture.pixels[3, 3].any()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_hidden_colours_give_way_to_grey(mode):
    image = Image.new("RGBA", (40, 40), (255, 255, 255, 0))
    image.paste((0, 0, 0, 255), (0, 0, 20, 40))
    picture = load(corpus.saved(image.convert(mode), "PNG"))
    assert (picture.pixels[:, :20] == 0).all()
    assert (picture.pixels[:, 20:] == 128).all()
    assert picture.note == "Transparent areas shown on grey."


def test_an_opaque_alpha_channel_is_not_worth_a_note():
    assert load(corpus.modes()["RGBA PNG"]).note == ""


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF"])
def test_all_orientations_show_the_same_picture(kind):
    upright = corpus.asymmetric().astype(int)
    for orientation, content in enumerate(corpus.orientations(kind), 1):
        pixels = load(content).pixels
        assert pixels.shape == upright.shape, orientation
        error = np.abs(pixels - upright)
        assert error.mean() < 8 if kind in ("JPEG", "AVIF") else error.max() == 0, orientation


def test_unreadable_metadata_does_not_cost_the_picture():
    image = Image.fromarray(corpus.asymmetric(32, 48))
    for kind in ("PNG", "WEBP", "JPEG"):
        for exif in (b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + bytes(100)):
            assert load(corpus.saved(image, kind, exif=exif)).pixels.shape == (32, 48, 3)
    odd = Image.Exif()
    odd[0x0112] = 99
    assert load(corpus.jpeg(exif=odd)).pixels.shape == (32, 48, 3)


@pytest.mark.parametrize("kind", sorted(corpus.animations()))
def test_an_animation_shows_its_first_frame_and_says_so(kind):
    picture = load(corpus.animations()[kind])
    assert (np.abs(picture.pixels[12, 16].astype(int) - (255, 0, 0)) < 8).all()
    paged = kind == "TIFF"
    assert picture.note == ("First page of several." if paged else "First frame of an animation of 12.")


def test_a_large_picture_is_shrunk_to_the_longer_side():
    wide = Image.fromarray(corpus.gradient(1000, 4000).astype(np.uint8))
    for kind in ("PNG", "JPEG"):
        pixels = load(corpus.saved(wide, kind)).pixels
        assert pixels.shape == (384, 1536, 3)
        assert np.corrcoef(pixels[100, :, 0], np.arange(1536))[0, 1] > 0.99


def test_a_class_that_uploads_at_once_has_two_photos_decoded_at_a_time(monkeypatch):
    inside, release = threading.Semaphore(0), threading.Event()

    def decode(content):
        inside.release()
        assert release.wait(30)
        return Image.new("RGB", (16, 16)), ""

    monkeypatch.setattr(images, "_decode", decode)
    uploads = [threading.Thread(target=load, args=(b"photo",)) for _ in range(4)]
    for upload in uploads:
        upload.start()
    assert inside.acquire(timeout=30)
    assert inside.acquire(timeout=30)
    assert not inside.acquire(timeout=0.1)
    release.set()
    for upload in uploads:
        upload.join(30)
    assert inside.acquire(timeout=0)
    assert inside.acquire(timeout=0)


def test_a_picture_carries_the_digest_of_its_file_and_cannot_be_changed():
    content = corpus.jpeg()
    picture = load(content, "holiday.jpg")
    assert picture.digest == hashlib.sha256(content).hexdigest()
    assert (picture.name, picture.note) == ("holiday.jpg", "")
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0, 0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        picture.pixels.setflags(write=True)
    with pytest.raises(TypeError, match="content must be the bytes"):
        load(io.BytesIO(content))


@pytest.mark.parametrize("name", sorted(corpus.disguises()))
def test_a_disguise_is_named_and_starts_no_program(name, monkeypatch):
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **options: started.append(args))
    content, cause = corpus.disguises()[name]
    assert cause in refusal(content, name)
    assert not started


def test_an_empty_and_an_oversized_file_are_refused_unread(monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *args, **options: pytest.fail("opened"))
    assert "is empty" in refusal(b"")
    assert "larger than 20 MB: save a smaller copy" in refusal(bytes(20 * 2**20 + 1))


def test_twenty_megabytes_exactly_are_taken():
    content = corpus.saved(Image.new("L", (32, 32)), "PNG")
    assert load(content + bytes(20 * 2**20 - len(content))).pixels.shape == (32, 32, 3)


def test_a_mere_beginning_is_called_damaged_not_unknown():
    for content in corpus.small_files():
        if not content.startswith(b"BM"):  # two letters that a text may begin with
            assert "damaged or incomplete" in refusal(content[:14])


@pytest.mark.parametrize("content", corpus.small_files())
def test_half_a_file_is_never_a_picture_of_something_else(content):
    ending = outcome(content[: len(content) // 2])
    # only an animation can lose its end and keep its first frame
    assert "damaged or incomplete" in ending if isinstance(ending, str) else ending.note.startswith("First")


@pytest.mark.parametrize("name", sorted(corpus.huge_headers()))
def test_a_huge_picture_is_refused_before_decoding(name, monkeypatch):
    content = corpus.huge_headers()[name]
    assert len(content) < 60_000
    decoded = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded.append)
    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", decoded.append)
    start = time.process_time()
    growth = peak_growth(lambda: refusal(content))
    assert "more than 52 megapixels" in refusal(content)
    assert time.process_time() - start < 1.5
    assert growth < 20
    assert not decoded


@pytest.mark.parametrize(("width", "height", "cause"), corpus.shapes())
def test_an_extreme_shape_is_refused_by_its_rule(width, height, cause):
    sentence = refusal(corpus.png(width, height, 1, 0, bytes(height * (1 + (width + 7) // 8))))
    assert cause in sentence
    assert f"{width} × {height}" in sentence


@pytest.mark.parametrize(("width", "height"), [(16, 16), (16, 320), (16384, 820)])
def test_the_limits_themselves_are_allowed(width, height):
    pixels = load(corpus.png(width, height, 1, 0, bytes(height * (1 + (width + 7) // 8)))).pixels
    assert max(pixels.shape) == min(1536, max(width, height))


@pytest.mark.parametrize(("width", "height"), [(8192, 6144), (8000, 6500)])
def test_a_phones_fifty_megapixels_are_allowed(width, height):
    with pytest.raises(BadImage, match="damaged"):  # passes the limits, then has no pixels
        load(corpus.png(width, height, 1, 0, b""))


def test_one_row_more_than_the_most_pixels_is_refused():
    with pytest.raises(BadImage, match="52 megapixels"):
        load(corpus.png(8000, 6501, 1, 0, b""))


def test_an_animation_of_all_the_bytes_that_are_taken_is_read():
    noise = np.random.default_rng(0).integers(0, 256, (8, 1300, 1300), np.uint8)
    frames = [Image.fromarray(each, "L") for each in noise]
    content = corpus.saved(frames[0], "GIF", save_all=True, append_images=frames[1:], optimize=False)
    assert 17 * 2**20 < len(content) <= 20 * 2**20
    assert load(content).note == "First frame of an animation of 8."


@pytest.mark.parametrize(("progressive", "bytes_each"), [(False, 0), (True, 8)])
def test_room_is_made_for_a_progressive_photo_as_a_whole(progressive, bytes_each, monkeypatch):
    asked = []
    monkeypatch.setattr(images, "room_for", lambda extra: asked.append(extra) or contextlib.nullcontext())
    shape = load(corpus.jpeg(3200, 2400, progressive=progressive)).pixels.shape
    assert shape == (1152, 1536, 3)
    assert asked == [16 * 1600 * 1200 + bytes_each * 3200 * 2400]


@pytest.mark.parametrize("name", sorted(corpus.chunk_bombs()))
def test_a_file_of_countless_parts_is_refused_early(name):
    content = corpus.chunk_bombs()[name]
    start = time.process_time()
    assert "too many parts" in refusal(content)
    assert time.process_time() - start < 2.4


def test_a_jpeg_of_countless_scans_is_refused_before_decoding():
    assert "scans" in refusal(corpus.scan_bomb())
    assert load(corpus.jpeg(progressive=True)).note == ""


def test_an_animation_is_never_decoded_beyond_its_first_frame():
    content = corpus.gif_bomb()
    start = time.process_time()
    assert peak_growth(lambda: load(content)) < 80
    assert load(content).note == "First frame of an animation of 400."
    assert time.process_time() - start < 1


def test_every_mutant_ends_as_a_picture_or_as_a_sentence(capsys):
    endings = {"picture": 0, "sentence": 0}
    for content in corpus.mutants(seed=0, count=5000):
        ending = outcome(content)
        if isinstance(ending, str):
            assert ending.startswith("“photo” ")
            endings["sentence"] += 1
        else:
            assert ending.pixels.dtype == np.uint8
            assert ending.pixels.shape[2:] == (3,)
            assert max(ending.pixels.shape) <= 1536
            endings["picture"] += 1
    assert min(endings.values()) > 500, endings
    assert capsys.readouterr() == ("", ""), "Python's side of the log stays empty"


@pytest.mark.parametrize("name", corpus.hostile_names())
def test_a_hostile_name_becomes_plain_text(name):
    shown = display_name(name)
    assert 1 <= len(shown) <= 60
    assert not set(shown) & set("/\\<>[]*`$;:|\"'\n\r\0\u202e")
    shown.encode()
    for suffix in ("", ".png", "-layer6.gif"):
        safe = safe_name(name, suffix)
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", safe)
        assert safe[0] not in ".-"
        assert safe.endswith(suffix)
    assert f"“{shown}”" in refusal(b"", name)


def test_an_ordinary_name_is_kept():
    assert display_name("../../etc/passwd.png") == display_name("C:\\x\\passwd.png") == "passwd.png"
    assert display_name("a\nb\r\n\u202e.png") == "ab.png"
    assert display_name("Été (2) – dog_1.JPG") == "Été (2) – dog_1.JPG"
    assert display_name('R&D, a<b, Anna\'s "x" = 5%…') == "R&D, a‹b, Anna’s ”x” = 5%…"
    assert safe_name("My dog.JPG") == "My-dog.JPG"
    assert safe_name("My dog.JPG", ".png") == "My-dog.png"
    assert safe_name("été.png") == "ete.png"
    assert (safe_name("猫.JPG"), safe_name("猫.JPG", ".svg")) == ("photo.JPG", "photo.svg")
    with pytest.raises(ValueError, match="suffix must"):
        safe_name("dog", "/../x")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("猫.JPG", "猫-01234567.svg"),
        ("नमस्ते.png", "नमस्ते-01234567.svg"),
        ("R&D – v1.2.png", "R-D-v1.2-01234567.svg"),
        ("<>.png", "photo-01234567.svg"),
        ("../" + "𝔸" * 300, "𝔸" * 51 + "-01234567.svg"),
    ],
)
def test_a_written_file_keeps_the_letters_of_its_photo(name, written):
    assert written_name(name, "0123456789abcdef", ".svg") == written
    assert len(written.encode()) < 255


@seeded
@given(st.text(), st.sampled_from(["", ".png", "-a.gif"]))
def test_any_text_makes_a_safe_name(name, suffix):
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", safe_name(name, suffix))


def test_the_samples_load_and_the_dog_comes_first():
    samples = sample_pictures()
    keys = [key for key, _ in samples]
    assert keys[0] == "dog"
    assert keys[1:] == sorted(keys[1:])
    for _, path in samples:
        picture = load(path.read_bytes(), path.name)
        assert picture.note == ""
        assert picture.pixels.std() > 20


sides = st.integers(16, 1536)
targets = st.integers(1, 1400)


@seeded
@given(sides, sides, targets)
def test_a_whole_view_has_the_best_grid_near_the_target(height, width, target):
    view = fit(shape_only(height, width), 14, target, "whole")
    assert (view.x, view.y, view.width, view.height) == (0, 0, width, height)
    assert view.rows >= 1
    assert view.cols >= 1
    assert int(target / 1.15) <= view.rows * view.cols <= 1.15 * target + 1e-9

    def stretch(rows: float, cols: float) -> float:
        return np.abs(np.log(cols / rows * height / width))

    if target <= 300:  # every grid can be tried
        rows, cols = np.mgrid[1 : int(1.15 * target) + 1, 1 : int(1.15 * target) + 1]
        allowed = (rows * cols <= 1.15 * target) & (rows * cols >= int(target / 1.15))
        assert stretch(view.rows, view.cols) <= stretch(rows[allowed], cols[allowed]).min() + 1e-6


@seeded
@given(st.integers(100, 1536), st.integers(100, 1536), st.integers(196, 1400))
def test_a_whole_view_of_a_photo_is_hardly_stretched(height, width, target):
    if max(height, width) <= 3 * min(height, width):
        view = fit(shape_only(height, width), 14, target, "whole")
        assert 0.95 < view.cols / view.rows * height / width < 1 / 0.95


@seeded
@given(sides, sides, targets, st.floats(0, 1))
def test_a_square_view_lies_in_the_picture(height, width, target, offset):
    view = fit(shape_only(height, width), 14, target, "square", offset)
    assert view.width == view.height == min(height, width)
    assert 0 <= view.x <= view.x + view.width <= width
    assert 0 <= view.y <= view.y + view.height <= height
    assert view.rows == view.cols
    assert view.rows**2 <= target < (view.rows + 1) ** 2


def test_the_offset_moves_the_square_along_the_long_side():
    wide, tall = shape_only(100, 300), shape_only(300, 100)
    assert [fit(wide, 16, 196, "square", offset).x for offset in (0, 0.5, 1)] == [0, 100, 200]
    assert [fit(tall, 16, 196, "square", offset).y for offset in (0, 0.5, 1)] == [0, 100, 200]
    assert fit(wide, 16, 196, "square", 1).y == fit(tall, 16, 196, "square", 1).x == 0


def test_a_square_photo_gets_exactly_the_square_grid():
    for cells in (1, 7, 14, 16, 37):
        view = fit(shape_only(500, 500), 14, cells**2, "whole")
        assert (view.rows, view.cols) == (cells, cells)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch": 0}, "patch must"),
        ({"target_patches": 0}, "target_patches must"),
        ({"offset": 1.01}, "offset must"),
        ({"offset": float("nan")}, "offset must"),
        ({"crop": "round"}, "crop must"),
    ],
)
def test_a_view_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        fit(shape_only(50, 50), **{"patch": 14, "target_patches": 256, **change})


def test_the_model_sees_what_the_view_frames():
    pixels = np.zeros((64, 128, 3), np.uint8)
    pixels[:, 64:] = (200, 100, 50)
    picture = Picture(pixels, "", "photo", "")
    seen = crop_and_resize(picture, View(64, 0, 64, 64, rows=3, cols=2, patch=14), "nearest")
    assert seen.shape == (42, 28, 3)
    assert (seen == (200, 100, 50)).all()
    with pytest.raises(ValueError, match="interpolation must be one of"):
        crop_and_resize(picture, View(0, 0, 64, 64, 2, 2, 14), "magic")


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos"])
def test_a_square_view_is_resizing_and_then_cropping(interpolation):
    picture = load(corpus.saved(Image.fromarray(corpus.asymmetric(64, 128)), "PNG"))
    method = Image.Resampling[interpolation.upper()]
    whole = np.asarray(Image.fromarray(picture.pixels).resize((112, 56), method))
    for offset, left in ((0, 0), (0.5, 28), (1, 56)):
        seen = crop_and_resize(picture, fit(picture, 14, 16, "square", offset), interpolation)
        assert np.abs(seen.astype(int) - whole[:, left : left + 56]).max() <= 1


@seeded
@given(st.integers(16, 200), st.integers(16, 200), st.floats(0, 1), st.sampled_from(["whole", "square"]))
def test_every_view_can_be_cut_out(height, width, offset, crop):
    picture = shape_only(height, width)
    view = fit(picture, 2, 30, crop, offset)
    assert crop_and_resize(picture, view).shape == (view.rows * 2, view.cols * 2, 3)


def test_a_thumbnail_is_a_small_jpeg_without_metadata():
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    picture = load(corpus.jpeg(1200, 800, exif=exif, comment=b"a secret place"))
    content, width, height = thumbnail(picture, longest=300)
    assert (width, height) == (300, 200)
    assert b"secret" not in content
    image = Image.open(io.BytesIO(content))
    assert image.size == (width, height)
    assert not image.getexif()
    assert thumbnail(picture, longest=5000)[1:] == (1200, 800)
