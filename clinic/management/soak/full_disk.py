"""R15: no room left on the disk, first below the photographs, then below the whole database.

Each disk is a small file system in memory, mounted where only the programs of this soak see it
(`surroundings.py`), so nothing stays behind whatever ends them. That takes the right to mount; without
it the case is left out, and says so.
"""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import environ
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from clinic.local import postgres, running
from clinic.local.children import Supervisor
from clinic.local.folders import Home
from clinic.management.soak.clients import Browser, Reply
from clinic.management.soak.messages import Scene
from clinic.management.soak.programs import Programs, wait_for
from clinic.management.soak.surroundings import OWN_MOUNTS
from clinic.messages.queries import database_clock
from clinic.tests import builders as clinic
from patients.records.models import Patient
from treatments.photographs.models import Photograph
from treatments.photographs.tests.builders import a_picture, who_agreed

WHY = "takes the right to mount a small file system: run it as root"
PHOTOGRAPHS_MB = 8
DATABASE_MB = 640  # an empty clinic and the journal of making it
MOST_PATIENTS = 400  # are registered before the disk must have been felt
BACK_WITHIN_S = 60.0


def full_disk(scene: Scene) -> None:
    if not os.environ.get(OWN_MOUNTS):
        scene.found.left_out("R15 disk full", WHY)
        return
    full_of_photographs(scene)
    full_of_records(scene)


# --- below the photographs -------------------------------------------------------------------------


def full_of_photographs(scene: Scene) -> None:
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    with small_disk(folder, PHOTOGRAPHS_MB):
        patient = who_agreed(now=database_clock())
        nurse = Browser(scene.programs.start_web(), clinic.nurse())
        photograph = one_upload(nurse, patient)
        with_room = photograph()
        with filled(folder):
            without = photograph()
            again = photograph()  # nothing of the refused one stands in the way
            kept, files = Photograph.objects.count(), list(pictures(folder))
        after = photograph()
        wanted = {
            name
            for each in Photograph.objects.all()
            for name in (each.stored_as("full"), each.stored_as("screen"), each.stored_as("thumb"))
        }
        there = {str(path.relative_to(folder)) for path in pictures(folder)}
        empty = [path for path in [*files, *pictures(folder)] if not path.stat().st_size]
    scene.found.case(
        "R15 disk full below the photographs",
        with_room.status == after.status == 201
        and without.status == again.status == 507
        and code_of(without) == code_of(again) == "storage_full"
        and bool(said(without)) and kept == 1 and len(files) == 3 and there == wanted and not empty,
        with_room=with_room.status, full=[without.status, again.status], said=said(without),
        room_again=after.status, rows=Photograph.objects.count(), files=len(there), empty=len(empty),
    )  # fmt: skip


def one_upload(nurse: Browser, patient: Patient) -> Callable[[], Reply]:
    """What the page of the photographs sends for one picture, each time with a key of its own."""

    def send() -> Reply:
        return nurse.upload(
            f"/patients/{patient.pk}/photographs/new/",
            {
                "view": "frontal", "modality": "daylight", "device": "Tablet 1",
                "taken_on": database_clock().date().isoformat(), "request_key": str(uuid4()),
                "photos": SimpleUploadedFile("photo.jpg", a_picture((900, 1200))),
            },
        )  # fmt: skip

    return send


def pictures(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.name != BALLAST)


def code_of(reply: Reply) -> str:
    with suppress(ValueError):
        return str(json.loads(reply.text).get("code"))
    return ""


def said(reply: Reply) -> str:
    with suppress(ValueError):
        return str(json.loads(reply.text).get("message", ""))
    return ""


# --- below the database ----------------------------------------------------------------------------


