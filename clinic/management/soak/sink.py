"""A mail server that counts: which letter came when. In this process, so that no kill reaches it."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

from clinic.local.folders import free_port


@dataclass
class Sink:
    """Letters by the key of their message, and when each came."""

    pause_s: float = 0.05
    port: int = 0
    came: list[tuple[str, float]] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        header = message_from_bytes(envelope.content)["Message-ID"] or ""
        # It counts from here on: whoever dies before the answer cannot know.
        self.came.append((header.strip("<> \r\n").partition("@")[0], time.time()))
        await asyncio.sleep(self.pause_s)
        return "250 OK"

    @property
    def copies(self) -> Counter[str]:
        return Counter(key for key, _at in self.came)

    @property
    def duplicates(self) -> int:
        return sum(count - 1 for count in self.copies.values())


@contextmanager
def counting_sink(pause_s: float = 0.05) -> Iterator[Sink]:
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # it tells of every line
    sink = Sink(pause_s, free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
