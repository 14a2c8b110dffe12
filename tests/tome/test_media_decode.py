"""Decoding: every clip and sound ends as the right frames or samples, or as one sentence."""

import io
import re
import socket
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest

av = pytest.importorskip("av")

import media_files  # noqa: E402
from media_files import clip, float_wav, level_frames, number, tone, wav  # noqa: E402

from tome.media.decode import BadMedia, Limits, Worker, read_clip, read_sound  # noqa: E402


@pytest.fixture(scope="module")
def worker():
    with Worker() as shared:
        yield shared


def refusal(read: Callable, source: object, worker: Worker, **choices: object) -> str:
    with pytest.raises(BadMedia) as error:
        read(source, worker=worker, **choices)
    sentence = str(error.value)
    assert re.fullmatch(r"The [^\n]{10,160}\.", sentence), sentence
    assert error.value.__cause__ is None
    return sentence


# Clips


def test_frames_are_those_shown_at_the_middles_of_equal_parts(worker):
    got = read_clip(clip(level_frames(40)), 8, worker=worker)
    assert got.frames.shape == (8, 48, 64, 3)
    assert got.frames.dtype == np.uint8
    assert not got.frames.flags.writeable
    assert [number(frame) for frame in got.frames] == [2, 7, 12, 17, 22, 27, 32, 37]
    assert got.times == pytest.approx([i / 25 for i in (2, 7, 12, 17, 22, 27, 32, 37)])
    assert got.duration == pytest.approx(1.6)


def test_frames_at_chosen_times_are_right_across_key_frames(worker):
    content = clip(level_frames(40), group=8)
    got = read_clip(content, times=[0.0, 0.05, 0.05, 0.9, 1.58], worker=worker)
    assert [number(frame) for frame in got.frames] == [0, 1, 1, 22, 39]


def test_a_part_of_a_clip_is_read_alone(worker):
    got = read_clip(clip(level_frames(40)), 2, start=0.8, seconds=0.4, worker=worker)
    assert [number(frame) for frame in got.frames] == [22, 27]


def test_a_clip_with_fewer_frames_than_asked_for_repeats_them(worker):
    got = read_clip(clip(level_frames(3)), 6, worker=worker)
    assert [number(frame) for frame in got.frames] == [0, 0, 1, 1, 2, 2]


def test_variable_frame_rate_goes_by_time_not_by_count(worker):
    content = clip(level_frames(5), format="matroska", times=[0, 100, 200, 1800, 1900])
    got = read_clip(content, times=[0.05, 0.25, 1.0, 1.7, 1.85], worker=worker)
    assert [number(frame) for frame in got.frames] == [0, 2, 2, 2, 3]
    assert got.times == pytest.approx((0.0, 0.2, 0.2, 0.2, 1.8))


@pytest.mark.parametrize(("degrees", "turns"), [(90, 1), (-90, 3), (180, 2)])
def test_a_phones_rotated_clip_stands_upright(degrees, turns, worker):
    frames = level_frames(3).copy()
    frames[:, :12, :16] = (255, 0, 0)
    plain = read_clip(clip(frames), 1, worker=worker)
    turned = read_clip(clip(frames, rotation=degrees), 1, worker=worker)
    np.testing.assert_array_equal(turned.frames[0], np.rot90(plain.frames[0], turns))
    assert (turned.height, turned.width) == turned.frames.shape[1:3]


def test_alpha_is_shown_over_grey(worker):
    frames = np.zeros((3, 48, 64, 4), np.uint8)
    frames[..., 0] = 255
    frames[:, :, :32, 3] = 255
    got = read_clip(clip(frames, format="mov", codec="qtrle", pixels="argb"), 1, worker=worker).frames[0]
    assert tuple(got[20, 10]) == (255, 0, 0)
    assert tuple(got[20, 50]) == (128, 128, 128)


