"""From what somebody uploaded to what is kept: upright, sRGB, without a single field of metadata.

Runs in a process of its own (`python -I developing.py`): what a hostile file makes the decoder
allocate ends with that process, which may not take more than MOST_MEMORY and MOST_SECONDS. It knows
no Django. On standard input the file; on standard output one line of JSON, then the bytes it counts.
"""

import io
import json
import struct
import sys
import warnings
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageCms, ImageOps, PngImagePlugin

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 12_000
SHORTEST_SIDE = 160
MOST_MEMORY = 1024**3
MOST_SECONDS = 20
# The longest side of what is kept. 12 megapixels of a telephone (4032 x 3024) stay as they are.
SIZES = {"full": 4096, "screen": 1600, "thumb": 320}
QUALITY = {"full": 92, "screen": 88, "thumb": 82}
FORMATS = ("JPEG", "PNG", "WEBP")
# A JPEG with a second picture behind it (telephones write a preview) calls itself MPO.
KNOWN = {*FORMATS, "MPO"}

PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = 1024 * 1024


class NotDeveloped(Exception):
    """`code`: unsupported_image, unreadable_image, image_too_large, image_too_small."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Developed:
    """`pictures`: size -> bytes of a JPEG. Width and height: of the largest."""

    width: int
    height: int
    pictures: dict[str, bytes]


def develop(content: bytes) -> Developed:
    """Return the pictures that are kept of an upload. Raises NotDeveloped with its code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _opened(content)
        _check_size(picture)
        try:
            # In place: a copy of 40 megapixels is 160 MB.
            ImageOps.exif_transpose(_loaded(picture), in_place=True)
            plain = _in_srgb(picture)
        except (OSError, ValueError, SyntaxError, MemoryError, EOFError, struct.error) as fault:
            raise NotDeveloped("unreadable_image") from fault
    pictures, kept = {}, plain
    for size, longest in SIZES.items():
        kept = _shrunk(kept, longest)
        if size == "full":
            width, height = kept.size
        pictures[size] = _jpeg(kept, QUALITY[size])
    return Developed(width, height, pictures)


def _opened(content: bytes) -> Image.Image:
    """Read the header alone."""
    if len(content) > MOST_BYTES:
        raise NotDeveloped("file_too_large")
    Image.MAX_IMAGE_PIXELS = None  # our own limit, below
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.UnidentifiedImageError as fault:
        starts_so = content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        starts_so = starts_so or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
        raise NotDeveloped("unreadable_image" if starts_so else "unsupported_image") from fault
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, struct.error) as fault:
        raise NotDeveloped("unreadable_image") from fault
    moves = getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO"
    if picture.format not in KNOWN or moves:
        raise NotDeveloped("unsupported_image")
    return picture


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS or max(picture.size) > LONGEST_SIDE:
        raise NotDeveloped("image_too_large")
    if min(picture.size) < SHORTEST_SIDE:
        raise NotDeveloped("image_too_small")


def _loaded(picture: Image.Image) -> Image.Image:
    picture.load()
    return picture


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Return 8 bits of sRGB: by the profile in the file if there is a usable one, else as it stands."""
    profile: bytes | None = picture.info.get("icc_profile")
    if picture.mode in ("P", "PA", "LA", "RGBA", "RGBa", "La") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        picture = Image.new("RGB", seen.size, (255, 255, 255))
        picture.paste(seen, mask=seen.getchannel("A"))
    elif picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if profile:
        picture = _converted(picture, profile)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _converted(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            picture,
            meant,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # no usable profile: the colours of the file as they stand
    return converted or picture


def _shrunk(picture: Image.Image, longest: int) -> Image.Image:
    if max(picture.size) <= longest:
        return picture
    share = longest / max(picture.size)
    width, height = (max(1, round(side * share)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    picture.info = {}  # what stood in the file would be written again
    kept = io.BytesIO()
    # 4:4:4: pigment is a matter of colour.
    picture.save(kept, "JPEG", quality=quality, subsampling=0, optimize=quality < 92)
    return kept.getvalue()


def _limit_this_process() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


def main() -> None:
    _limit_this_process()
    said: dict[str, Any]
    parts: list[bytes] = []
    try:
        developed = develop(sys.stdin.buffer.read(MOST_BYTES + 1))
    except NotDeveloped as fault:
        said = {"code": fault.code}
    else:
        lengths = {size: len(content) for size, content in developed.pictures.items()}
        said = {"width": developed.width, "height": developed.height, "lengths": lengths}
        parts = list(developed.pictures.values())
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + b"".join(parts))


if __name__ == "__main__":
    main()
