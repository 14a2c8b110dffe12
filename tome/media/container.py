"""Open a container from bytes with an allow-list of formats and codecs.  Runs in the worker."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from tome.media.kinds import OFFERED, BadMedia, Limits

__all__ = ["DAMAGED", "check_codec", "opened", "packets"]

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,gif,avi,wav,flac,ogg,mp3,aac"
VIDEO_CODECS = {
    *("h264", "hevc", "vp8", "vp9", "libvpx-vp9", "av1", "libdav1d", "libaom-av1", "mpeg1video", "mpeg2video"),
    *("mpeg4", "msmpeg4v2", "msmpeg4", "h263", "mjpeg", "png", "gif", "prores", "theora", "ffv1", "qtrle", "rawvideo"),
}
AUDIO_CODECS = {
    *("aac", "mp3", "mp3float", "mp2", "mp2float", "opus", "libopus", "vorbis", "libvorbis", "flac", "alac"),
    *("ac3", "eac3", "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "adpcm_ima_wav", "adpcm_ms", "gsm_ms"),
    *("pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be"),
    *("pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw", "pcm_s8"),
}
DAMAGED = "The file is damaged or incomplete: save or download it again."
UNKNOWN = {
    "clip": f"The file is not in a known clip format: choose one of {', '.join(OFFERED['clip'])}.",
    "sound": f"The file is not in a known sound format: choose one of {', '.join(OFFERED['sound'])}.",
}
KNOWN = rb"....(ftyp|moov|mdat|wide|free|skip)|\x1aE\xdf\xa3|GIF8|RIFF....(AVI |WAVE)|fLaC|OggS|ID3|\xff[\xe0-\xff]"
REFUSED = (  # how a file begins → why it is refused
    (rb"\s*#EXTM3U|\s*\[playlist\]|\s*ffconcat|\s*v=0\r?\n|(\s*<\?xml[^>]*>)?\s*<(MPD|smil|asx)\b", "a playlist"),
    (rb"\s*(https?|rtsp|rtmp|ftp|file):", "an address"),
    (rb"\s*<(!doctype\s+)?html", "a web page"),
    (rb"PK\x03\x04", "a zip archive"),
)


def opened(file: BinaryIO, limits: Limits, kind: str) -> InputContainer:
    """Return the container in ``file``, a "clip" or a "sound", or raise BadMedia.

    Formats and codecs are limited to the lists above; references to other files are not followed.
    """
    start = file.read(600)
    file.seek(0)
    if not start:
        raise BadMedia("The file is empty: choose another file.")
    for beginning, what in REFUSED:
        if re.match(beginning, start, re.DOTALL | re.IGNORECASE):
            raise BadMedia(f"The file is {what}, not a clip or a sound: choose the recording itself.")
    options = {
        "format_whitelist": FORMATS,
        "protocol_whitelist": "none",
        "codec_whitelist": ",".join(sorted(VIDEO_CODECS | AUDIO_CODECS)),
        "max_pixels": str(limits.pixels),
        "max_streams": str(limits.streams),
    }
    try:
        container: InputContainer = av.open(file, "r", options=options, io_open=_refuse, metadata_errors="replace")
    except av.error.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        raise BadMedia(DAMAGED if re.match(KNOWN, start, re.DOTALL) else UNKNOWN[kind]) from None
    return container


def _refuse(url: str, flags: int, options: dict[str, Any]) -> BinaryIO:
    raise PermissionError("a file may not open another")


def streams_of(container: InputContainer, kind: str) -> Iterator[Stream]:
    """Yield the streams of a kind, "video" or "audio", cover pictures excluded."""
    for stream in container.streams:
        if stream.type == kind and not stream.disposition & Disposition.attached_pic:
            yield stream


def check_codec(stream: Stream, allowed: Iterable[str]) -> None:
    """Raise BadMedia unless the codec of the stream is supported."""
    codec = stream.codec_context
    if codec is None or codec.name not in allowed:
        name = f" ({codec.name})" if codec is not None else ""
        raise BadMedia(f"The {stream.type} has an unsupported codec{name}: convert it to MP4 or WAV.")


def packets(container: InputContainer, stream: Stream, limits: Limits) -> Iterator[av.Packet]:
    """Yield the packets of a stream up to its end or first damage, then the empty one that flushes the decoder."""
    count = 0
    source = container.demux(stream)
    while True:
        try:
            packet = next(source)
        except (StopIteration, av.error.FFmpegError) as error:
            if isinstance(error, MemoryError):
                raise
            return
        count += 1
        if count > limits.packets:
            raise BadMedia(f"The file has more than {limits.packets} parts: cut it first.")
        yield packet
