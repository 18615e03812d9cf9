"""What may be uploaded and what is left of it (U1 to U7 of the test plan)."""

import io
import struct
import zlib
from statistics import mean

import pytest
from PIL import Image, PngImagePlugin

from treatments.photographs import darkroom, developing
from treatments.photographs.developing import NotDeveloped, develop
from treatments.photographs.tests.builders import a_picture
from treatments.photographs.tests.profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    GAMMA,
    SRGB,
    delta_e_2000,
    icc,
    lab,
    srgb_straight,
    to_xyz,
)


def code_of(content):
    try:
        develop(content)
    except NotDeveloped as fault:
        return fault.code
    return "kept"


def as_file(picture, kind, **saved):
    written = io.BytesIO()
    picture.save(written, kind, **saved)
    return written.getvalue()


NO_PHOTOGRAPH = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "xml": b"<?xml version='1.0'?><x/>",
    "php": b"<?php system('id'); ?>",
    "exe": b"MZ" + b"\0" * 500,
    "pdf": b"%PDF-1.7\n%%EOF",
    "zip": b"PK\x03\x04" + b"\0" * 100,
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100,
    "fits": b"SIMPLE  =                    T" + b" " * 2850,
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 400\n",
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 100,
    "empty": b"",
}


@pytest.mark.parametrize("what", NO_PHOTOGRAPH)
def test_what_is_no_photograph_is_refused(what):
    assert code_of(NO_PHOTOGRAPH[what]) == "unsupported_image"


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "BMP", "PPM", "ICO"])
def test_other_kinds_of_pictures_are_refused_by_what_they_are(kind):
    assert code_of(a_picture(kind=kind)) == "unsupported_image"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_kinds_are_kept_as_jpeg(kind):
    kept = develop(a_picture(kind=kind))

    assert (kept.width, kept.height) == (320, 400)
    for content in kept.pictures.values():
        assert Image.open(io.BytesIO(content)).format == "JPEG"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind):
    frames = [Image.new("RGB", (200, 200), (n * 20, 0, 0)) for n in range(5)]

    moving = as_file(frames[0], kind, save_all=True, append_images=frames[1:])

    assert code_of(moving) == "unsupported_image"


MARKERS = [b"<script>", b"<?php", b"PK\x03\x04", b"payload-", b"javascript:"]


def polyglots():
    plain = a_picture()
    exif = Image.Exif()
    exif[0x010E] = "payload-exif <script>alert(1)</script>"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "payload-text <?php")
    text.add_itxt("XML:com.adobe.xmp", "payload-xmp <script>", zip=True)
    return [
        plain + b"<script>payload-1</script>",
        plain + b"PK\x03\x04payload-zip",
        a_picture(comment=b"payload-comment javascript:alert(1)"),
        a_picture(exif=exif),
        a_picture(icc_profile=icc(SRGB) + b"payload-icc <script>"),
        a_picture(xmp=b"<x:xmpmeta>payload-xmp<script></x:xmpmeta>"),
        a_picture(kind="PNG", pnginfo=text) + b"<?php payload-trail",
        a_picture(kind="WEBP", exif=exif, xmp=b"payload-webp <script>"),
    ]


def test_nothing_that_was_hidden_in_a_picture_is_kept():
    for content in polyglots():
        assert any(marker in content for marker in MARKERS)  # it was there
        for kept in develop(content).pictures.values():
            assert not any(marker in kept for marker in MARKERS)


def segments(content):
    """The markers of a JPEG before its pixels begin."""
    at, found = 2, []
    while content[at] == 0xFF and content[at + 1] != 0xDA:
        found.append((content[at + 1], content[at + 4 : at + 9]))
        at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return found


def metadata(content):
    """Segments in which somebody could write something: APPn but the empty JFIF head, comments."""
    return [
        (marker, head)
        for marker, head in segments(content)
        if (0xE0 <= marker <= 0xEF or marker == 0xFE) and (marker, head) != (0xE0, b"JFIF\0")
    ]


