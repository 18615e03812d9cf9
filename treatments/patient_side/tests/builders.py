"""Visits with links, reached by the real actions."""

from datetime import timedelta

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.tests.builders import a_patient
from treatments.booking import actions as booking
from treatments.booking import queries as visits
from treatments.booking.terms import AppointmentKind
from treatments.booking.tests.world import at
from treatments.patient_side import links
from treatments.patient_side.terms import VisitAct
from treatments.plans.queries import planned_sessions
from treatments.tests.builders import a_booked_course, an_open_clinic

WEDNESDAY = clinic.MONDAY + timedelta(days=2)


def a_session(number=2, **fields):
    """A booked session of a course: the second one, so that it has neighbours on both sides."""
    plan = a_booked_course(**fields)
    return planned_sessions(plan)[number - 1]


def a_visit(number=2, **fields):
    return visits.appointment(a_session(number, **fields).appointment_id)


def a_plain_visit(clock="10:00"):
    """A consultation in two days: what belongs to no course."""
    an_open_clinic()
    booked = booking.book(
        patient=a_patient(),
        physician=clinic.physician(),
        room=clinic.room(),
        kind=AppointmentKind.CONSULTATION,
        starts_at=at(clock, WEDNESDAY),
        ends_at=at(clock, WEDNESDAY) + timedelta(minutes=30),
        by=clinic.receptionist(),
        now=NOW,
    )
    return visits.appointment(booked.pk)


def a_link(act=VisitAct.CONFIRM, visit=None, *, now=NOW):
    link = links.link_to_act(appointment=visit or a_plain_visit(), act=act, now=now)
    assert link is not None
    return link


def address(link):
    return links.address_of(link)
