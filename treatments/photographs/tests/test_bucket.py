"""Photographs in an S3-compatible bucket: the same behaviour by one setting, against a real socket."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from PIL import Image

from clinic.tests import builders as clinic
from treatments.photographs import queries
from treatments.photographs.actions import StorageRefused
from treatments.photographs.models import Photograph
from treatments.photographs.terms import Size
from treatments.photographs.tests.builders import a_photograph, who_agreed

pytestmark = pytest.mark.django_db
BUCKET = "photographs-of-the-clinic"


class Bucket:
    """What a server that speaks enough of S3 keeps: path -> bytes."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.signed: set[bool] = set()
        self.refuses_writes = False


def _plain(body: bytes, headers: Message) -> bytes:
    """The object in a body that came in signed pieces: size in hex, a line end, so many bytes."""
    if "aws-chunked" not in headers.get("Content-Encoding", ""):
        return body
    found = b""
    while body:
        line, _end, body = body.partition(b"\r\n")
        size = int(line.split(b";")[0] or b"0", 16)
        if not size:
            break
        found, body = found + body[:size], body[size + 2 :]
    return found


def _handler(bucket: Bucket) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", '"0"')
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _path(self) -> str:
            bucket.signed.add("AWS4-HMAC-SHA256" in self.headers.get("Authorization", ""))
            return urlsplit(self.path).path

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if bucket.refuses_writes:
                self._answer(403)
                return
            bucket.kept[self._path()] = _plain(body, self.headers)
            self._answer(200)

        def do_GET(self) -> None:
            content = bucket.kept.get(self._path())
            self._answer(404 if content is None else 200, content or b"")

        do_HEAD = do_GET  # noqa: N815  (the name that http.server asks for)

        def do_DELETE(self) -> None:
            bucket.kept.pop(self._path(), None)
            self._answer(204)

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler


@contextmanager
def serving(bucket: Bucket) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(bucket))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def bucket(settings):
    kept = Bucket()
    with serving(kept) as address:
        settings.STORAGES = settings.STORAGES | {
            "photographs": {
                "BACKEND": "storages.backends.s3.S3Storage",
                "OPTIONS": {
                    "bucket_name": BUCKET,
                    "endpoint_url": address,
                    "access_key": "clinic",
                    "secret_key": "secret",
                    "region_name": "eu-central-1",
                    "addressing_style": "path",
                },
            }
        }
        yield kept


@pytest.mark.slow
def test_a_photograph_is_kept_in_the_bucket_and_read_from_it(bucket, client):
    photograph = a_photograph()

    assert sorted(bucket.kept) == sorted(f"/{BUCKET}/{photograph.stored_as(size)}" for size in Size)
    assert bucket.signed == {True}
    with queries.opened(photograph, Size.THUMB) as file, Image.open(file) as picture:
        assert max(picture.size) == 320
    client.force_login(clinic.nurse())
    shown = client.get(
        reverse("photographs:image", args=[photograph.patient_id, photograph.pk, Size.FULL])
    )
    assert (
        b"".join(shown.streaming_content)
        == bucket.kept[f"/{BUCKET}/{photograph.stored_as(Size.FULL)}"]
    )


@pytest.mark.slow
def test_what_the_bucket_does_not_have_is_not_found(bucket, client):
    photograph = a_photograph()
    bucket.kept.clear()
    client.force_login(clinic.nurse())

    shown = client.get(
        reverse("photographs:image", args=[photograph.patient_id, photograph.pk, Size.FULL])
    )

    assert shown.status_code == 404


@pytest.mark.slow
def test_a_bucket_that_refuses_leaves_nothing_and_says_so(bucket):
    bucket.refuses_writes = True

    with pytest.raises(StorageRefused):
        a_photograph(who_agreed())

    assert not Photograph.objects.exists()
    assert bucket.kept == {}
