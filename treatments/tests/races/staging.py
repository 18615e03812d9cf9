"""What every step of P1 stands on: the clinic, the clock, what the machine remembers, one attempt."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from hypothesis.stateful import Bundle, RuleBasedStateMachine

from clinic.audit.models import AuditEntry
from clinic.hours.models import BlockedTime, ClosedDay
from clinic.hours.queries import local_date
from clinic.messages.models import Message
from clinic.refusals import Refused
from clinic.tests import builders as clinic
from cocktails.tests.builders import a_catalogue
from patients.intake.models import Answer, ListedAllergy
from patients.screening.models import FindingDecision, Screening
from treatments.aftercare.actions import drawn_on_first_view
from treatments.booking.models import Appointment
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.sessions.models import SessionAmendment, SessionDraft, SignedSession

PATIENTS: Bundle[Any] = Bundle("patients")
OPEN_ANSWERS = {"yes", "unknown"}  # to "pregnant": nobody with one of them is treated
LEAVES_TRACES = (
    PlannedSession, TreatmentPlan, SessionDraft, SignedSession, SessionAmendment, AuditEntry, Message,
    Answer, ListedAllergy, Screening, FindingDecision, BlockedTime, ClosedDay,
)  # fmt: skip


class World:
    """The people and rooms of a run; made once, outside of its examples."""

    def __init__(self) -> None:
        clinic.open_weekdays()
        a_catalogue()
        self.physicians = [clinic.physician(), clinic.physician()]
        self.expired = clinic.physician(certificate_expires_on=date(2020, 1, 1))
        self.rooms = [clinic.room(), clinic.room()]
        self.desk = clinic.receptionist()
        self.nurse = clinic.nurse()


class PowerFailure(BaseException):
    """The process ends between two statements: nothing catches it."""


class Staging(RuleBasedStateMachine):
    """No steps of its own."""

    world: World
    tell: Callable[[], None]
    reached: Counter[str]  # what happened in all runs: a law about what never happens says nothing

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.undo.enter_context(drawn_on_first_view())
        self.begin()
        self.now = clinic.NOW
        self.came: list[Any] = []
        self.cocktails: dict[Any, Any] = {}
        self.power_fails_after: int | None = None
        # What patients said to "pregnant", and where: the machine's own memory, not the program's.
        self.said: dict[Any, str] = {}
        self.said_on: dict[tuple[Any, date], str] = {}
        self.said_at_door: dict[tuple[Any, date], str] = {}
        self.allergic_since: dict[Any, date] = {}
        self.closures: list[tuple[str, Any, datetime, datetime]] = []
        self.signed: dict[Any, tuple[str, str]] = {}
        self.numbers: dict[Any, int] = {}
        self.written = 0
        self.in_doubt = False  # two did something at once, and nobody can say who was first

    def begin(self) -> None:
        """Nothing of a run stays: it is one transaction that is rolled back."""
        self.undo.enter_context(transaction.atomic())

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.close()

    # --- how it is tried ---------------------------------------------------------------------------

    def attempt(
        self,
        action: Callable[[], Any],
        then: Callable[[Any], None] = lambda _given: None,
        *,
        name: str,
        says: bool = False,
    ) -> bool:
        """Do one thing as a request would; whatever was refused, or cut off, leaves nothing behind.

        `then` is told what came of it. `says`: what others do is judged by it.
        """
        self.tell()
        before = traces()
        try:
            with self.power():
                given = action()
        except (Refused, PowerFailure) as end:
            came = "cut off" if isinstance(end, PowerFailure) else f"{name} refused"
            self.reached[came] += 1
            assert traces() == before, "a refusal left something behind"
            return False
        self.reached[name] += 1
        then(given)
        return True

    @contextmanager
    def power(self) -> Iterator[None]:
        """It fails before the statement that was drawn, if the action has so many."""
        left, self.power_fails_after = self.power_fails_after, None
        if left is None:
            yield
            return

        def count(execute: Any, *statement: Any) -> Any:
            nonlocal left
            assert left is not None
            # Those that end a transaction are the database's own business.
            if not str(statement[0]).startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                left -= 1
                if left < 0:
                    raise PowerFailure
            return execute(*statement)

        with connection.execute_wrapper(count):
            yield

    def passes(self, **span: int) -> None:
        self.now += timedelta(**span)

    def today(self) -> date:
        return local_date(self.now)

    def place_of(self, patient_id: Any) -> int:
        """In the order in which they came: keys are random, and draws must not be."""
        return next(place for place, each in enumerate(self.came) if each.pk == patient_id)

    def visits_in_order(self, **which: Any) -> list[Appointment]:
        """Of those who came in this run: a soak has others too."""
        return sorted(
            Appointment.objects.filter(patient__in=self.came, **which),
            key=lambda each: (each.starts_at, self.place_of(each.patient_id), each.booked_at,
                              each.ends_at, each.state, each.version),
        )  # fmt: skip


def traces() -> tuple[int, ...]:
    """What a refused action could have left behind, in one statement."""
    counts = ", ".join(f"(SELECT count(*) FROM {each._meta.db_table})" for each in LEAVES_TRACES)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), sum(version), {counts} FROM {Appointment._meta.db_table}")
        return tuple(cursor.fetchone())
