"""The demo clinic's past six months and coming two: courses at every stage, a full board today."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.db import transaction
from django.db.models import Q

from clinic.management.demo import course, shelf
from clinic.management.demo.course import Look, Trouble, moment
from clinic.management.demo.house import House, house_as_it_stands, look_ahead, open_house
from clinic.management.demo.lately import tell_lately
from clinic.management.demo.people import Person, people
from clinic.management.demo.pictures import take_photographs
from clinic.messages.models import Message
from clinic.messages.terms import WORKER_ENDED_WHILE_SENDING, MessageState
from clinic.staff.models import StaffMember
from patients.consents.actions import keep_texts_in_force
from patients.records.models import Patient
from treatments.aftercare.actions import drawn_on_first_view
from treatments.analysis.actions import SpotSeen
from treatments.booking.actions import change_state
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import SessionState

CHEEKS = ("cheek_left", "cheek_right")
LOOKS = {
    "melasma": Look(
        SpotSeen(
            spot_type="melasma", depth="mixed", wood_finding="partly_enhanced",
            causes=("sun", "hormones"), regions=("forehead", *CHEEKS, "upper_lip"),
        ), ("forehead", *CHEEKS, "upper_lip"), scored=True,
    ),
    "lentigo": Look(
        SpotSeen(
            spot_type="solar_lentigo", depth="epidermal", wood_finding="enhanced",
            causes=("sun", "ageing"), regions=("hands",),
        ), ("hands",), scored=False,
    ),
    "pih": Look(
        SpotSeen(
            spot_type="pih", depth="epidermal", wood_finding="enhanced",
            causes=("acne",), regions=(*CHEEKS, "chin"),
        ), (*CHEEKS, "chin"), scored=False,
    ),
    "dullness": Look(
        SpotSeen(
            spot_type="dullness", depth="epidermal", wood_finding="not_done",
            causes=("sun",), regions=CHEEKS,
        ), CHEEKS, scored=False,
    ),
}  # fmt: skip
RECIPES = (
    (("txa-50", "0.32"),),
    (("txa-100", "0.16"), ("vitamin-c-100", "1.2")),
    (("txa-50", "0.3"), ("vitamin-c-100", "1"), ("glutathione-150", "0.6")),
    (("hyaluronic-5", "1"), ("dexpanthenol-250", "0.4")),
)
TROUBLES = (
    Trouble({"anticoagulant_now": "yes"}, medicine="Coumadin 5 mg 1x1"),
    Trouble({"pregnant": "yes"}),
    Trouble({"breastfeeding": "yes"}),
    Trouble({"antiplatelet_now": "yes"}, medicine="Coraspin 100 mg"),
    Trouble({"infection_in_area": ["cheek_left"]}),
    Trouble({}, medicine="Zorbexin 40 mg"),
    Trouble({"cancer_past": "unknown", "thrombophilia": "unknown"}),
    Trouble({}, allergy="C vitamini ampul"),
)
LONGEST_VISIT = timedelta(minutes=30)
SLOTS = [
    time(hour, minute) for hour in range(9, 18) for minute in (0, 30) if (hour, minute) != (12, 30)
]


@dataclass
class Story:
    """Where one part of the demo stands while it is told: the patients of one physician."""

    house: House
    physician: StaffMember
    now: datetime
    random: Random
    taken: set[datetime] = field(default_factory=set)

    @property
    def today(self) -> date:
        return self.now.date()


def tell(*, count: int, seed: int, now: datetime, step: Callable[[], object]) -> None:
    """Make the demo clinic, one part after the other. `step` is called once per patient."""
    house = prepare(now=now)
    for part in range(len(house.physicians)):
        tell_part(part, count=count, seed=seed, now=now, step=step)
    conclude(now=now, seed=seed)


def prepare(*, now: datetime) -> House:
    keep_texts_in_force()
    house = open_house(today=now.date(), now=now - timedelta(days=200))
    shelf.fill(house, now=now - timedelta(days=200))
    return house


def tell_part(
    part: int, *, count: int, seed: int, now: datetime, step: Callable[[], object]
) -> None:
    """The patients of one physician, in a house that is prepared. Parts share nothing, so two processes
    may tell them at once.
    """
    house = house_as_it_stands()
    physicians = len(house.physicians)
    crowd = people(count, random=Random(seed), today=now.date())  # noqa: S311  (reproducible)
    story = Story(
        house=house,
        physician=house.physicians[part],
        now=now,
        random=Random(f"{seed}-{part}"),  # noqa: S311
    )
    told = list(zip(crowd, _chapters(count), strict=True))[part::physicians]
    with drawn_on_first_view(), transaction.atomic():
        for person, chapter in told:
            chapter(story, person)
            step()


def conclude(*, now: datetime, seed: int) -> None:
    """The board of today, and what the worker would have sent until now."""
    house = house_as_it_stands()
    with drawn_on_first_view(), transaction.atomic():
        _run_today(house, now, Random(seed))  # noqa: S311
        tell_lately(house, now=now)
        take_photographs(house)
        look_ahead(house, now=now)
        shelf.set_right(house, now=now)
        _what_the_worker_would_have_done(now)


def _chapters(count: int) -> list[Callable[[Story, Person], None]]:
    """Who has come how far, in the proportions of a clinic; the rarest come first, so that even a
    small demo has each of them.
    """
    once = [_flagged, _today, _running, _completed, _planned, _asked, _new, _on_hold]
    weights = {
        _flagged: 8,
        _today: 14,
        _running: 14,
        _completed: 6,
        _planned: 5,
        _asked: 4,
        _new: 4,
        _on_hold: 2,
    }
    rest: list[Callable[[Story, Person], None]] = []
    total = sum(weights.values())
    for chapter, weight in weights.items():
        rest += [chapter] * max(0, round(weight * count / total) - 1)
    return [*once, *rest, *[_running] * count][:count]


def _new(story: Story, person: Person) -> None:
    course.come_in(
        person, house=story.house, at=story.now - timedelta(minutes=story.random.randint(10, 4000))
    )


def _asked(story: Story, person: Person) -> None:
    at = _at(story.today - timedelta(days=story.random.randint(0, 3)), story.now)
    patient = course.come_in(person, house=story.house, at=at)
    course.answer_intake(patient, house=story.house, at=at)


def _flagged(story: Story, person: Person) -> None:
    at = _at(story.today - timedelta(days=story.random.randint(0, 5)), story.now)
    patient = course.come_in(person, house=story.house, at=at)
    troubles = [
        t
        for t in TROUBLES
        if person.sex == "F" or not {"pregnant", "breastfeeding"} & set(t.answers)
    ]
    trouble = troubles[patient.number % len(troubles)]
    course.answer_intake(patient, house=story.house, at=at, trouble=trouble)
    course.read_verdict(patient, by=story.physician, at=at + timedelta(minutes=15))


def _planned(story: Story, person: Person) -> None:
    _begin(
        story, person, at=_at(story.today - timedelta(days=story.random.randint(0, 4)), story.now)
    )


def _running(story: Story, person: Person) -> None:
    interval = story.random.choice((7, 14, 14))
    done = story.random.randint(1, 2)
    coming = story.random.randint(1, interval - 1)
    _course(
        story,
        person,
        interval=interval,
        done=done,
        next_on=_open_day(story, coming),
        more=story.random.randint(1, 3),
    )


def _today(story: Story, person: Person) -> None:
    interval = story.random.choice((7, 14, 14))
    _course(
        story,
        person,
        interval=interval,
        done=story.random.randint(0, 2),
        next_on=story.today,
        more=story.random.randint(2, 3),
    )


def _completed(story: Story, person: Person) -> None:
    interval = story.random.choice((7, 14))
    ended_on = _open_day(story, -story.random.randint(5, 130))
    sessions = 4
    _course(
        story,
        person,
        interval=interval,
        done=sessions,
        next_on=ended_on + timedelta(days=interval),
        more=0,
    )


def _on_hold(story: Story, person: Person) -> None:
    plan = _course(story, person, interval=14, done=2, next_on=_open_day(story, 6), more=3)
    later = {"anticoagulant_now": "yes"}
    at = story.now - timedelta(days=2)
    from patients.intake.actions import record_answers
    from patients.intake.terms import Occasion

    record_answers(
        patient=plan.patient,
        answers=later,
        occasion=Occasion.INTAKE,
        on=at.date(),
        by=story.house.nurse,
        now=at,
    )


def _begin(story: Story, person: Person, *, at: datetime) -> TreatmentPlan:
    """Registration, intake, analysis, cocktail and plan, in one visit."""
    random = story.random
    physician = story.physician
    patient = course.come_in(person, house=story.house, at=at)
    course.answer_intake(patient, house=story.house, at=at + timedelta(minutes=10))
    look = LOOKS[random.choice(("melasma", "melasma", "melasma", "lentigo", "pih", "dullness"))]
    seen_at = at + timedelta(minutes=30)
    severity = random.uniform(0.4, 0.8)
    analysis = course.analyse(
        patient, look, severity=severity, by=physician, at=seen_at, random=random
    )
    cocktail = course.compose(
        patient, random.choice(RECIPES), by=physician, at=seen_at + timedelta(minutes=5)
    )
    return course.plan_course(
        patient, analysis, cocktail,
        sessions=random.choice((4, 6, 6, 8)), interval=random.choice((7, 14)),
        by=physician, at=seen_at + timedelta(minutes=8),
    )  # fmt: skip


def _course(
    story: Story, person: Person, *, interval: int, done: int, next_on: date, more: int
) -> TreatmentPlan:
    """A course whose first `done` sessions are behind, with the next one on `next_on`."""
    random = story.random
    sessions = max(4, min(8, done + more))
    done = min(done, sessions)
    first_on = next_on - timedelta(days=interval * done)
    at = moment(first_on - timedelta(days=random.randint(1, 4)), time(11))
    physician = story.physician
    patient = course.come_in(person, house=story.house, at=at)
    course.answer_intake(patient, house=story.house, at=at + timedelta(minutes=10))
    look = LOOKS[random.choice(("melasma", "melasma", "melasma", "lentigo", "pih", "dullness"))]
    severity, falls = random.uniform(0.45, 0.85), random.uniform(-0.01, 0.09)
    seen_at = at + timedelta(minutes=30)
    analysis = course.analyse(
        patient, look, severity=severity, by=physician, at=seen_at, random=random
    )
    cocktail = course.compose(
        patient, random.choice(RECIPES), by=physician, at=seen_at + timedelta(minutes=5)
    )
    plan = course.plan_course(
        patient, analysis, cocktail, sessions=sessions, interval=interval, by=physician,
        at=seen_at + timedelta(minutes=8),
    )  # fmt: skip
    days = [first_on + timedelta(days=interval * number) for number in range(sessions)]
    at_time = _free_time(story, days)
    starts = [moment(day, at_time) for day in days]
    course.book(plan, starts, house=story.house, at=seen_at + timedelta(minutes=15))
    for session in list(plan.sessions.order_by("number"))[:done]:
        starts_at = starts[session.number - 1]
        course.treat(session, house=story.house, at=starts_at + timedelta(minutes=2), random=random)
        if session.number % 3 == 0 or session.number == done == sessions:
            severity -= falls * 3
            course.analyse(
                patient,
                look,
                severity=severity,
                by=physician,
                at=starts_at + timedelta(minutes=32),
                random=random,
            )
    return plan


def _free_time(story: Story, days: list[date]) -> time:
    """One time of day at which the physician is free on all of these days."""
    for at in story.random.sample(SLOTS, len(SLOTS)):
        wanted = {moment(day, at) for day in days}
        if not wanted & story.taken:
            story.taken |= wanted
            return at
    raise RuntimeError("The demo clinic has no free time left: ask for fewer patients.")


def _open_day(story: Story, offset: int) -> date:
    """The open day nearest to `offset` days from today. Courses keep their weekday, so one is enough."""
    day = story.today + timedelta(days=offset)
    if day.weekday() == 6 and story.today.weekday() != 6:
        day += timedelta(days=1 if offset > 0 else -1)
    return day


def _at(day: date, now: datetime) -> datetime:
    return min(moment(day, time(10, 30)), now - timedelta(minutes=45))


def _run_today(house: House, now: datetime, random: Random) -> None:
    """The board as it looks in the middle of a day, almost whatever the clock says."""
    waiting = list(
        Appointment.objects.filter(
            starts_at__gte=moment(now.date(), time(0)),
            starts_at__lt=moment(now.date(), time(23, 59)),
            # A visit of this morning that was told already stays as it was told.
            state__in=(AppointmentState.BOOKED, AppointmentState.CONFIRMED),
        ).order_by("starts_at")
    )
    desk = house.receptionists[0]
    in_room, arrived = 2, 2
    # Nobody signs before the clinic opens: what is done is of those whose time is over.
    over = [each for each in waiting if each.starts_at <= now - LONGEST_VISIT]
    done = min(len(waiting) // 3, len(over))
    occupied: set[object] = set()

    def becomes(appointment: Appointment, *states: str) -> Appointment:
        for state in states:
            appointment = change_state(
                appointment_id=appointment.pk,
                to=AppointmentState(state),
                seen_version=appointment.version,
                by=desk,
                now=now,
            )
        return appointment

    for place, appointment in enumerate(waiting):
        session = PlannedSession.objects.filter(appointment=appointment).first()
        if place < done and session is not None:
            becomes(appointment, "arrived", "in_room")
            course.treat(
                session,
                house=house,
                at=appointment.starts_at + timedelta(minutes=2),
                random=random,
            )
        elif place < done + in_room and appointment.room_id not in occupied:
            becomes(appointment, "arrived", "in_room")
            occupied.add(appointment.room_id)
        elif place < done + in_room + arrived:
            becomes(appointment, "arrived")
        elif place == done + in_room + arrived:
            becomes(appointment, "missed")
        elif place % 2:
            becomes(appointment, "confirmed")


def _what_the_worker_would_have_done(now: datetime) -> None:
    """Messages of the past were sent in their time; one failed, one nobody knows."""
    # No worker ran between the sessions, so each signature cancelled what had not gone out.
    done = PlannedSession.objects.filter(state=SessionState.DONE).values("pk")
    unsent = Q(state=MessageState.PENDING) | Q(state=MessageState.CANCELLED, about_id__in=done)
    past = Message.objects.filter(unsent, due_at__lt=now)
    kept = list(past.order_by("-due_at").values_list("pk", flat=True)[:2])
    for message in past.iterator():
        sent_to = Patient.objects.values_list("email", flat=True).get(pk=message.patient_id)
        Message.objects.filter(pk=message.pk).update(
            state=MessageState.SENT,
            claimed_at=message.due_at,
            finished_at=message.due_at,
            tries=1,
            sent_to=sent_to,
            reason="",
        )
    for pk, state, reason in zip(
        kept,
        (MessageState.FAILED, MessageState.UNCERTAIN),
        ("SMTP 550", WORKER_ENDED_WHILE_SENDING),
        strict=False,
    ):
        Message.objects.filter(pk=pk).update(state=state, reason=reason)
