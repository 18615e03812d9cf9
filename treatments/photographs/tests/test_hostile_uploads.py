"""U1 to U4 of the test plan in full: what pretends to be a photograph, and what is too much of one."""

import io
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, PngImagePlugin

from treatments.photographs import darkroom, developing
from treatments.photographs.developing import develop
from treatments.photographs.models import Photograph
from treatments.photographs.tests.builders import a_picture, who_agreed
from treatments.photographs.tests.profiles import SRGB, icc
from treatments.photographs.tests.test_developing import NO_PHOTOGRAPH, a_flood, code_of
from treatments.photographs.tests.test_photographs import files, member, take, typed

__all__ = ["files", "member"]  # fixtures

MB = 1024  # the kernel counts kilobytes

# --- U1 --------------------------------------------------------------------------------------------

DISGUISES = [
    ("face.jpg", "image/jpeg"),
    ("face.png", "application/octet-stream"),
    ("face.webp", "image/svg+xml"),
    ("face.svg", "image/jpeg"),
]
PRETENDERS = NO_PHOTOGRAPH | {
    kind.lower(): a_picture(kind=kind) for kind in ("TIFF", "GIF", "BMP", "PPM", "ICO")
}


@pytest.mark.slow
@pytest.mark.django_db
def test_sixty_files_that_are_no_photographs_are_refused_under_every_name(client, member, files):
    patient = who_agreed(now=timezone.now())
    refused = 0
    for what, content in PRETENDERS.items():
        for name, kind in DISGUISES:
            sent = typed(photos=[SimpleUploadedFile(name, content, content_type=kind)])
            answer = client.post(take(patient), sent, headers={"accept": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (400, "unsupported_image"), what
            refused += 1
    assert refused >= 60
    assert files() == []
    assert not Photograph.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_is_kept_under_every_name(client, member, kind):
    """The negative control: names and types decide nothing either way."""
    patient = who_agreed(now=timezone.now())
    for name, said in [*DISGUISES, ("face.exe", "application/x-msdownload")]:
        sent = typed(
            photos=[SimpleUploadedFile(name, a_picture(kind=kind), content_type=said)],
            request_key=str(uuid4()),
        )
        answer = client.post(take(patient), sent, headers={"accept": "application/json"})
        assert answer.status_code == 201
    assert Photograph.objects.count() == len(DISGUISES) + 1


# --- U2 --------------------------------------------------------------------------------------------

TRAILS = (b"<script>", b"<?php ", b"PK\x03\x04", b"%PDF-1.7", b"*/alert(1)//")
EXIF_WORDS = (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298, 0x9C9B)


def mark(number):
    return f"payload-{number:02}".encode()


def with_segments(content, segments):
    """A JPEG with these further segments before all others."""
    parts = b"".join(
        bytes((0xFF, marker)) + struct.pack(">H", len(told) + 2) + told for marker, told in segments
    )
    return content[:2] + parts + content[2:]


def with_chunks(content, chunks):
    """A PNG with these further chunks behind its head."""
    parts = b"".join(
        struct.pack(">I", len(told)) + kind + told + struct.pack(">I", zlib.crc32(kind + told))
        for kind, told in chunks
    )
    behind_head = 8 + 25
    return content[:behind_head] + parts + content[behind_head:]


def carriers():
    """Pictures with one mark in each place where somebody could write something: 40 in all."""
    numbers = iter(range(1, 100))

    def next_mark():
        return mark(next(numbers))

    exif = Image.Exif()
    for tag in EXIF_WORDS:
        exif[tag] = next_mark().decode()
    exif.get_ifd(0x8769)[0x927C] = next_mark()  # maker note
    exif.get_ifd(0x8769)[0x9286] = next_mark()  # user comment
    exif.get_ifd(0x8825)[0x1D] = next_mark().decode()  # of the place
    # APP0 and APP14 have a meaning of their own, APP1 to APP3 are written by Pillow below.
    segments = [(0xE0 + n, next_mark()) for n in (*range(4, 14), 15)] + [(0xFE, next_mark())]
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", next_mark().decode())
    text.add_text("Squeezed", next_mark().decode() * 3, zip=False)
    text.add_itxt("XML:com.adobe.xmp", next_mark().decode())
    chunks = [(b"prVt", next_mark()), (b"eXIf", b"II*\0" + next_mark()), (b"caBX", next_mark())]
    webp_exif = Image.Exif()
    webp_exif[0x010E] = next_mark().decode()
    profile = icc(SRGB)
    return [
        a_picture(exif=exif, xmp=b"<x>" + next_mark() + b"</x>", comment=next_mark()),
        with_segments(a_picture(icc_profile=profile + next_mark()), segments),
        *(a_picture() + trail + next_mark() for trail in TRAILS),
        with_chunks(a_picture(kind="PNG", pnginfo=text), chunks) + b"<?php " + next_mark(),
        a_picture(kind="WEBP", exif=webp_exif, xmp=next_mark()) + next_mark(),
    ]


def test_of_forty_hidden_payloads_none_is_kept():
    found = set()
    for content in carriers():
        hidden = {mark(n) for n in range(1, 100) if mark(n) in content}
        assert hidden
        found |= hidden
        for kept in develop(content).pictures.values():
            assert b"payload" not in kept
            assert not any(trail in kept for trail in TRAILS)
    assert len(found) == 40


def test_a_picture_that_is_a_program_too_is_refused():
    script = b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)"
    assert code_of(script) == "unsupported_image"


# --- U3 --------------------------------------------------------------------------------------------


def a_swelling_text(megabytes):
    """A PNG whose compressed text becomes that large."""
    squeezed = zlib.compressobj(9)
    piece = b"x" * (1 << 20)
    told = b"c\0\0" + b"".join(squeezed.compress(piece) for _each in range(megabytes))
    return with_chunks(a_picture(kind="PNG"), [(b"zTXt", told + squeezed.flush())])


def many_frames():
    frames = [Image.new("RGB", (200, 200), (n % 256, 0, 0)) for n in range(500)]
    written = io.BytesIO()
    frames[0].save(written, "PNG", save_all=True, append_images=frames[1:])
    return written.getvalue()


FLOODS = {
    "41 MP": (lambda: a_flood(6500, 6400), "image_too_large"),
    "81 MP": (lambda: a_flood(9000, 9000), "image_too_large"),
    "169 MP": (lambda: a_flood(13_000, 13_000), "image_too_large"),
    "a line": (lambda: a_flood(100_000, 1), "image_too_large"),
    "500 frames": (many_frames, "unsupported_image"),
    "1 GB of text": (lambda: a_swelling_text(1024), "unreadable_image"),
}


def swollen_by(work):
    """By how many KB this process was larger at its peak than before, while it did that work."""

    def told(name):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))

    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = told("VmRSS")
    work()
    return told("VmHWM") - before


