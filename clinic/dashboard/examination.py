"""What `doctor` looks at: is the installation configured, reachable, complete and safe?

Each check returns findings in plain words with what to do. Nothing here changes anything.
"""

import shutil
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import redis
from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from clinic import pdf
from clinic.dashboard.health import health
from clinic.hours.models import OpeningHours, Room
from clinic.messages.gateways import CONSOLE
from clinic.messages.quarantine import held
from clinic.staff.demo_logins import DEMO_LOGINS, DEMO_PASSWORD
from clinic.staff.models import StaffMember
from clinic.staff.terms import Role
from cocktails.catalogue.models import Product

OLDEST_POSTGRES = 150000
LEAST_FREE_BYTES = 1 << 30
EXTENSIONS = {"btree_gist", "pg_trgm"}
CONSTRAINTS = {
    "physician_is_never_in_two_places",
    "room_never_holds_two_visits",
    "patient_is_never_in_two_places",
    "one_message_per_event",
}
APPEND_ONLY_TABLES = {
    "clinic_auditentry",
    "clinic_chartreading",
    "patients_answer",
    "patients_screening",
    "patients_findingdecision",
    "treatments_signedsession",
    "treatments_sessionamendment",
}


@dataclass(frozen=True)
class Remark:
    """One line of the doctor's report. `wrong` makes the exit status non-zero."""

    wrong: bool
    subject: str
    words: str


def examine(now: datetime) -> list[Remark]:
    """All remarks, in the order a person would put things right."""
    checks: list[Callable[[datetime], Iterator[Remark]]] = [
        _settings,
        _database,
        _broker,
        _mail,
        _channels,
        _pdf,
        _files,
        _clinic,
        _processes,
    ]
    remarks: list[Remark] = []
    for check in checks:
        try:
            remarks += check(now)
        except DatabaseError as fault:
            remarks.append(Remark(True, "database", f"could not be asked ({type(fault).__name__})"))
    return remarks


def _settings(now: datetime) -> Iterator[Remark]:
    where = "this machine only (CLINIC_LOCAL)" if settings.LOCAL else settings.BASE_URL
    yield Remark(False, "settings", f"the clinic is served to {where}")
    if settings.DEBUG:
        yield Remark(True, "settings", "DEBUG is on: error pages would show patient data; unset it")
    if settings.SECRET_KEY.startswith("unset-") or len(settings.SECRET_KEY) < 50:
        yield Remark(
            True, "settings", "SECRET_KEY is missing or shorter than 50 characters; set one"
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Remark(True, "settings", "ALLOWED_HOSTS holds '*'; name the clinic's host")
    if not settings.LOCAL and not settings.BASE_URL.startswith("https://"):
        yield Remark(True, "settings", "CLINIC_BASE_URL must begin with https://")
    if not settings.LOCAL and settings.DEFAULT_FROM_EMAIL.endswith(".invalid"):
        yield Remark(True, "settings", "CLINIC_FROM_EMAIL is not set: mails would have no sender")


def _database(now: datetime) -> Iterator[Remark]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
        )
        number, name = cursor.fetchone()
        cursor.execute("SELECT extname FROM pg_extension")
        extensions = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT conname FROM pg_constraint")
        constraints = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE tgname LIKE 'pgtrigger_append_only%' AND tgenabled <> 'D'"
        )
        guarded = {row[0] for row in cursor.fetchall()}
    yield Remark(
        number < OLDEST_POSTGRES, "database", f"PostgreSQL {name} answers (15 or newer is needed)"
    )
    executor = MigrationExecutor(connection)
    open_migrations = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if open_migrations:
        yield Remark(
            True,
            "database",
            f"{len(open_migrations)} migrations are missing; run `manage.py migrate`",
        )
        return
    for missing in sorted(EXTENSIONS - extensions):
        yield Remark(True, "database", f"the extension {missing} is missing")
    for missing in sorted(CONSTRAINTS - constraints):
        yield Remark(
            True,
            "database",
            f"the constraint {missing} is missing: bookings or messages could double",
        )
    for missing in sorted(APPEND_ONLY_TABLES - guarded):
        yield Remark(True, "database", f"the table {missing} is not protected against changes")


def _broker(now: datetime) -> Iterator[Remark]:
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3
        )
        version = client.info("server").get("redis_version", "?")
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except redis.RedisError as fault:
        yield Remark(True, "broker", f"does not answer ({type(fault).__name__}); check REDIS_URL")
        return
    yield Remark(False, "broker", f"answers (version {version})")
    if policy != "noeviction":
        yield Remark(True, "broker", f"maxmemory-policy is {policy}; it must be noeviction")


def _mail(now: datetime) -> Iterator[Remark]:
    try:
        mail = get_connection()
        mail.open()
        mail.close()
    except (OSError, smtplib.SMTPException) as fault:
        yield Remark(
            True,
            "mail",
            f"the SMTP server does not answer ({type(fault).__name__}); check EMAIL_URL",
        )
        return
    yield Remark(
        False, "mail", "the SMTP server answers" + (" (local sink)" if settings.OUTBOX else "")
    )


def _channels(now: datetime) -> Iterator[Remark]:
    for name, url in (("SMS", settings.SMS_URL), ("WhatsApp", settings.WHATSAPP_URL)):
        if url == CONSOLE:
            yield Remark(
                not settings.LOCAL, "channels", f"{name} goes to the console: nothing leaves"
            )
        elif url:
            yield Remark(False, "channels", f"{name} is on")
    waiting = held().count()
    if waiting:
        yield Remark(
            True,
            "channels",
            f"{waiting} messages of a restored backup are held; a manager sends them on or drops them",
        )


def _pdf(now: datetime) -> Iterator[Remark]:
    reason = pdf.available()
    yield Remark(reason is not None, "pdf", reason or "sheets can be made")


def _files(now: datetime) -> Iterator[Remark]:
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.MEDIA_ROOT).free
    yield Remark(
        free < LEAST_FREE_BYTES, "files", f"{free / (1 << 30):.1f} GiB free for private files"
    )


def _clinic(now: datetime) -> Iterator[Remark]:
    if not Product.objects.exists():
        yield Remark(True, "clinic", "the catalogue is empty; run `manage.py load_catalogue`")
    physicians = StaffMember.objects.filter(role=Role.PHYSICIAN, is_active=True)
    certified = physicians.filter(certificate_expires_on__gte=now.date()).exclude(
        certificate_number=""
    )
    if not certified.exists():
        yield Remark(
            not settings.LOCAL,
            "clinic",
            "no physician has a valid certificate: nobody can sign a session",
        )
    if not Room.objects.exists() or not OpeningHours.objects.exists():
        yield Remark(
            not settings.LOCAL,
            "clinic",
            "there are no rooms or opening hours: nothing can be booked",
        )
    for member in StaffMember.objects.filter(
        email__in=[login.email for login in DEMO_LOGINS], is_active=True
    ):
        if not settings.LOCAL and member.check_password(DEMO_PASSWORD):
            yield Remark(
                True,
                "clinic",
                f"the demo log-in of the role {member.role} still works; deactivate it",
            )


def _processes(now: datetime) -> Iterator[Remark]:
    state = health(now)
    yield Remark(state.worker != "ok", "worker", state.worker)
    yield Remark(state.beat != "ok", "beat", state.beat)
    waits = state.oldest_due_message_s
    yield Remark(
        "messages" in state.down, "messages", f"the oldest due message waits for {waits} s"
    )
