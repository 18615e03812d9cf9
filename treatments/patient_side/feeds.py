"""Calendars that a program reads: made, shown once, ended."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.staff.models import StaffMember
from patients.links.actions import link_to, revoke_links
from patients.links.models import PatientLink
from patients.records.models import Patient
from treatments.patient_side.models import CalendarFeed
from treatments.patient_side.queries import digest, feed_of
from treatments.patient_side.terms import BY_LINK, CALENDAR_LINK

# The page of one's visits is of use as long as there are visits; every letter prolongs it.
PAGE_OPENS_FOR = timedelta(days=180)
KEY_BYTES = 32


@transaction.atomic
def make_feed_of_patient(*, patient: Patient, now: datetime) -> str:
    """Return the key of a new calendar; an earlier one ends. The key is kept nowhere."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    end_feed_of_patient(patient=patient, by=BY_LINK, now=now)
    feed, key = _make(patient=patient, now=now)
    record(verb="calendar.made", subject=feed, by=BY_LINK, now=now, patient_id=patient.pk)
    return key


@transaction.atomic
def end_feed_of_patient(*, patient: Patient, by: Actor, now: datetime) -> None:
    feed = feed_of(patient=patient)
    if feed is not None:
        _end(feed, now)
        record(verb="calendar.ended", subject=feed, by=by, now=now, patient_id=patient.pk)


@transaction.atomic
def end_all_of_patient(*, patient: Patient, by: StaffMember, now: datetime) -> None:
    """The clinic ends the calendar and the page of the visits: lost telephone, wrong hands."""
    end_feed_of_patient(patient=patient, by=by, now=now)
    revoke_links(purpose=CALENDAR_LINK, about_id=patient.pk, now=now)


@transaction.atomic
def make_feed_of_member(*, member: StaffMember, now: datetime) -> str:
    StaffMember.objects.select_for_update(no_key=True).get(pk=member.pk)
    end_feed_of_member(member=member, now=now)
    feed, key = _make(member=member, now=now)
    record(verb="calendar.made", subject=feed, by=member, now=now)
    return key


@transaction.atomic
def end_feed_of_member(*, member: StaffMember, now: datetime) -> None:
    feed = feed_of(member=member)
    if feed is not None:
        _end(feed, now)
        record(verb="calendar.ended", subject=feed, by=member, now=now)


def page_link(patient: Patient, now: datetime) -> PatientLink:
    """The link to the page of the patient's visits, behind the birth date."""
    return link_to(
        patient=patient,
        purpose=CALENDAR_LINK,
        about_id=patient.pk,
        expires_at=now + PAGE_OPENS_FOR,
        now=now,
    )


def _make(
    *, patient: Patient | None = None, member: StaffMember | None = None, now: datetime
) -> tuple[CalendarFeed, str]:
    key = secrets.token_urlsafe(KEY_BYTES)
    feed = CalendarFeed.objects.create(
        patient=patient, member=member, key_digest=digest(key), made_at=now
    )
    return feed, key


def _end(feed: CalendarFeed, now: datetime) -> None:
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