def test_no_field_of_metadata_is_left():
    exif = Image.Exif()
    exif[0x0110], exif[0xA431], exif[0x013B] = "Camera 9", "SN-1234", "Owner"
    exif.get_ifd(0x8825)[2] = (41.0, 1.0, 30.0)
    told = a_picture(
        exif=exif, icc_profile=icc(DISPLAY_P3), xmp=b"<x/>", comment=b"words", dpi=(300, 300)
    )
    assert len(metadata(told)) >= 4  # the negative control: the file that came tells much

    for kept in develop(told).pictures.values():
        assert metadata(kept) == []
        picture = Image.open(io.BytesIO(kept))
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_photograph_stands_upright_whichever_way_it_was_held(turned):
    """The red corner is the upper left one of the upright picture in all eight orientations."""
    upright = Image.new("RGB", (240, 320), (0, 0, 255))
    upright.paste((255, 0, 0), (0, 0, 80, 80))
    flips = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for flip in flips.get(turned, []):
        stored = stored.transpose(flip)
    exif = Image.Exif()
    exif[0x0112] = turned

    kept = develop(as_file(stored, "JPEG", exif=exif, quality=95))

    picture = Image.open(io.BytesIO(kept.pictures["full"]))
    assert picture.size == (240, 320)
    assert picture.getpixel((40, 40))[0] > 240
    assert picture.getpixel((200, 280))[2] > 240


CHART = [
    (214, 168, 140),
    (120, 78, 55),
    (180, 130, 100),
    (90, 60, 50),
    (128, 128, 128),
    (230, 200, 180),
]


def chart(**saved):
    picture = Image.new("RGB", (200 * len(CHART), 200))
    for n, colour in enumerate(CHART):
        picture.paste(colour, (200 * n, 0, 200 * n + 200, 200))
    return as_file(picture, "PNG", **saved)


def errors(content, primaries, straight=lambda part: part**GAMMA, *, aside=0):
    picture = Image.open(io.BytesIO(develop(content).pictures["full"]))
    for n in range(len(CHART)):
        meant = lab(to_xyz(CHART[(n + aside) % len(CHART)], primaries, straight))
        got = lab(to_xyz(picture.getpixel((200 * n + 100, 100)), SRGB, srgb_straight))
        yield delta_e_2000(meant, got)


@pytest.mark.parametrize("primaries", [DISPLAY_P3, ADOBE_RGB], ids=["display-p3", "adobe-rgb"])
def test_colours_are_those_that_were_meant(primaries):
    assert mean(errors(chart(icc_profile=icc(primaries)), primaries)) <= 2
    # The negative control: the same numbers without the profile are other colours.
    assert mean(errors(chart(), primaries)) > 2


def chart_of_sixteen_bits():
    """As a PNG of two bytes a colour, which Pillow reads and does not write."""
    across = b"".join(
        bytes(part for each in colour for part in (each, each)) * 200 for colour in CHART
    )
    return a_png((200 * len(CHART), 200), 16, zlib.compress((b"\0" + across) * 200))


@pytest.mark.parametrize("kind", ["16 bits", "CMYK"])
def test_charts_of_other_depths_and_inks_keep_their_colours(kind):
    if kind == "16 bits":
        content = chart_of_sixteen_bits()
    else:
        inked = Image.open(io.BytesIO(chart())).convert("CMYK")
        content = as_file(inked, "JPEG", quality=95)

    assert mean(errors(content, SRGB, srgb_straight)) <= 2
    # The negative control: the colours of the neighbouring fields are others.
    assert mean(errors(content, SRGB, srgb_straight, aside=1)) > 2


def test_a_useless_profile_leaves_the_colours_as_they_stand():
    assert develop(chart(icc_profile=b"no profile at all")).width == 200 * len(CHART)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "CMYK", "I;16"])
