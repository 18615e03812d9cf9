"""Every door of the application, and what a hostile hand puts there."""

import itertools
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.db import transaction
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    resolve,
    reverse,
)

from clinic.tests.every_stage import AT, Clinic

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
ROLES = ("receptionist", "physician", "nurse", "manager", "anonymous", "phone")
# What no page shows a person. A worked example or a text may well contain the word "select".
LEAKS = re.compile(
    r"Traceback \(most recent|psycopg|django\.db|site-packages|SELECT \"|INSERT INTO \"|UPDATE \"|"
    r"violates \w+ constraint|DoesNotExist at|ImproperlyConfigured"
)
DEEP = "[" * 20_000
HOSTILE = [
    "", " ", "0", "-1", "-0", "1", "9" * 40, "9" * 5000, "1e309", "1e999999", "1E+99", "NaN",
    "sNaN", "Infinity", "--5", "0,5", "1.000,5", "1_000", "²", "٣", "0x10", "true", "None", "null",
    "\x00", "a\x00b", "'", "\" onerror=\"x", "<script>alert(1)</script>", "{{7*7}}", "{% load x %}",
    "%s", "%(x)s", "{0.__class__}", "../../etc/passwd", "a\r\nBcc: x@mail.example", "\u202eevil",
    "\u200b", "İ", "ı", "\ufeff", "𝕬", "👩🏽‍⚕️", "\ud800", "x" * 5000, "ş" * 300,
    "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "1990-1-1", "31.12.1990", "0000-00-00",
    "24:00", "23:59:60", "02:30", "2026-11-24T10:00:00+00:00|", "|", "9999-12-31T23:59:59+14:00|1",
    "0001-01-01T00:00:00-14:00|1", "2026-13", "00000000-0000-0000-0000-000000000000", str(UUID(int=1)),
    "yes", "no", "unknown", "begin", "next", "+90", "x@", "@mail.example", "a@b.c\n",
    "[]", "{}", "[[]]", "[[[]]]", '[[["a","b"]]]', "[[[1]]]", "[[[1,2,3]]]", "[[[NaN,1]]]",
    "[[[1e400,2]]]", "[[[true,false],[null,1]]]", '{"strokes":[[1,2]]}', '"text"', "[1", DEEP,
    "[[[" + "9" * 400 + ",1],[2,3]]]", '[{"severity":"absolute"}]', '{"any":[{"q":"x"}]}',
    '{"any":' * 5000, "answers.pregnant == ", "(" * 3000, "not " * 3000 + "yes(x)", "a=b&c",
    "https://evil.example/", "//evil.example", "javascript:alert(1)", "\\", "\t", "=1+1",
]  # fmt: skip
FILES = [
    ("junk.csv", b"\xff\xfe\x00\x01" * 50),
    ("empty.csv", b""),
    ("nul.csv", b"Ad Soyad;Do\x00um\nA\x00;1\n"),
    ("wide.csv", b";" * 5000 + b"\n" + b"x;" * 5000),
    ("quote.csv", b'Ad Soyad;"\n"open'),
    ("field.csv", b"Ad Soyad\n" + b"x" * 300_000),
    ("good.csv", "Ad Soyad;Doğum Tarihi\nAda Işık;02.01.1990\n".encode()),
    ("not.xlsx", b"PK\x03\x04 nothing follows"),
    ("text.xlsx", b"this is no workbook"),
    ("list.json", b"[1, 2, 3]"),
    ("deep.json", DEEP.encode()),
    ("number.json", b'{"resourceType": "Bundle", "entry": ' + b"9" * 5000 + b"}"),
    ("types.json", b'{"resourceType":"Bundle","entry":[{"resource":7},null,{"resource":{}}]}'),
    (
        "shapes.json",
        b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":'
        b'"Patient","id":5,"name":"x","birthDate":[1],"gender":{},"identifier":"y"}}]}',
    ),
    ("lines.ndjson", b'{"resourceType":"Patient"}\nnot json\n'),
    ("surrogate.ndjson", b'{"resourceType":"Patient","id":"\\ud800","birthDate":"0000-00-00"}\n'),
    ("nul.ndjson", b'{"resourceType":"Patient","id":"p\\u0000","birthDate":"1990-05-01"}\n'),
    ("photo.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 20),
    ("\u202egnp.exe", b"MZ"),
    ("a" * 300 + ".csv", b"x"),
]


@dataclass
class Found:
    """What went wrong, and how to do it again."""

    faults: list[str] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)
    requests: int = 0