@pytest.mark.parametrize("size", [(47, 63), (1, 1), (2, 300), (17, 16)])
def test_odd_sizes_keep_their_size(size, worker):
    content = clip(level_frames(3, *size), format="matroska", codec="ffv1", pixels="bgr0")
    got = read_clip(content, 3, worker=worker)
    assert got.frames.shape == (3, *size, 3)
    assert [number(frame) for frame in got.frames] == [0, 1, 2]


def test_large_frames_are_shrunk_and_keep_their_source_size(worker):
    got = read_clip(clip(level_frames(2, 300, 600)), 1, longest=100, worker=worker)
    assert got.frames.shape == (1, 50, 100, 3)
    assert (got.height, got.width) == (300, 600)


@pytest.mark.parametrize(
    ("format", "codec", "pixels"),
    [
        ("webm", "libvpx-vp9", "yuv420p"),
        ("avi", "mjpeg", "yuvj420p"),
        ("gif", "gif", "rgb8"),
        ("mov", "libx264", "yuv420p"),
    ],
)
def test_other_formats_give_the_same_frames(format, codec, pixels, worker):
    frames = level_frames(40)[::6]
    got = read_clip(clip(frames, format=format, codec=codec, pixels=pixels), len(frames), worker=worker)
    levels = got.frames.mean((1, 2, 3))
    assert np.abs(levels - frames.mean((1, 2, 3))).max() < 25  # GIF has few colours
    assert (np.diff(levels) > 0).all()


def test_a_sound_is_no_clip_and_a_mute_clip_no_sound(worker):
    assert "no video" in refusal(read_clip, wav(tone(0.1, 8000)[None], 8000), worker)
    assert "no sound" in refusal(read_sound, clip(level_frames(3)), worker)


def test_a_picture_on_the_cover_is_no_video(worker):
    content = media_files.mp3_with_cover()
    assert "no video" in refusal(read_clip, content, worker)
    assert read_sound(content, worker=worker).duration == pytest.approx(0.5, abs=0.1)


def test_a_format_that_is_not_listed_is_refused_by_libav_too(worker):
    assert "not in a known clip format" in refusal(read_clip, clip(level_frames(5), format="mpegts"), worker)


def test_the_sound_of_a_clip_is_read(worker):
    got = read_sound(clip(level_frames(25), sound=True), worker=worker)
    assert got.duration == pytest.approx(1.0, abs=0.1)


def with_size(content: bytes, width: int, height: int) -> bytes:
    """The MP4 with another size in the header of its track and of its samples."""
    at = content.index(b"avc1", content.index(b"stsd")) + 28
    sized = content[:at] + width.to_bytes(2, "big") + height.to_bytes(2, "big") + content[at + 4 :]
    tkhd = sized.index(b"tkhd") + 4 + 76
    return sized[:tkhd] + (width << 16).to_bytes(4, "big") + (height << 16).to_bytes(4, "big") + sized[tkhd + 8 :]


def test_8k_is_refused_by_its_size(worker):
    content = clip(level_frames(1, 4320, 7680), codec="libx264")
    assert "7680 × 4320" in refusal(read_clip, content, worker)


def test_a_header_of_8k_over_a_small_clip_does_no_harm(worker):
    content = with_size(clip(level_frames(3)), 7680, 4320)
    try:
        assert read_clip(content, 1, worker=worker).frames.size < 1e6
    except BadMedia as error:
        assert "7680 × 4320" in str(error)


def test_an_hour_long_clip_is_refused_but_a_part_of_it_is_read(worker):
    content = clip(level_frames(40), format="matroska", times=[90_000 * i for i in range(40)], group=1)
    assert re.search("lasts 5[89] minutes", refusal(read_clip, content, worker))
    got = read_clip(content, 2, start=1800, seconds=180, worker=worker)
    assert [number(frame) for frame in got.frames] == [20, 21]


def test_zero_frames_are_refused(worker):
    assert "no readable frames" in refusal(read_clip, media_files.no_frames(), worker)