def test_every_kind_of_pixel_becomes_rgb(mode):
    grey = Image.new("RGB", (200, 200), (128, 128, 128))
    if mode == "I;16":
        picture = Image.new("I;16", (200, 200), 128 * 257)
    else:
        picture = grey.quantize(8) if mode == "P" else grey.convert(mode)

    kept = develop(as_file(picture, "JPEG" if mode == "CMYK" else "PNG"))

    shown = Image.open(io.BytesIO(kept.pictures["full"]))
    assert shown.mode == "RGB"
    assert all(abs(part - 128) <= 3 for part in shown.getpixel((100, 100)))


def a_png(size, bits, pixels):
    """A PNG of this head and these squeezed pixels: grey of one bit, or colours of 16."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", *size, bits, 0 if bits == 1 else 2, 0, 0, 0)
    begin, end = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head), chunk(b"IEND", b"")
    return begin + chunk(b"IDAT", pixels) + end


def a_flood(width, height):
    """A PNG that says it is that large, in a few bytes."""
    return a_png((width, height), 1, zlib.compress(b"\0" * 20_000, 9))


@pytest.mark.parametrize("size", [(6500, 6400), (9000, 9000), (13_000, 13_000), (100_000, 200)])
def test_a_flood_of_pixels_is_refused_by_its_header(size, monkeypatch):
    monkeypatch.setattr(developing, "_loaded", lambda picture: pytest.fail("was decoded"))

    assert code_of(a_flood(*size)) == "image_too_large"


def test_a_flood_within_the_limit_is_decoded(monkeypatch):
    """The negative control: what refuses above is the size."""
    asked = []

    def noted(picture):
        asked.append(picture)
        return picture.convert("RGB")

    monkeypatch.setattr(developing, "_loaded", noted)
    code_of(a_flood(400, 400))

    assert asked


def test_a_text_that_swells_is_refused():
    text = PngImagePlugin.PngInfo()
    text.add_text("c", "x" * 30_000_000, zip=True)

    content = a_picture(kind="PNG", pnginfo=text)

    assert len(content) < 100_000
    assert code_of(content) == "unreadable_image"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("left", [20, 300])
def test_a_broken_picture_is_said_to_be_unreadable(kind, left):
    assert code_of(a_picture(kind=kind)[:left]) == "unreadable_image"


def test_a_file_of_twelve_megabytes_and_a_byte_is_refused():
    whole = a_picture()
    filled = whole + b"\0" * (developing.MOST_BYTES - len(whole))

    assert code_of(filled) == "kept"
    assert code_of(filled + b"\0") == "file_too_large"


def test_a_speck_is_no_photograph():
    assert code_of(a_picture((159, 400))) == "image_too_small"


# -- the process of its own ---------------------------------------------------------------------


def test_the_darkroom_gives_what_developing_gives():
    content = a_picture((800, 1000))

    assert darkroom.developed(content) == develop(content)


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"<svg/>", "unsupported_image", 400),
        (a_picture()[:300], "unreadable_image", 400),
        (a_flood(9000, 9000), "image_too_large", 413),
        (b"\0" * (developing.MOST_BYTES + 1), "file_too_large", 413),
    ],
    ids=["unsupported", "unreadable", "flood", "heavy"],
)
def test_the_darkroom_refuses_with_words_and_a_code(content, code, status):
    with pytest.raises(darkroom.ImageRefused) as refusal:
        darkroom.developed(content)

    assert (refusal.value.code, refusal.value.status) == (code, status)
    assert str(refusal.value)


def test_a_decoder_that_is_ended_by_its_limits_leaves_a_refusal(tmp_path, monkeypatch):
    greedy = tmp_path / "greedy.py"
    greedy.write_text(
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28))\nx = b'x' * 2**30\n"
    )
    monkeypatch.setattr(developing, "__file__", str(greedy))

    with pytest.raises(darkroom.ImageRefused):
        darkroom.developed(a_picture())
