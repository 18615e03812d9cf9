"""R3: the broker is away, emptied and restarted while messages are due and the desk books."""

import time
from collections import Counter
from dataclasses import dataclass, field
from threading import Event

from clinic.hours.queries import clinic_zone, local_date
from clinic.management.soak.booking import next_weekday
from clinic.management.soak.clients import Browser
from clinic.management.soak.messages import (
    GONE_WITHIN_S,
    HANDS,
    Scene,
    beside,
    compared,
    judge_time,
    open_messages,
    owe,
    states,
)
from clinic.management.soak.programs import wait_for
from clinic.messages.models import Message
from clinic.messages.queries import database_clock
from clinic.tests import builders as clinic
from patients.records.models import Patient
from patients.tests.builders import a_patient
from treatments.booking.terms import AppointmentKind

RESUMED_WITHIN_S = 30.0
STANDING_TOO_LONG_S = 10.0


@dataclass
class Desk:
    """Books consultations, one after the other, as many a second as it is told."""

    address: str
    each_s: int
    answers: Counter[str] = field(default_factory=Counter)
    booked: int = 0
    slowest_s: float = 0.0

    def __post_init__(self) -> None:
        clinic.open_weekdays()
        self.patients: list[Patient] = [
            a_patient(now=database_clock(), care_messages=False) for _each in range(20)
        ]
        self.browser = Browser(self.address, clinic.receptionist())

    def book_until(self, ended: Event) -> None:
        from datetime import datetime, timedelta

        number, room, physician = 0, clinic.room(), clinic.physician()
        day = next_weekday(local_date(database_clock()) + timedelta(days=2))
        while not ended.wait(1 / self.each_s):
            if number and number % 18 == 0:
                day = next_weekday(day + timedelta(days=1))
            begin = datetime.combine(day, datetime.min.time(), clinic_zone())
            start = begin + timedelta(hours=9, minutes=30 * (number % 18))
            began = time.monotonic()
            try:
                status = self.browser.post(
                    "/calendar/new/",
                    {
                        "patient": str(self.patients[number % 20].pk),
                        "kind": AppointmentKind.CONSULTATION,
                        "physician": str(physician.pk),
                        "slot": f"{start.isoformat()}|{room.pk}",
                        "day": day.isoformat(),
                    },
                )
            except OSError as fault:
                self.answers[type(fault).__name__] += 1
            else:
                self.answers[str(status)] += 1
                self.booked += status == 302
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            number += 1


def broker_away(scene: Scene) -> None:
    size, programs = scene.size, scene.programs
    desk = Desk(programs.start_web(), size.bookings_each_s)
    scene.sink.pause_s = 0.05
    programs.start_worker(hands=HANDS)
    programs.start_beat()
    ended_by_themselves = 0
    owe(size.due)
    with beside(desk.book_until):
        wait_for(lambda: bool(scene.sink.came), seconds=60)
        programs.kill_broker()
        time.sleep(size.broker_away_s)
        programs.revive_broker()
        back = time.monotonic()
        programs.empty_broker()
        ended_by_themselves += programs.revive()
        owe(size.due // 10, name="after-")
        gone = wait_for(lambda: open_messages() == 0, seconds=GONE_WITHIN_S + 60)
        took = time.monotonic() - back
    seen = compared(scene.sink)
    scene.found.case(
        "R3 broker away, then emptied",
        gone and seen.duplicates == seen.sent_but_never_came == seen.uncertain == 0
        and desk.booked > 0 and not any(status[0] != "3" for status in desk.answers),
        away_s=size.broker_away_s, states=states(), duplicates=seen.duplicates,
        bookings=dict(desk.answers), slowest_booking_s=round(desk.slowest_s, 2),
        ended_by_themselves=ended_by_themselves,
    )  # fmt: skip
    judge_time(scene, "R3: backlog gone", took, GONE_WITHIN_S)
    restarts(scene)


def restarts(scene: Scene) -> None:
    """It comes back empty each time, and the same worker goes on with what is due then."""
    programs, resumed, slowest, deaths = scene.programs, 0, 0.0, 0
    workers = [child.program for child in [*programs.workers, *programs.beats]]
    Message.objects.all().delete()
    for turn in range(scene.size.broker_restarts):
        programs.kill_broker()
        time.sleep(0.5)
        programs.revive_broker()
        began = time.monotonic()
        owe(3, name=f"restart{turn}-")
        done = wait_for(lambda: open_messages() == 0, seconds=RESUMED_WITHIN_S)
        resumed += done
        slowest = max(slowest, time.monotonic() - began)
        deaths += programs.revive()
    same = [child.program for child in [*programs.workers, *programs.beats]] == workers
    scene.found.case(
        "R3 the worker goes on after each restart of the broker",
        resumed == scene.size.broker_restarts and same and scene.sink.duplicates == 0,
        resumed=resumed, of=scene.size.broker_restarts, slowest_s=round(slowest, 1),
        ended_by_themselves=deaths, duplicates=scene.sink.duplicates,
    )  # fmt: skip