@pytest.mark.slow
@pytest.mark.parametrize("which", FLOODS)
def test_a_flood_is_refused_and_the_web_server_does_not_swell(which):
    make, code = FLOODS[which]
    content = make()
    said = []

    def refused():
        with pytest.raises(darkroom.ImageRefused) as refusal:
            darkroom.developed(content)
        said.append(refusal.value.code)

    assert swollen_by(refused) <= 50 * MB
    assert said == [code]
    if which.endswith(("MP", "line")):
        assert len(content) <= 25 * 1024


def test_decoded_in_the_web_server_a_flood_would_swell_it(monkeypatch):
    """The negative control."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    page = io.BytesIO()
    Image.new("1", (9000, 9000)).save(page, "PNG", optimize=True)

    def decoded():
        Image.open(io.BytesIO(page.getvalue())).convert("RGB")

    assert len(page.getvalue()) <= 25 * 1024
    assert swollen_by(decoded) > 50 * MB


# --- U4 --------------------------------------------------------------------------------------------


TAKEN = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-I", sys.argv[1]], input=sys.stdin.buffer.read(), capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.slow
def test_eight_photographs_of_forty_megapixels_are_kept_within_a_gigabyte_and_a_half(monkeypatch):
    content = a_picture((7300, 5470), quality=80)
    at_once, most = [], []
    run = subprocess.run

    def counted(*args, **how):
        at_once.append(1)
        most.append(len(at_once))
        try:
            return run(*args, **how)
        finally:
            at_once.pop()

    monkeypatch.setattr(subprocess, "run", counted)
    with ThreadPoolExecutor(8) as hands:
        kept = list(hands.map(darkroom.developed, [content] * 8))

    assert all(each.width == developing.SIZES["full"] for each in kept)
    assert max(most) == darkroom.PLACES
    developing_one = [sys.executable, "-c", TAKEN, developing.__file__]
    each = int(run(developing_one, input=content, capture_output=True, check=True).stdout)
    assert 100 * MB < each * max(most) <= 1.5 * 1024 * MB


def test_who_finds_no_place_is_told_to_send_it_again(monkeypatch):
    monkeypatch.setattr(darkroom, "PLACES", 1)
    monkeypatch.setattr(darkroom, "PATIENCE", 0.2)
    taken, free = Event(), Event()

    def stay():
        with darkroom._a_place():
            taken.set()
            free.wait(30)

    other = Thread(target=stay)
    other.start()
    taken.wait(30)
    with pytest.raises(darkroom.DarkroomFull) as refusal:
        darkroom.developed(a_picture())
    free.set()
    other.join()

    assert (refusal.value.status, bool(str(refusal.value))) == (503, True)
    # The place is free again.
    assert darkroom.developed(a_picture()).width == 320
