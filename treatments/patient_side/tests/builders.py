"""Visits with links, reached by the real actions."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.links.tokens import token_for
from patients.tests.builders import a_patient
from treatments.booking import actions as booking
from treatments.booking import queries as visits
from treatments.booking.terms import AppointmentKind
from treatments.booking.tests.world import at
from treatments.patient_side import actions, feeds, links, queries, visitors
from treatments.patient_side.actions import Wished
from treatments.patient_side.terms import PartOfDay, VisitAct, VisitorKind
from treatments.patient_side.visitors import Asked
from treatments.plans.queries import planned_sessions
from treatments.tests.builders import a_booked_course, an_open_clinic
from treatments.waitlist import actions as waitlist
from treatments.waitlist.tests.builders import a_free_time, waits
from treatments.waitlist.tokens import OFFER, key_for

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


class PatientsSide:
    """One of everything that patients and visitors open or ask for."""

    def __init__(self, desk: Any) -> None:
        self.visit = a_plain_visit()
        self.keys = {
            str(act): address(a_link(act, a_plain_visit(clock))).split("/")[2]
            for act, clock in zip(VisitAct, ("11:00", "12:00", "13:00"), strict=True)
        }
        asking = a_link(VisitAct.MOVE, a_plain_visit("14:00"))
        offered = queries.times_for_move(asking.appointment, NOW)[0].offers[0]
        self.wish = actions.ask_to_move(link=asking, wished=Wished(offered), now=NOW)
        self.waiting = waits(by=desk)
        self.offer = waitlist.offer_time(
            entry_id=waits(by=desk).pk, free=a_free_time("15:00"), by=desk, now=NOW
        )
        # It has to be open when the pages are opened, a while later.
        self.offer.expires_at += timedelta(days=1)
        self.offer.save()
        self.offer_key = key_for(OFFER, self.offer.pk)
        self.page_key = token_for(feeds.page_link(self.visit.patient, NOW).pk)
        self.feed_key = feeds.make_feed_of_patient(patient=self.visit.patient, now=NOW)
        self.visitor = visitors.ask_for_visit(
            key=uuid4(),
            asked=Asked(
                full_name="Ayşe Işık",
                phone="+905321112233",
                email="",
                kind=VisitorKind.FIRST,
                weekdays=[1],
                part_of_day=PartOfDay.ANY,
            ),
            language="tr",
            notice_version="1",
            now=NOW,
        )

    def open_page_of_visits(self, phone: Any) -> None:
        """The birth date is given, so that what stands behind it is reached."""
        born = {"born-day": "14", "born-month": "3", "born-year": "1992"}
        phone.post(f"/c/{self.page_key}/", born)