def test_a_truncated_clip_gives_what_is_there_and_says_so(worker):
    noise = np.random.default_rng(0).integers(0, 256, (40, 48, 64, 3), np.uint8)
    content = clip(noise, format="matroska")
    got = read_clip(content[: len(content) // 2], 4, worker=worker)
    assert 0.5 < got.duration < 1.1
    assert got.note == f"Only {got.duration:.1f} of 1.6 s can be read."
    assert not read_clip(content, 4, worker=worker).note
    whole = clip(noise)  # its index stands at the end
    refusal(read_clip, whole[: len(whole) // 2], worker)


@pytest.mark.parametrize("content", media_files.NO_RECORDING.values(), ids=media_files.NO_RECORDING)
def test_what_is_no_recording_is_refused(content, worker):
    if not content:
        assert "is empty" in refusal(read_clip, content, worker)
    refusal(read_clip, content, worker)
    refusal(read_sound, content, worker)


def test_choices_out_of_range_are_named(worker):
    for choice, value in [
        ("frames", 0),
        ("times", [1.0, 0.5]),
        ("times", []),
        ("start", -1.0),
        ("seconds", 0.0),
        ("longest", 1),
    ]:
        with pytest.raises(ValueError, match=f"{choice} must be") as error:
            read_clip(b"x", worker=worker, **{choice: value})
        assert not isinstance(error.value, BadMedia)
    with pytest.raises(ValueError, match="rate must be"):
        read_sound(b"x", 0, worker=worker)
    with pytest.raises(TypeError, match="source must be bytes or a path; got int"):
        read_sound(3, worker=worker)
    assert "ends at 0.12 s" in refusal(read_clip, clip(level_frames(3)), worker, times=[0.5])


def test_a_path_is_read_like_its_bytes_and_a_missing_one_is_not_found(worker, tmp_path):
    path = tmp_path / "ünï clip.mp4"
    path.write_bytes(clip(level_frames(5)))
    np.testing.assert_array_equal(
        read_clip(path, 2, worker=worker).frames, read_clip(path.read_bytes(), 2, worker=worker).frames
    )
    with pytest.raises(FileNotFoundError):
        read_clip(tmp_path / "none.mp4", worker=worker)
    assert "is not a file" in refusal(read_clip, tmp_path, worker)


# Sounds


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 96_000, 192_000])
def test_a_tone_of_any_rate_is_the_same_tone_at_16_khz(rate, worker):
    got = read_sound(wav(tone(0.5, rate)[None], rate), worker=worker)
    assert (got.rate, got.source_rate, got.channels) == (16_000, rate, 1)
    assert got.waveform.dtype == np.float32
    assert abs(len(got.waveform) - 8000) <= 2
    middle = slice(800, 7200)
    assert np.abs(got.waveform[middle] - tone(0.5, 16_000)[middle]).max() < 0.01


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
def test_channels_are_averaged(channels, worker):
    voices = np.stack([tone(0.2, 16_000, height=0.1 * (i + 1)) for i in range(channels)])
    got = read_sound(wav(voices, 16_000), worker=worker)
    assert got.channels == channels
    np.testing.assert_allclose(got.waveform, voices.mean(0), atol=1e-4)


def test_5_1_is_averaged_too(worker):
    voices = np.stack([tone(0.5, 48_000, height=0.1 * (i + 1)) for i in range(6)])
    got = read_sound(media_files.sound(voices, 48_000, format="flac", codec="flac", layout="5.1"), worker=worker)
    assert got.channels == 6
    assert np.abs(got.waveform[800:7200] - 0.7 * tone(0.5, 16_000)[800:7200]).max() < 0.01


@pytest.mark.parametrize(
    ("format", "codec"), [("mp3", "libmp3lame"), ("ogg", "libopus"), ("ipod", "aac"), ("webm", "libopus")]
)
def test_compressed_sounds_are_read(format, codec, worker):
    content = media_files.sound(tone(1.0, 48_000)[None], 48_000, format=format, codec=codec, layout="mono")
    got = read_sound(content, worker=worker)
    assert got.duration == pytest.approx(1.0, abs=0.1)
    # By power: residues of a lossy encoder around a tone move its peak.
    assert (2 * (got.waveform[4000:12000] ** 2).mean()) ** 0.5 == pytest.approx(0.5, abs=0.03)


def test_silence_is_decoded_as_zeros(worker):
    got = read_sound(wav(np.zeros((2, 4000)), 8000), worker=worker)
    assert len(got.waveform) == 8000
    assert not got.waveform.any()


def test_a_sound_of_no_samples_is_refused(worker):
    assert "has no readable samples" in refusal(read_sound, wav(np.zeros((1, 0)), 8000), worker)


def test_a_part_of_a_sound_is_read_alone(worker):
    whole = read_sound(wav(tone(1.0, 8000)[None], 8000), 8000, worker=worker).waveform
    part = read_sound(wav(tone(1.0, 8000)[None], 8000), 8000, start=0.25, seconds=0.5, worker=worker).waveform
    np.testing.assert_array_equal(part, whole[2000:6000])
    assert "ends at 1.00 s" in refusal(read_sound, wav(tone(1.0, 8000)[None], 8000), worker, start=2.0)


def test_an_hour_of_sound_is_refused_but_its_first_seconds_are_read(worker):
    content = wav(np.zeros((1, 3600 * 4000)), 4000)
    assert "10 minutes" in refusal(read_sound, content, worker)
    assert read_sound(content, seconds=30, worker=worker).duration == 30


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_an_array_that_is_not_samples_is_refused(value, worker):
    samples = tone(0.1, 16_000)
    np.testing.assert_allclose(read_sound(float_wav(samples), worker=worker).waveform, samples, atol=1e-6)
    samples[100] = value
    assert "full scale" in refusal(read_sound, float_wav(samples), worker)


def test_a_truncated_sound_gives_what_is_there_and_says_so(worker):
    content = media_files.sound(tone(8.0, 16_000)[None], 16_000, format="flac", codec="flac", layout="mono")
    got = read_sound(content[: len(content) // 2], worker=worker)
    assert 2 < got.duration < 6
    assert got.note == f"Only {got.duration:.1f} of 8.0 s can be read."
    assert not read_sound(content, worker=worker).note
    plain = wav(tone(4.0, 8000)[None], 8000)
    assert read_sound(plain[: len(plain) // 4], worker=worker).duration == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("seconds", [None, 30.0])
def test_a_cut_sound_of_less_than_a_tenth_of_a_second_is_refused(worker, seconds):
    content = wav(tone(1.0, 16_000)[None], 16_000)[:300]
    assert "has less than 0.1 s of samples" in refusal(read_sound, content, worker, seconds=seconds)


def test_a_part_may_be_as_short_as_is_asked_for(worker):
    assert read_sound(wav(tone(1.0, 16_000)[None], 16_000), seconds=0.02, worker=worker).duration == pytest.approx(0.02)


def test_too_many_channels_are_refused(worker):
    assert "20 channels" in refusal(read_sound, wav(np.zeros((20, 400)), 8000), worker)


# Nothing is fetched


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile 'http://127.0.0.1:{port}/a.mp4'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
        "<?xml version='1.0'?><MPD><Period><BaseURL>http://127.0.0.1:{port}/</BaseURL></Period></MPD>",
        "http://127.0.0.1:{port}/a.mp4",
        "\n" * 700 + "#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:{port}/a.ts\n",
    ],
)
def test_playlists_and_addresses_are_refused_and_nothing_is_fetched(text, worker, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        content = text.format(port=server.getsockname()[1]).encode()
        for name in ("list.m3u8", "clip.mp4"):
            path = tmp_path / name
            path.write_bytes(content)
            for source in (content, path):
                refusal(read_clip, source, worker)
                refusal(read_sound, source, worker)
        with pytest.raises(TimeoutError):
            server.accept()


def test_the_container_is_opened_with_no_protocol_and_no_second_file():
    from tome.media import container

    with pytest.raises(BadMedia, match="playlist"):
        container.opened(io.BytesIO(b"#EXTM3U\n"), Limits(), "sound")
    # past our own look at the first bytes, libav's lists still hold
    for text in (
        b"\n" * 700 + b"#EXTM3U\n#EXTINF:3,\n/etc/passwd\n",
        b"# x\n" * 200 + b"ffconcat version 1.0\nfile /etc/passwd\n",
    ):
        with pytest.raises(BadMedia, match="not in a known clip format"):
            container.opened(io.BytesIO(text), Limits(), "clip")
    with pytest.raises(PermissionError):
        container._refuse("http://127.0.0.1/", 0, {})


# Workers that hang and die


def worker_of(code: str, **limits: float) -> Worker:
    return Worker(Limits(**limits), command=(sys.executable, "-c", code))


def test_a_worker_that_hangs_is_ended_in_time():
    with worker_of("import time; time.sleep(600)", wall_seconds=0.5) as hanging:
        start = time.monotonic()
        assert "too long" in refusal(read_sound, b"x", hanging)
        assert "too long" in refusal(read_sound, bytes(10**7), hanging), "nor while it takes no bytes"
        assert time.monotonic() - start < 10


def test_a_worker_that_computes_for_ever_is_ended_by_the_system():
    pytest.importorskip("resource")
    code = """
import sys
from tome.media import serve
def spin(*_):
    while True: pass
serve.answer = spin
serve.serve(sys.stdin.buffer, sys.stdout.buffer)
"""
    with worker_of(code, cpu_seconds=1) as spinning:
        start = time.monotonic()
        assert "too long" in refusal(read_sound, b"x", spinning)
        assert time.monotonic() - start < spinning.limits.wall_seconds / 2, "by its own time, not by the clock"


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.exit(3)",
        "import os, signal; input(); os.kill(os.getpid(), signal.SIGKILL)",
        "print('nonsense', flush=True); input()",
        "print('{\"shape\": [1000000000000]}', flush=True); input()",
        "print('{\"shape\": [4], \"rate\"', end='', flush=True)",
        "print('[]', flush=True); input(); input()",
    ],
)
def test_a_worker_that_dies_or_lies_gives_one_sentence(code):
    with worker_of(code) as dying:
        assert "crashed the decoder" in refusal(read_sound, b"x", dying)


def test_a_new_worker_follows_one_that_died():
    content = wav(tone(0.1, 8000)[None], 8000)
    with Worker() as shared:
        first = read_sound(content, worker=shared).waveform
        shared._process.kill()
        shared._process.wait()
        np.testing.assert_array_equal(read_sound(content, worker=shared).waveform, first)


def test_a_worker_needs_no_more_memory_than_it_may_have():
    pytest.importorskip("resource")
    if sys.platform != "linux":
        pytest.skip("address space is bounded on Linux only")
    with Worker(Limits(memory=700 * 2**20)) as small:
        content = clip(level_frames(12, 1080, 1920))
        assert read_clip(content, 1, worker=small).frames.any()
        assert "memory" in refusal(read_clip, content, small, frames=200, longest=4096)


def test_closing_a_worker_ends_its_process():
    with Worker() as shared:
        read_sound(wav(tone(0.1, 8000)[None], 8000), worker=shared)
        process = shared._process
        assert process.poll() is None
    assert process.poll() is not None


def test_a_file_over_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "long.mp4"
    with path.open("wb") as file:
        file.truncate(2**30)
    with Worker() as idle:
        assert "larger than 256 MB" in refusal(read_clip, path, idle)
        assert idle._process is None


def test_importing_tome_imports_no_decoder():
    import subprocess

    code = "import sys, tome, tome.media, tome.media.decode; print({'av', 'torch', 'transformers'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
