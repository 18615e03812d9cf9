"""Gateways to test against: a real server on loopback that answers as told, or misbehaves."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

ACCEPTED: tuple[int, str, dict[str, str]] = (200, '{"ok": true}', {})


class Gateway:
    """`answer`: status, body, headers; or the name of what goes wrong."""

    def __init__(self, answer: Any = ACCEPTED, *, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = (self.command, self.path, dict(self.headers), body.decode())
                gateway.asked.append(asked)
                gateway._reply(self)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_said: Any) -> None:
                pass

        class Server(HTTPServer):
            def handle_error(self, *_who: Any) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}/send"
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _reply(self, handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            if self.answer == "hangs":
                time.sleep(1.5)
            elif self.answer == "closes":
                handler.connection.shutdown(socket.SHUT_RDWR)
            elif self.answer == "garbage":
                handler.wfile.write(b"\x00\xff nothing of HTTP\r\n\r\n")
            elif self.answer == "cut":
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
            elif self.answer == "dribbles":
                for _ in range(40):
                    handler.wfile.write(b"H")
                    time.sleep(0.1)
            else:
                self._say(handler, *self.answer)

    def _say(
        self, handler: BaseHTTPRequestHandler, status: int, body: str, headers: dict[str, str]
    ) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body.encode())))
        handler.end_headers()
        handler.wfile.write(body.encode())

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _method, _path, _headers, body in self.asked]


@contextmanager
def sms_gateway(settings: Any, answer: Any = ACCEPTED) -> Iterator[Gateway]:
    gateway = Gateway(answer)
    settings.SMS_URL = gateway.url
    try:
        yield gateway
    finally:
        gateway.stop()
