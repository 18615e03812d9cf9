"""Mail servers to test against: an honest one, and one that misbehaves at a chosen step."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Keeper:
    """Keeps every letter; `pause` makes the server slow, so that others get their chance."""

    def __init__(self, pause: float = 0) -> None:
        self.letters: list[Any] = []
        self.lines = 0
        self.pause = pause

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.lines += 1
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        await asyncio.sleep(self.pause)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def honest_server(settings, pause: float = 0) -> Iterator[Keeper]:
    keeper = Keeper(pause)
    controller = Controller(keeper, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        use(settings, controller.port)
        yield keeper
    finally:
        controller.stop()


class FaultyServer:
    """Speaks SMTP by heart and does `fault` when its step comes. Counts whole letters taken.

    `hang_s`: how long a step hangs; `tls`: what it shows who wants to speak in secret.
    """

    def __init__(
        self, fault: str, *, hang_s: float = 1.5, tls: ssl.SSLContext | None = None
    ) -> None:
        self.fault, self.hang_s, self.tls = fault, hang_s, tls
        self.taken = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.listener.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[line], daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            if self.tls is not None:
                line = self.tls.wrap_socket(line, server_side=True)
            with line, line.makefile("rb") as heard:
                self._converse(line, heard)

    def _step(self, line, step: str, answer: bytes) -> None:
        if self.fault == f"hang at {step}":
            time.sleep(self.hang_s)
            raise OSError
        if self.fault == f"drop at {step}":
            raise OSError
        if self.fault.endswith(f"at {step}"):
            answer = self.fault.split()[0].encode() + b" no"
        line.sendall(answer + b"\r\n")

    def _converse(self, line, heard) -> None:
        self._step(line, "banner", b"220 here")
        while command := heard.readline().upper().split():
            if command[0] == b"DATA":
                self._step(line, "DATA", b"354 go on")
                while heard.readline() not in (b".\r\n", b""):
                    pass
                if not self.fault.startswith(("4", "5")):
                    self.taken += 1
                self._step(line, "the end", b"250 taken")
            elif command[0] == b"QUIT":
                self._step(line, "QUIT", b"221 bye")
                return
            else:
                step = {b"MAIL": "MAIL", b"RCPT": "RCPT"}.get(command[0], "EHLO")
                self._step(line, step, b"250 ok")


def context_nobody_vouches_for() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("nobody_vouches.pem"))
    return context


def bad_certificate_server() -> FaultyServer:
    """A server whose certificate nobody vouches for."""
    return FaultyServer("", tls=context_nobody_vouches_for())


@contextmanager
def faulty_server(settings, fault: str) -> Iterator[FaultyServer]:
    server = FaultyServer(fault)
    try:
        use(settings, server.port)
        yield server
    finally:
        server.stop()


def use(settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_TIMEOUT = 1


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])