def full_of_records(scene: Scene) -> None:
    """A clinic of its own, database and journal on one small disk; then there is no room for either.

    When the journal finds no room the server ends, and is started again until it stands, as `./run`
    and every init system do. Nobody mends anything by hand.
    """
    with clinic_on_a_small_disk(scene.programs) as (programs, disk):
        server = programs.supervisor.children[0]
        desk = Browser(programs.start_web(), clinic.receptionist())
        with_room = [register(desk, number) for number in range(3)]
        with filled(disk):
            full = [register(desk, number) for number in range(3, MOST_PATIENTS - 20)]
            stood = not server.has_ended()
            use_up_the_journal()
            ended = wait_for(server.has_ended, seconds=5)
            gone = [register(desk, number) for number in range(MOST_PATIENTS - 20, MOST_PATIENTS)]
        wait_for(lambda: revived(programs), seconds=BACK_WITHIN_S, every=1.0)
        after = [register(desk, number) for number in range(MOST_PATIENTS, MOST_PATIENTS + 3)]
        connection.close()
        rows = Patient.objects.count()
    saved = sum(each.status == 302 for each in [*with_room, *full, *gone, *after])
    refused = [each for each in [*full, *gone] if each.status != 302]
    scene.found.case(
        "R15 disk full below the database",
        all(each.status == 302 for each in [*with_room, *after])
        and stood and any(each.status != 302 for each in full)
        and ended and set(statuses(gone)) == {503}
        and all(each.status == 503 and each.retry_after and "<h1>" in each.text for each in refused)
        and rows == saved,
        full=statuses(full), stood=stood, journal_full=statuses(gone), server_ended=ended,
        after=statuses(after), told_saved=saved, rows=rows,
    )  # fmt: skip


def statuses(replies: list[Reply]) -> dict[int, int]:
    return dict(Counter(each.status for each in replies))


def register(desk: Browser, number: int) -> Reply:
    return desk.send(
        "/patients/new/",
        {
            "full_name": f"Gülşen İğde {number}", "born_on": "31.12.1990", "sex": "F",
            "phone": f"0532 1{number // 100:02} {number % 100:02} 67", "email": "",
            "language": "tr", "reminders": "paper", "register_anyway": "on",
        },
    )  # fmt: skip


def use_up_the_journal() -> None:
    """Take segment after segment of the journal until there is none left to take."""
    with suppress(Exception):  # the server ends in the middle of it
        for _each in range(DATABASE_MB // 16 + 2):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_logical_emit_message(false, 'soak', repeat('x', 8000000))"
                )
    connection.close()


def revived(programs: Programs) -> bool:
    for child in programs.supervisor.children:
        if child.has_ended():
            child.start()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001  (whatever it says, it does not stand yet)
        connection.close()
        return False
    return True


@contextmanager
def clinic_on_a_small_disk(scene_programs: Programs) -> Iterator[tuple[Programs, Path]]:
    home = Home(scene_programs.home.folder / "small")
    home.make()
    place = postgres.find_place(home)
    supervisor, holding = Supervisor(lambda _line: None), scene_programs.holding
    owner = place.account.uid if place.account else os.getuid()
    with small_disk(place.folder, DATABASE_MB, owner=owner):
        try:
            address = postgres.start(supervisor, home, holding=holding)
            environment = scene_programs.environment | {
                "DATABASE_URL": address,
                "CLINIC_DATA": str(home.folder),
            }
            running.prepare(supervisor, home, environment, holding, demo=False)
            with connected_to(address):
                yield Programs(supervisor, home, holding, environment), place.folder
        finally:
            supervisor.stop()


@contextmanager
def connected_to(address: str) -> Iterator[None]:
    """This program's own statements go to another database for a while."""
    kept = dict(connection.settings_dict)
    connection.close()
    found = environ.Env.db_url_config(address)
    connection.settings_dict.update(
        {name: found[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


# --- small disks -----------------------------------------------------------------------------------

BALLAST = "ballast"


@contextmanager
def small_disk(folder: Path, megabytes: int, *, owner: int = 0) -> Iterator[None]:
    options = f"size={megabytes}m,mode=0700,uid={owner}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(mount, check=True)  # noqa: S603
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """To the last byte."""
    ballast = folder / BALLAST
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(512))
    try:
        yield
    finally:
        ballast.unlink()
