"""Where an upload is developed: in a process of its own, with limits, away from the web server.

A photograph of 40 megapixels takes 310 MB while it is developed, so no more than PLACES are at once on
this machine, whichever web server process received them; the others wait.
"""

import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from django.conf import settings

from clinic.refusals import Refused
from treatments.photographs import developing, terms
from treatments.photographs.developing import Developed

# More than MOST_SECONDS of work: the machine may have other things to do.
PATIENCE = 3 * developing.MOST_SECONDS
PLACES = 3
LOOK_AGAIN_S = 0.05


class ImageRefused(Refused):
    """What was uploaded is no photograph that can be kept."""

    status = 400
    code = "unreadable_image"


class UnsupportedImage(ImageRefused):
    code = "unsupported_image"


class DarkroomFull(ImageRefused):
    status = 503
    code = "busy"


class FileTooLarge(ImageRefused):
    status = 413
    code = "file_too_large"


class ImageTooLarge(ImageRefused):
    status = 413
    code = "image_too_large"


class ImageTooSmall(ImageRefused):
    code = "image_too_small"


WORDS = {
    kind.code: (kind, words)
    for kind, words in (
        (ImageRefused, terms.UNREADABLE),
        (UnsupportedImage, terms.UNSUPPORTED),
        (FileTooLarge, terms.TOO_LARGE_FILE),
        (ImageTooLarge, terms.TOO_LARGE_FILE),
        (ImageTooSmall, terms.TOO_SMALL),
    )
}


def developed(content: bytes) -> Developed:
    """Return what is kept of an upload. Raises ImageRefused with what the reader can do about it."""
    if len(content) > developing.MOST_BYTES:
        raise FileTooLarge(terms.TOO_LARGE_FILE)
    try:
        with _a_place():
            done = subprocess.run(  # noqa: S603  (our own program, no shell, the file on its input)
                [sys.executable, "-I", str(Path(developing.__file__))],
                input=content,
                capture_output=True,
                timeout=PATIENCE,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise ImageRefused(terms.UNREADABLE) from None
    line, _newline, pictures = done.stdout.partition(b"\n")
    if done.returncode or not line:  # the limits ended it
        raise ImageRefused(terms.UNREADABLE)
    said = json.loads(line)
    if "code" in said:
        kind, words = WORDS[said["code"]]
        raise kind(words)
    return Developed(said["width"], said["height"], _parts(said["lengths"], pictures))


@contextmanager
def _a_place() -> Iterator[None]:
    until = time.monotonic() + PATIENCE
    while (place := _free_place()) is None:
        if time.monotonic() > until:
            raise DarkroomFull(terms.BUSY)
        time.sleep(LOOK_AGAIN_S)
    with place:
        yield


def _free_place() -> AbstractContextManager[object] | None:
    """A lock that ends with its process, whatever ends that; None while all are taken."""
    folder = settings.CLINIC_DATA / "darkroom"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(PLACES):
            place = (folder / str(number)).open("ab")
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                place.close()
            else:
                return place
    except OSError:
        return nullcontext()  # a full disk: the storage says so in a moment
    return None


def _parts(lengths: dict[str, int], pictures: bytes) -> dict[str, bytes]:
    found, at = {}, 0
    for size, length in lengths.items():
        found[size] = pictures[at : at + length]
        at += length
    return found
