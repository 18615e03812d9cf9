"""Many courses at once: each is booked whole or not at all, and nobody sees a deadlock."""

import random
from datetime import time, timedelta
from functools import partial
from uuid import uuid4

import pytest

from clinic.tests import builders as clinic
from clinic.tests.builders import MONDAY, NOW
from patients.tests.builders import a_healthy_patient
from treatments.analysis.tests.builders import an_analysis
from treatments.booking.models import Appointment, BookingRequest
from treatments.booking.rules import IdempotencyMismatch, SlotTaken
from treatments.booking.tests.racing import race
from treatments.booking.tests.world import holding, overlaps_among
from treatments.plans import actions
from treatments.plans.models import PlannedSession
from treatments.plans.terms import SessionState
from treatments.tests.builders import a_set_plan, an_open_clinic

pytestmark = pytest.mark.django_db(transaction=True)

HANDS = 8
ROUNDS = 2


def wishes(count, *, seed=3):
    """Courses of two physicians that want overlapping times in the same weeks."""
    an_open_clinic()
    shuffler = random.Random(seed)
    physicians = [clinic.physician(), clinic.physician()]
    room = clinic.room()
    for _wish in range(count):
        physician = shuffler.choice(physicians)
        patient = a_healthy_patient()
        plan = a_set_plan(
            patient=patient,
            analysis=an_analysis(patient, by=physician),
            physician=physician,
            session_count=shuffler.randint(4, 8),
            interval_days=shuffler.choice([7, 14]),
        )
        proposed = actions.propose_course(
            plan,
            first_on=MONDAY + timedelta(days=shuffler.choice([1, 8])),
            preferred=time(10, shuffler.choice([0, 15])),
            room=room,
            now=NOW,
        )
        yield plan, actions.visits_for(plan, [each.chosen for each in proposed])


@pytest.mark.slow  # B3 of the races tries it in every ./check
def test_courses_that_meet_are_booked_whole_or_not_at_all():
    desk = clinic.receptionist()
    plans = []
    for _round in range(ROUNDS):
        hands = []
        for plan, visits in list(wishes(HANDS, seed=_round)):
            plans.append(plan)
            hands.append(
                partial(
                    actions.book_course,
                    plan=plan,
                    visits=visits,
                    request_key=uuid4(),
                    by=desk,
                    now=NOW,
                )
            )
        answers = race(hands)  # whatever is no refusal, a deadlock too, would be raised here
        assert any(isinstance(each, SlotTaken) for each in answers)
        assert any(isinstance(each, list) for each in answers)

    booked = holding()
    assert overlaps_among(booked) == []
    for plan in plans:
        states = set(PlannedSession.objects.filter(plan=plan).values_list("state", flat=True))
        assert states in ({SessionState.BOOKED}, {SessionState.PLANNED})
        held = [each for each in booked if each.patient_id == plan.patient_id]
        assert len(held) in (0, plan.session_count)


def test_one_request_sent_five_times_at_once_books_once():
    desk = clinic.receptionist()
    logical = list(wishes(3))
    keys = [uuid4() for _wish in logical]
    hands = [
        partial(actions.book_course, plan=plan, visits=visits, request_key=key, by=desk, now=NOW)
        for (plan, visits), key in zip(logical, keys, strict=True)
        for _copy in range(3)
    ]

    answers = race(hands)

    for index, (plan, _visits) in enumerate(logical):
        copies = answers[3 * index : 3 * index + 3]
        booked = [each for each in copies if isinstance(each, list)]
        assert len(booked) in (0, 3)
        assert len({tuple(visit.pk for visit in each) for each in booked}) <= 1
        assert Appointment.objects.filter(patient=plan.patient).count() in (0, plan.session_count)
    assert any(isinstance(each, list) for each in answers)
    assert not any(isinstance(each, IdempotencyMismatch) for each in answers)
    assert BookingRequest.objects.count() == sum(isinstance(each, list) for each in answers[::3])