@dataclass(frozen=True)
class Form:
    """One form of one page: what it would send, untouched and filled."""

    action: str
    method: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({name for name, _ in self.fields}))


class _Forms(HTMLParser):
    """The forms of a page, as a browser would send them with the gaps filled in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[dict[str, Any]] = []
        self.by_id: dict[str, dict[str, Any]] = {}
        self.select: tuple[str, bool] | None = None
        self.open: dict[str, Any] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.open = self.by_id.setdefault(said.get("id", ""), {}) if said.get("id") else {}
            self.open |= {
                "action": said.get("action") or self.page,
                "method": said.get("method", "get").upper(),
            }
            self.open.setdefault("fields", {})
            self.open.setdefault("buttons", [])
            self.open.setdefault("files", [])
            self.forms.append(self.open)
            return
        name = said.get("name", "")
        if tag == "option" and self.select and self.open is not None:
            chosen, settled = self.select
            value = said.get("value", "")
            if "selected" in said or (value and not settled):
                self.open["fields"][chosen] = [value]
                self.select = (chosen, "selected" in said or settled or bool(value))
            return
        if self.open is None or not name:
            return
        fields = self.open["fields"]
        kind = said.get("type", "text")
        if tag == "button" or kind == "submit":
            self.open["buttons"].append((name, said.get("value", "")))
        elif tag == "select":
            self.select = (name, False)
            fields.setdefault(name, [""])
        elif tag == "textarea":
            fields[name] = ["Discussed, seen and decided here."]
        elif tag == "input" and kind == "file":
            self.open["files"].append(name)
        elif tag == "input" and kind in ("radio", "checkbox"):
            fields.setdefault(name, [said.get("value", "on")])
        elif tag == "input":
            fields.setdefault(name, []).append(said.get("value") or _typed(name, kind, said))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = None
        if tag == "form":
            self.open = None


def _typed(name: str, kind: str, said: dict[str, str]) -> str:
    if kind == "hidden":
        return ""
    if kind == "date":
        return AT.date().isoformat()
    if kind == "time":
        return "10:00"
    if kind == "number" or said.get("inputmode") in ("numeric", "decimal"):
        return said.get("min") or "1"
    if kind == "email":
        return "someone@mail.example"
    return "Ayşe Işık"


def forms_in(page: str, body: str) -> Iterator[Form]:
    """Every form of the page, once for each of its buttons."""
    parser = _Forms(page)
    parser.feed(body)
    for form in parser.forms:
        fields = [
            (name, value)
            for name, values in form["fields"].items()
            if name != "csrfmiddlewaretoken"
            for value in values
        ]
        for button in form["buttons"] or [None]:
            yield Form(
                action=form["action"],
                method=form["method"],
                fields=tuple(fields + ([button] if button else [])),
                files=tuple(form["files"]),
            )


def patterns(
    resolver: URLResolver | None = None, namespaces: tuple[str, ...] = (), route: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """Every address: its whole route, its name to reverse it by, and the pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        longer = route + str(entry.pattern).removeprefix("^")
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from patterns(entry, inner, longer)
        else:
            yield longer, ":".join((*namespaces, entry.name or "")), entry


