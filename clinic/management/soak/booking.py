"""B1-B4, B9 and P1 of docs/reliability.md in full size.

Each case has physicians, rooms and patients of its own, so none stands in another's way. What is
true is counted in the database, never taken from the answers.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from uuid import uuid4

from django.db import OperationalError, connection
from django.utils import timezone

from clinic.hours.actions import block_time
from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, local_date
from clinic.hours.terms import Blocking
from clinic.management.soak.clients import Answer, Browser, at_once, is_lock_timeout
from clinic.management.soak.report import Found, percentile
from clinic.staff.models import StaffMember
from clinic.tests import builders as clinic
from patients.records.models import Patient
from patients.tests.builders import a_healthy_patient, a_patient
from treatments.analysis.tests.builders import an_analysis
from treatments.booking.actions import Visit, book
from treatments.booking.models import Appointment
from treatments.booking.rules import SlotTaken
from treatments.booking.terms import HOLDING, AppointmentKind
from treatments.plans import actions as plans
from treatments.plans.models import PlannedSession
from treatments.plans.terms import SessionState
from treatments.tests.builders import a_set_plan

MINUTE = timedelta(minutes=1)
HALF_AN_HOUR = 30 * MINUTE
SLOTS = 40
SLOWEST_S = 2.0  # the 95th percentile that a client may wait
MOST_DEADLOCKS = 5  # that the database may resolve by itself; none reaches a client
WEB_HANDS = 8  # so many requests the web server works on at once: 2 processes of 4 threads
SOME = 5
LONGEST_WAIT_S = 10.0
CLOSING_TRIES = 5  # who closes a day amid a herd may be asked to come again, as everybody


@dataclass(frozen=True)
class Size:
    attempts: int
    patients: int
    hands: int
    seeds: int
    intervals: int
    courses: int
    mixed: int
    runs: int
    steps: int
    seconds: int  # for the state machine
    slowest_s: float = SLOWEST_S


FULL = Size(2000, 400, 64, 3, 2000, 1000, 1500, 1000, 50, 25 * 60)
QUICK = Size(400, 80, 32, 1, 400, 60, 300, 30, 25, 120)


@dataclass(frozen=True)
class Scene:
    found: Found
    size: Size
    random: Random
    desk: StaffMember
    patients: Sequence[Patient]
    now: datetime
    address: str


def run(found: Found, *, seed: int, quick: bool, address: str) -> None:
    size = QUICK if quick else FULL
    clinic.open_weekdays()
    now = timezone.now()
    desk = clinic.receptionist()
    patients = [a_patient(now=now, care_messages=False) for _each in range(size.patients)]
    scene = Scene(found, size, Random(seed), desk, patients, now, address)  # noqa: S311
    cases: list[Callable[[], None]] = [
        # First, and undone behind itself: its laws speak of every visit that there is.
        partial(any_order, scene, seed),
        *(partial(same_times_through_the_web, scene, turn) for turn in range(size.seeds)),
        partial(overlapping_intervals, scene),
        partial(courses_at_once, scene),
        partial(all_resources_at_once, scene),
        partial(a_closure_amid_bookings, scene),
    ]
    for case in cases:
        try:
            case()
        except Exception as broken_off:  # noqa: BLE001  (the others are still worth running)
            found.case(getattr(case, "func", case).__name__, False, broken_off=repr(broken_off))


# --- B1 --------------------------------------------------------------------------------------------


def same_times_through_the_web(scene: Scene, turn: int) -> None:
    size, physician, room = scene.size, clinic.physician(), clinic.room()
    starts = times(scene, count=SLOTS)
    wished = [starts[n % SLOTS] for n in range(size.attempts)]
    scene.random.shuffle(wished)
    browsers = [Browser(scene.address, scene.desk) for _hand in range(size.hands)]

    def attempt(place: int, start: datetime) -> int:
        return browsers[place % size.hands].post(
            "/calendar/new/",
            {
                "patient": str(scene.patients[place % len(scene.patients)].pk),
                "kind": AppointmentKind.CONSULTATION,
                "physician": str(physician.pk),
                "slot": f"{start.isoformat()}|{room.pk}",
                "day": local_date(start).isoformat(),
            },
        )

    answers = at_once(
        [partial(attempt, place, start) for place, start in enumerate(wished)], hands=size.hands
    )
    counts = Counter(str(each.given) for each in answers)
    booked = standing(physician)
    judge_times(scene, f"B1 same times, run {turn + 1}", answers)
    scene.found.case(
        f"B1 same times, run {turn + 1}",
        len(booked) == SLOTS
        and counts == {"302": SLOTS, "409": size.attempts - SLOTS}
        and not overlaps(booked),
        attempts=size.attempts, booked=len(booked), overlaps=len(overlaps(booked)),
        answers=dict(counts),
    )  # fmt: skip


# --- B2 --------------------------------------------------------------------------------------------


def overlapping_intervals(scene: Scene) -> None:
    physician, room = clinic.physician(), clinic.room()
    starts = times(scene, count=SLOTS)
    visits = []
    for place in range(scene.size.intervals):
        start = scene.random.choice(starts) + scene.random.choice([-20, -10, 0, 10, 20]) * MINUTE
        minutes = scene.random.choice([15, 20, 25, 30])
        visits.append(a_visit(scene, place, physician, room, start, minutes))
    answers = attempts_of(scene, visits)
    booked = standing(physician)
    spans = [(each.starts_at, each.ends_at) for each in booked]
    # Nothing was cancelled meanwhile: what was in the way then stands in the way now.
    false = sum(
        isinstance(each.given, SlotTaken)
        and not any(start < wish.ends_at and wish.starts_at < end for start, end in spans)
        for each, wish in zip(answers, visits, strict=True)
    )
    unknown = [
        each for each in answers if each.is_refused and not isinstance(each.given, SlotTaken)
    ]
    outside = sum(getattr(each.given, "code", "") == "not_bookable" for each in unknown)
    scene.found.case(
        "B2 overlapping intervals",
        not overlaps(booked) and false == 0 and len(unknown) == outside and not broken(answers),
        attempts=len(visits), booked=len(booked), overlaps=len(overlaps(booked)),
        false_refusals=false, outside_hours=outside, broken=len(broken(answers)),
    )  # fmt: skip


# --- B3 --------------------------------------------------------------------------------------------


def courses_at_once(scene: Scene) -> None:
    size = scene.size
    physicians, rooms = [clinic.physician() for _n in range(3)], [clinic.room() for _n in range(3)]
    wished = []
    first = next_weekday(local_date(scene.now) + timedelta(days=2))
    for place in range(size.courses):
        team = place % len(physicians)
        patient = a_healthy_patient(now=scene.now)
        an_analysis(patient, by=physicians[team], now=scene.now)
        count = scene.random.randint(4, 8)
        plan = a_set_plan(
            now=scene.now, patient=patient, physician=physicians[team], session_count=count,
            interval_days=scene.random.choice([7, 14]),
        )  # fmt: skip
        begin = datetime.combine(first, datetime.min.time(), clinic_zone()) + timedelta(
            days=scene.random.choice([0, 0, 7]), minutes=9 * 60 + 15 * scene.random.randrange(30)
        )
        visits = [
            Visit(
                patient=patient, physician=physicians[team], room=rooms[team],
                kind=AppointmentKind.SESSION, starts_at=start, ends_at=start + HALF_AN_HOUR,
            )
            for start in (begin + timedelta(days=plan.interval_days * n) for n in range(count))
        ]  # fmt: skip
        wished.append((plan, visits))
    before = deadlocks()
    attempts = [
        partial(
            plans.book_course, plan=plan, visits=visits, request_key=uuid4(), by=scene.desk,
            now=scene.now,
        )
        for plan, visits in wished
    ]  # fmt: skip
    # More hands than the web server ever has, for what must hold; as many as it has, for the times.
    half = len(attempts) // 2
    herd = at_once(attempts[:half], hands=size.hands)
    timed = at_once(attempts[half:], hands=min(size.hands, WEB_HANDS))
    answers = [*herd, *timed]
    partly = sum(
        len(set(PlannedSession.objects.filter(plan=plan).values_list("state", flat=True))) != 1
        for plan, _visits in wished
    )
    booked = [each for physician in physicians for each in standing(physician)]
    whole = PlannedSession.objects.filter(
        plan__in=[plan for plan, _visits in wished], state=SessionState.BOOKED
    ).count()
    judge_times(scene, "B3 courses at once", timed)
    scene.found.case(
        "B3 courses at once",
        partly == 0 and not broken(answers) and len(booked) == whole and not overlaps(booked)
        and deadlocks() - before <= MOST_DEADLOCKS and whole > 0,
        courses=size.courses, booked=sum(isinstance(each.given, list) for each in answers),
        partly=partly, broken=[repr(each.given)[:200] for each in broken(answers)][:3],
        deadlocks=deadlocks() - before, overlaps=len(overlaps(booked)),
        asked_to_come_again=sum(each.is_late for each in answers),
    )  # fmt: skip


# --- B4 --------------------------------------------------------------------------------------------


def all_resources_at_once(scene: Scene) -> None:
    physicians, rooms = [clinic.physician() for _n in range(3)], [clinic.room() for _n in range(2)]
    starts = times(scene, count=SLOTS)
    few = scene.patients[:60]
    visits = [
        Visit(
            patient=few[place % len(few)], physician=scene.random.choice(physicians),
            room=scene.random.choice(rooms), kind=AppointmentKind.CONSULTATION, starts_at=start,
            ends_at=start + HALF_AN_HOUR,
        )
        for place, start in enumerate(
            scene.random.choice(starts) + scene.random.choice([0, 15]) * MINUTE
            for _n in range(scene.size.mixed)
        )
    ]  # fmt: skip
    before = deadlocks()
    answers = attempts_of(scene, visits)
    booked = list(Appointment.objects.filter(room__in=rooms, state__in=HOLDING))
    scene.found.case(
        "B4 physician, room and patient at once",
        not overlaps(booked) and not broken(answers) and len(booked) > 0,
        attempts=len(visits), booked=len(booked), overlaps=len(overlaps(booked)),
        broken=len(broken(answers)), deadlocks=deadlocks() - before,
    )  # fmt: skip


# --- B9 --------------------------------------------------------------------------------------------


def a_closure_amid_bookings(scene: Scene) -> None:
    """The day is closed while fifty book it: whoever was first is on the list, nobody comes after."""
    physician = clinic.physician()
    starts = times(scene, count=SLOTS)
    rooms = [clinic.room() for _n in range(2)]
    visits = [
        a_visit(scene, place, physician, rooms[place % 2], starts[place % SLOTS], 30)
        for place in range(SLOTS * 5)
    ]
    listed: list[object] = []
    turned_away: list[OperationalError] = []

    def close() -> object:
        wait_for_some_of(physician)
        for _try in range(CLOSING_TRIES):
            try:
                blocked = block_time(
                    member=physician, kind=Blocking.ABSENCE,
                    starts_at=starts[0] - timedelta(hours=1),
                    ends_at=starts[-1] + timedelta(hours=1), by=scene.desk, now=scene.now,
                )  # fmt: skip
            except OperationalError as fault:
                if not is_lock_timeout(fault):
                    raise
                turned_away.append(fault)
            else:
                listed.extend(each.visit_id for each in blocked.standing)
                return blocked
        raise turned_away[-1]

    attempts: list[Callable[[], object]] = [partial(one_visit, scene, visit) for visit in visits]
    attempts.insert(25, close)
    answers = at_once(attempts, hands=50)
    is_closed = not isinstance(answers[25].given, Exception)
    booked = {str(each.pk) for each in standing(physician)}
    missing = booked - {str(each) for each in listed}
    scene.found.case(
        "B9 a closure amid bookings",
        is_closed and not missing and not broken(answers) and bool(booked),
        closed=is_closed, closing_tries=len(turned_away) + 1, booked_before=len(booked),
        not_on_the_list=len(missing), broken=len(broken(answers)),
        asked_to_come_again=sum(each.is_late for each in answers),
    )  # fmt: skip


def wait_for_some_of(physician: StaffMember) -> None:
    """Until the day has begun to fill: a closure before the first booking would show nothing."""
    until = time.monotonic() + LONGEST_WAIT_S
    while len(standing(physician)) < SOME and time.monotonic() < until:
        time.sleep(0.02)


# --- P1 --------------------------------------------------------------------------------------------


def any_order(scene: Scene, seed: int) -> None:
    """The state machine, in batches with seeds that follow from ours, until all or the time is done."""
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis import seed as seeded
    from hypothesis.stateful import run_state_machine_as_test

    from treatments.tests.races.machine import World, machine_in

    size, began, done, taken = scene.size, time.monotonic(), 0, 0
    batch = 10
    violation = ""

    def count() -> None:
        nonlocal taken
        taken += 1

    world = World()
    while done < size.runs and time.monotonic() - began < size.seconds and not violation:
        machine = seeded(seed + done)(machine_in(world, steps=count))
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=batch, stateful_step_count=size.steps, deadline=None,
                    database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck],
                    report_multiple_bugs=False,
                ),
            )  # fmt: skip
        except Exception as broken_law:  # noqa: BLE001  (named in the report)
            violation = repr(broken_law)[:500]
        done += batch
    scene.found.case(
        "P1 any order of actions",
        not violation,
        runs=done, of=size.runs, steps=taken, violation=violation,
        batch_seed=seed + max(0, done - batch),
    )  # fmt: skip


# --- what the cases share --------------------------------------------------------------------------


def times(scene: Scene, *, count: int) -> list[datetime]:
    """Half hours of the coming weekdays, from nine on."""
    starts: list[datetime] = []
    day = local_date(scene.now) + timedelta(days=1)
    while len(starts) < count:
        day = next_weekday(day + timedelta(days=1))
        begin = datetime.combine(day, datetime.min.time(), clinic_zone()) + timedelta(hours=9)
        starts += [begin + HALF_AN_HOUR * n for n in range(18)]
    return starts[:count]


def next_weekday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def a_visit(
    scene: Scene, place: int, physician: StaffMember, room: Room, start: datetime, minutes: int
) -> Visit:
    return Visit(
        patient=scene.patients[place % len(scene.patients)], physician=physician, room=room,
        kind=AppointmentKind.CONSULTATION, starts_at=start, ends_at=start + minutes * MINUTE,
    )  # fmt: skip


def one_visit(scene: Scene, visit: Visit) -> Appointment:
    return book(
        patient=visit.patient, physician=visit.physician, room=visit.room, kind=visit.kind,
        starts_at=visit.starts_at, ends_at=visit.ends_at, by=scene.desk, now=scene.now,
    )  # fmt: skip


def attempts_of(scene: Scene, visits: Sequence[Visit]) -> list[Answer]:
    attempts: list[Callable[[], object]] = [partial(one_visit, scene, visit) for visit in visits]
    return at_once(attempts, hands=scene.size.hands)


def standing(physician: StaffMember) -> list[Appointment]:
    return list(Appointment.objects.filter(physician=physician, state__in=HOLDING))


def overlaps(visits: Sequence[Appointment]) -> list[tuple[Appointment, Appointment]]:
    """Pairs that share time and a physician, a room or a patient."""
    ordered = sorted(visits, key=lambda each: each.starts_at)
    found = []
    for place, one in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.starts_at >= one.ends_at:
                break
            shares = {one.physician_id, one.room_id, one.patient_id} & {
                other.physician_id, other.room_id, other.patient_id,
            }  # fmt: skip
            if shares:
                found.append((one, other))
    return found


def judge_times(scene: Scene, name: str, answers: Sequence[Answer]) -> None:
    """A case of its own, so that a busy machine cannot hide what came out."""
    p95 = percentile([each.seconds for each in answers], 0.95)
    late = sum(each.is_late for each in answers)
    scene.found.case(
        f"{name}: nobody waits longer than {SLOWEST_S:g} s",
        p95 <= scene.size.slowest_s and (late == 0 or scene.size.slowest_s > SLOWEST_S),
        p95_s=p95, asked_to_come_again=late, load=round(os.getloadavg()[0], 1), cores=os.cpu_count(),
    )  # fmt: skip


def broken(answers: Sequence[Answer]) -> list[Answer]:
    return [each for each in answers if each.is_broken]


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
