"""Generate small valid and malicious image files for the tests of the image gate."""

import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image

Bytes = dict[str, bytes]


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def gradient(height: int = 64, width: int = 128) -> np.ndarray:
    """float64 [height, width], 0 to 255, rising to the right and a little downwards."""
    rows, cols = np.mgrid[:height, :width]
    ramp = cols + 0.3 * rows
    return ramp / ramp.max() * 255


def asymmetric(height: int = 40, width: int = 60) -> np.ndarray:
    """uint8 [height, width, 3] without any symmetry under flips and rotations."""
    rows, cols = np.mgrid[:height, :width]
    return np.stack([cols * 4, rows * 6, (cols < width // 3) * (rows < height // 4) * 255], -1).astype(np.uint8)


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG of raw rows (each begins with its filter byte), with any header and any chunks before the pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND")


def deep_png(channels: np.ndarray, colour: int) -> bytes:
    """A PNG with 16 bits per channel; channels: uint16 [h, w, c]."""
    height, width = channels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in channels)
    return png(width, height, 16, colour, rows)


def deep_tiff(channels: np.ndarray) -> bytes:
    """A little-endian TIFF with three 16-bit channels, which Pillow cannot write; channels: uint16 [h, w, 3]."""
    height, width = channels.shape[:2]
    pixels = channels.astype("<u2").tobytes()
    tags = ((256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, 8), (259, 3, 1, 1), (262, 3, 1, 2))
    tags += ((273, 4, 1, 14), (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 1, len(pixels)))
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<IHHH", 14 + len(pixels), 16, 16, 16) + pixels + directory


def modes() -> Bytes:
    """The gradient in every mode of the allowed formats."""
    ramp = gradient()
    grey = Image.fromarray(ramp.round().astype(np.uint8))
    deep = (ramp * 257).round().astype(np.uint16)
    broken = (ramp * 1e3).astype(np.float32)
    broken[5, 5], broken[6, 6], broken[7, 7] = np.nan, -np.inf, np.inf
    files = {f"{mode} PNG": saved(grey.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")}
    files |= {f"{mode} TIFF": saved(grey.convert(mode), "TIFF") for mode in ("CMYK", "YCbCr")}
    files |= {f"{mode} JPEG": saved(grey.convert(mode), "JPEG", quality=95) for mode in ("L", "CMYK", "YCbCr")}
    files |= {f"RGB {kind}": saved(grey.convert("RGB"), kind) for kind in ("WEBP", "GIF", "BMP", "AVIF")}
    lab = Image.merge("LAB", [grey, *(Image.new("L", grey.size, 128) for _ in range(2))])
    return files | {
        "P+tRNS PNG": saved(grey.convert("P"), "PNG", transparency=bytes([255] * 256)),
        "LAB TIFF": saved(lab, "TIFF"),
        "I;16 PNG": saved(Image.fromarray(deep), "PNG"),
        "I;16 TIFF": saved(Image.fromarray(deep), "TIFF"),
        "I;16B TIFF": saved(Image.frombytes("I;16B", (128, 64), deep.astype(">u2").tobytes()), "TIFF"),
        "I TIFF": saved(Image.fromarray((ramp * 1e6 - 7e7).astype(np.int32)), "TIFF"),
        "F 0..1 TIFF": saved(Image.fromarray((ramp / 255).astype(np.float32)), "TIFF"),
        "F huge TIFF": saved(Image.fromarray(((ramp / 127.5 - 1) * 3e38).astype(np.float32)), "TIFF"),
        "F with NaN TIFF": saved(Image.fromarray(broken), "TIFF"),
        "48-bit PNG": deep_png(np.stack([deep] * 3, -1), colour=2),
        "64-bit PNG": deep_png(np.stack([deep] * 3 + [np.full_like(deep, 65535)], -1), colour=6),
        "48-bit TIFF": deep_tiff(np.stack([deep] * 3, -1)),
    }


def orientations(kind: str) -> list[bytes]:
    """The asymmetric picture in the eight orientations of EXIF, 1 to 8."""
    upright = asymmetric()
    stored = [
        upright,
        upright[:, ::-1],
        upright[::-1, ::-1],
        upright[::-1],
        upright.transpose(1, 0, 2),
        np.rot90(upright, 1),
        np.rot90(upright, 2).transpose(1, 0, 2),
        np.rot90(upright, -1),
    ]
    files = []
    for orientation, pixels in enumerate(stored, 1):
        exif = Image.Exif()
        exif[0x0112] = orientation
        options = {"lossless": True} if kind == "WEBP" else {}
        files.append(saved(Image.fromarray(np.ascontiguousarray(pixels)), kind, exif=exif, **options))
    return files


def animations(frames: int = 12) -> Bytes:
    """Animated files with a red first frame and other colours after it."""
    reds = [Image.new("RGB", (32, 24), (255, 0, 0) if i == 0 else (0, 20 * i, 255)) for i in range(frames)]
    options = {"save_all": True, "append_images": reds[1:]}
    files = {kind: saved(reds[0], kind, **options) for kind in ("GIF", "PNG", "TIFF", "AVIF")}
    return files | {"WEBP": saved(reds[0], "WEBP", lossless=True, **options)}


def jpeg(width: int = 48, height: int = 32, **options: object) -> bytes:
    return saved(Image.fromarray(asymmetric(height, width)), "JPEG", **options)


def huge_headers() -> Bytes:
    """Small files with headers of more than 52 megapixels."""
    frame = jpeg().find(b"\xff\xc0") + 5
    lossless = saved(Image.new("RGB", (32, 32)), "WEBP", lossless=True)
    size = lossless.find(b"VP8L") + 9
    tiff = bytearray(saved(Image.new("L", (32, 32)), "TIFF"))
    for tag in (256, 257):
        at = tiff.find(struct.pack("<H", tag) + b"\x03\0\x01\0\0\0")
        at = at if at >= 0 else tiff.find(struct.pack("<H", tag) + b"\x04\0\x01\0\0\0")
        tiff[at : at + 12] = struct.pack("<HHII", tag, 4, 1, 16000)
    bmp = bytearray(saved(Image.new("RGB", (32, 32)), "BMP"))
    bmp[18:26] = struct.pack("<ii", 16000, 16000)
    gif = bytearray(saved(Image.new("P", (32, 32)), "GIF"))
    gif[6:10] = struct.pack("<HH", 16000, 16000)
    return {
        "30000 x 30000 PNG": png(30000, 30000, 8, 2, b""),
        "13000 x 13000 PNG, below Pillow's error": png(13000, 13000, 8, 2, b""),
        "9000 x 9000 PNG, below Pillow's warning": png(9000, 9000, 1, 0, bytes(9000 * 1126)),
        "JPEG": jpeg()[:frame] + struct.pack(">HH", 16000, 16000) + jpeg()[frame + 4 :],
        "WEBP": lossless[:size] + struct.pack("<I", 15999 | 15999 << 14) + lossless[size + 4 :],
        "TIFF": bytes(tiff),
        "BMP": bytes(bmp),
        "GIF": bytes(gif),
    }


def gif_bomb(side: int = 2000, frames: int = 400) -> bytes:
    """An allowed first frame, repeated until decoding all frames would take gigabytes."""
    single = saved(Image.new("P", (side, side)), "GIF")
    start = 13 + (3 << (single[10] & 7) + 1 if single[10] & 0x80 else 0)
    return single[:start] + single[start:-1] * frames + b";"


def scan_bomb(scans: int = 5000) -> bytes:
    """A progressive JPEG with its last scan repeated many times: each costs a pass over the picture."""
    single = jpeg(progressive=True)
    last = single[single.rfind(b"\xff\xda") : -2]
    return single[:-2] + last * scans + single[-2:]


def chunk_bombs() -> Bytes:
    """Valid files with so many parts that a Python parser takes seconds."""
    gif = saved(Image.new("P", (32, 32)), "GIF")
    start = 13 + (3 << (gif[10] & 7) + 1 if gif[10] & 0x80 else 0)
    return {
        "PNG chunks": png(32, 32, 8, 0, bytes(33 * 32), chunk(b"abCd") * 400_000),
        "GIF comments": gif[:start] + b"\x21\xfe\0" * 2_000_000 + gif[start:],
        "GIF frames": gif[:start] + gif[start:-1] * 60_000 + gif[-1:],
    }


def shapes() -> list[tuple[int, int, str]]:
    """(width, height, expected error) of valid files with refused dimensions."""
    least, longest = "each side needs at least 16", "no side may be longer than 16384"
    ratio = "at most 20 times"
    small = [(1, 1, least), (15, 40, least), (1, 16000, least), (16, 321, ratio)]
    return [*small, (1, 20000, longest), (20000, 1, longest), (16385, 900, longest)]


def disguises() -> dict[str, tuple[bytes, str]]:
    """Name → (a file other than a photo, the expected error)."""
    zipped = b"PK\x03\x04" + bytes(40)
    heic = struct.pack(">I", 24) + b"ftypheic" + bytes(12) + b"mif1heic"
    binary_eps = b"\xc5\xd0\xd3\xc6" + bytes(30) + b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n"
    return {
        "eps.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n%%EndComments\nshowpage\n", "PostScript"),
        "eps-binary.jpg": (binary_eps, "PostScript"),
        "drawing.png": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        "paper.png": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "PDF"),
        "page.jpg": (b"<!DOCTYPE html><html><body>hello</body></html>", "web page"),
        "archive.png": (zipped, "zip archive"),
        "phone.jpg": (heic, "HEIC"),
        "text.png": (b"This is a plain text file, not a picture.\n" * 20, "known format"),
        "ppm.png": (b"P6\n32 32\n255\n" + bytes(3072), "known format"),
        "zeros.png": (bytes(5000), "known format"),
    }


def hostile_names() -> list[str]:
    return [
        "../../../../etc/passwd.png",
        "..\\..\\boot.ini",
        "<img src=x onerror=alert(1)>.png",
        "![x](http://example.org/a.png)",
        "a\nb\r\n.png",
        "\u202egnp.exe",
        "\udcff\udc80.png",
        "x" * 3000 + ".png",
        ".htaccess",
        "-rf.png",
        "$(reboot)`id`.png",
        ":red[x] **bold** &lt;",
        "写真 été.png",
        "..",
        "/",
        "",
        "\0.png",
    ]


def hostile_texts(seed: int, count: int) -> Iterator[str]:
    """Yield `count` hostile link values: markup, paths, malformed numbers, control characters, very long texts."""
    chance = random.Random(seed)
    odd = [*hostile_names(), "nan", "-inf", "1e999", "١٢", "0x10", "-1", "99999", "1,2,,3", "[1]", "{}", "None", "true ",
           "' OR 1=1 --", "{{7*7}}", "${x}", "%00", "\u2028", "\ufeff", "javascript:alert(1)", "hf-hub:a/b",
           "local-dir:/etc", "file:../../x.pth", "random:" * 50, "dog\0.webp", "\U0001f415" * 40]  # fmt: skip
    for _ in range(count):
        text = chance.choice(odd)
        way = chance.randrange(4)
        if way == 1:
            text += chance.choice(odd)
        elif way == 2:
            text = "".join(chr(chance.choice((chance.randrange(32, 127), chance.randrange(0xD7FF)))) for _ in range(12))
        elif way == 3:
            text *= chance.choice((1, 2, 900))
        yield text.encode(errors="replace").decode()[:20_000]  # URLs cannot carry a lone surrogate


def small_files() -> list[bytes]:
    """A valid file of every format and compression, at most a few kB each."""
    image = Image.fromarray(asymmetric(24, 32))
    exif = Image.Exif()
    exif[0x0112] = 6
    files = [saved(image.convert(mode), "PNG") for mode in ("1", "P", "LA", "RGB", "RGBA")]
    files += [saved(image, "JPEG", progressive=way, exif=exif) for way in (False, True)]
    files += [saved(image.convert("CMYK"), "JPEG"), saved(image, "AVIF"), saved(image, "BMP")]
    files += [saved(image, "WEBP", lossless=way) for way in (False, True)]
    files += [saved(image, "TIFF", compression=way) for way in (None, "tiff_lzw", "jpeg", "tiff_adobe_deflate")]
    files += [saved(image.convert("1"), "TIFF", compression="group4"), saved(image.convert("F"), "TIFF")]
    return files + [content for kind, content in animations(3).items() if kind != "AVIF"]


def small_archives() -> list[bytes]:
    """Valid zip archives of a few hundred bytes: every method, zip64, comments, folders, streamed, an empty name."""
    photo = saved(Image.fromarray(asymmetric(8, 12)), "PNG")
    files = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        for number, names in enumerate((["a.png"], ["photos/", "photos/ä.png", "b.png"], ["", "c.png"])):
            stream = BytesIO()
            with zipfile.ZipFile(stream, "w", method) as archive:
                for name in names:
                    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=number == 1) as member:
                        member.write(b"" if name.endswith("/") else photo)
                archive.comment = b"from a camera" * (number == 2)
            files.append(stream.getvalue())
    return files


def mutants(seed: int, count: int, files: list[bytes] | None = None) -> Iterator[bytes]:
    """`count` damaged copies of small valid files: cut, flipped, inserted, deleted, headers changed, spliced."""
    chance = random.Random(seed)
    files = files or small_files()
    for _ in range(count):
        content = bytearray(chance.choice(files))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(content))
            end = at + chance.randint(1, 16)
            way = chance.randrange(6)
            if way == 0:
                content = content[: max(at, 1)]
            elif way == 1:
                content[at] ^= 1 << chance.randrange(8)
            elif way == 2:
                content[at:at] = chance.randbytes(end - at)
            elif way == 3:
                content[at:end] = b"\0" * (len(content) == end - at)
            elif way == 4:
                at = chance.randrange(min(len(content), 100))
                content[at : at + 4] = chance.choice(
                    [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\x40\0"]
                )
            else:
                other = chance.choice(files)
                content[at:] = other[chance.randrange(len(other)) :]
            content = content or bytearray(b"\0")
        yield bytes(content)