def junk_addresses(route: str, rng: random.Random) -> Iterator[str]:
    """The route with every gap filled by what nobody has, and by what is no id at all."""
    made_up = re.sub(
        r"\(\?P<\w+>[^)]*\)", lambda _: rng.choice(["1", "MQ:x", "9" * 30]), "/" + route
    )
    made_up = re.sub(r"<uuid:\w+>", lambda _: str(uuid4()), made_up.rstrip("$"))
    made_up = re.sub(r"<int:\w+>", lambda _: rng.choice(["0", "9" * 12, "9" * 40]), made_up)
    texts = ["1", "x" * 2000, "%00", "%FF", "ı", "a:b", "-", "R-PREG", "..", "%2e%2e%2f", "%F0%9F"]
    made_up = re.sub(r"<(?:str:|slug:)?\w+>", lambda _: rng.choice(texts), made_up)
    yield made_up
    if "<" in route and "(" not in route:
        yield re.sub(r"<[^>]*>", "not-an-id", "/" + route)


QUERIES = [
    "", "?page=-1", "?page=9e9", "?q=%00", "?q=%FF", "?q=%27%22%3Cscript%3E", "?day=2026-02-30",
    "?day=9999-12-31", "?day=0001-01-01", "?next=//evil.example", "?q=" + "x" * 3000, "?lang=xx",
    "?a=1&a=2", "?version=-1", "?from=9999-12-31&to=0001-01-01", "?patient=1&physician=x&room=%00",
    "?lang=tr&after=nothing&kind=%00", "?seen=1&rule=R-NONE&edition=9999999999999999999999",
]  # fmt: skip
BODIES: list[tuple[bytes, str]] = [
    (b"", "application/x-www-form-urlencoded"),
    (b"a=%FF%FE&slot=%00&version=x", "application/x-www-form-urlencoded"),
    (b"\xff\xfe\x00=\x01", "application/x-www-form-urlencoded"),
    (b"&".join(b"a%d=1" % n for n in range(1100)), "application/x-www-form-urlencoded"),
    (b"a=1&a=2&go=begin&go=sign&version=1&version=2", "application/x-www-form-urlencoded"),
    (b'{"a": [' + b"[" * 50, "application/json"),
    (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
    (b"nothing", "multipart/form-data"),
    (b"a=1", "application/x-www-form-urlencoded; charset=no-such"),
    (b"<x/>", "text/xml"),
]


class Attack:
    """Sends requests that leave nothing behind, and writes down every answer that is a fault."""

    def __init__(self, world: Clinic, seed: int) -> None:
        self.world = world
        self.rng = random.Random(seed)
        self.found = Found()

    def send(self, role: str, method: str, address: str, body: Any = None, kind: str = "") -> Any:
        browser = self.world.clients[role]
        cookies = copy(browser.cookies)
        self.found.requests += 1
        with transaction.atomic():
            try:
                if kind:
                    answer = browser.generic(method, address, body, content_type=kind)
                elif method == "POST":
                    answer = browser.post(address, body or {})
                else:
                    answer = browser.generic(method, address)
                if answer.streaming:
                    b"".join(answer)  # to its end, which closes the file
                self._judge(answer, role, method, address, body)
            finally:
                browser.cookies = cookies
                transaction.set_rollback(True)
        return answer

    def _judge(self, answer: Any, role: str, method: str, address: str, body: Any) -> None:
        with suppress(Resolver404):
            self.found.visited.add(resolve(address.partition("?")[0]).route)
        what = ""
        if answer.status_code >= 500 and not address.startswith("/healthz"):
            fault = answer.exc_info[1] if getattr(answer, "exc_info", None) else ""
            what = f"{answer.status_code} {fault!r:.300}"
        elif not answer.streaming and (
            leak := LEAKS.search(answer.content.decode(errors="replace"))
        ):
            what = f"leaks {leak.group()}"
        if what:
            self.found.faults.append(f"{role} {method} {address:.200} {str(body)[:300]!r}: {what}")

    # -- F1: every address ---------------------------------------------------------------------

    def crawl(self, *, roles: int, methods: int, records: int) -> Found:
        """Each pattern by so many roles, with so many methods, for so many records."""
        for (route, name, _), number in itertools.product(list(patterns()), range(roles)):
            role = self.rng.choice(ROLES) if roles < len(ROLES) else ROLES[number]
            places = [*self._real(route, name, records), *junk_addresses(route, self.rng)]
            for place in places:
                for method in ["GET", *self.rng.sample(METHODS[1:], methods - 1)]:
                    address = place + self.rng.choice(QUERIES)
                    if method in ("GET", "HEAD", "OPTIONS"):
                        self.send(role, method, address)
                    else:
                        body, kind = self.rng.choice(BODIES)
                        self.send(role, method, address, body, kind)
        return self.found

    def _real(self, route: str, name: str, most: int) -> list[str]:
        every = list(real_addresses(self.world, route, name))
        return self.rng.sample(every, min(most, len(every)))

    # -- F2: every form ------------------------------------------------------------------------

    def forms(self, *, records: int) -> dict[tuple[str, str, tuple[str, ...]], tuple[str, Form]]:
        """The forms of the application, each with the first role that is shown it."""
        every: dict[tuple[str, str, tuple[str, ...]], tuple[str, Form]] = {}
        for route, name, _ in patterns():
            for place in self._real(route, name, records):
                for role, form in self._shown(place):
                    if "logout" in form.action:
                        continue
                    goes_to = re.sub(r"[0-9a-f-]{36}|ey[\w:.-]+", "", form.action.split("?")[0])
                    every.setdefault((goes_to, form.method, form.names), (role, form))
        return every

    def _shown(self, place: str) -> Iterator[tuple[str, Form]]:
        for role in ("physician", "receptionist", "manager", "phone", "anonymous"):
            answer = self.send(role, "GET", place)
            if answer.status_code == 200:
                if not answer.streaming and "text/html" in answer["Content-Type"]:
                    for form in forms_in(place, answer.content.decode()):
                        yield role, form
                return

    def attack_form(self, role: str, form: Form, *, fields: int, values: int) -> None:
        """Valid, then one field hostile after the other, then all of them, then one missing."""
        self._submit(role, form, list(form.fields))
        places = list(enumerate(form.fields))
        for at, (name, _) in self.rng.sample(places, min(fields, len(places))):
            for value in self.rng.sample(HOSTILE, values):
                self._submit(role, form, [*form.fields[:at], (name, value), *form.fields[at + 1 :]])
        for _ in range(values):
            self._submit(role, form, [(name, self.rng.choice(HOSTILE)) for name in form.names])
        gone = self.rng.choice(form.names) if form.names else ""
        self._submit(role, form, [each for each in form.fields if each[0] != gone])
        for name in form.files:
            for file in self.rng.sample(FILES, min(len(FILES), 4 * values)):
                self._submit(role, form, list(form.fields), {name: _upload(*file)})

    def _submit(
        self, role: str, form: Form, pairs: list[tuple[str, str]], files: Any = None
    ) -> None:
        sent: dict[str, Any] = {}
        for name, value in pairs:
            sent.setdefault(name, []).append(value.encode("utf-8", "surrogatepass"))
        address = form.action
        if form.method == "GET":
            self.send(role, "GET", address.split("?")[0] + "?" + urlencode(sent, doseq=True)[:8000])
        else:
            self.send(role, "POST", address, sent | (files or {}))


def real_addresses(world: Clinic, route: str, name: str) -> Iterator[str]:
    """The address with real ids that belong together, as often as there are some."""
    for kwargs in world.kwargs_for(set(re.findall(r"<(?:\w+:)?(\w+)>", route))):
        try:
            yield reverse(name, kwargs=kwargs)
        except NoReverseMatch:
            continue  # two patterns may share a name


def _upload(name: str, content: bytes) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file
