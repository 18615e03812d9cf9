"""Links that a patient opens: signed, second check, few tries, an end."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from clinic.signed import signed_id
from clinic.tests.builders import NOW
from patients.links import actions, queries, rules, tokens
from patients.links.actions import LinkRefused, Why, link_to, open_link, revoke_links
from patients.links.terms import LinkPurpose
from patients.records import actions as records
from patients.records.terms import ReminderWish
from patients.tests.builders import a_patient

BORN, WRONG = date(1992, 3, 14), date(1992, 3, 15)
LATER = NOW + timedelta(days=30)
PURPOSE = LinkPurpose.AFTERCARE


def a_link(**fields):
    values: dict[str, Any] = {
        "patient": a_patient(),
        "purpose": PURPOSE,
        "about_id": uuid4(),
        "expires_at": LATER,
        "now": NOW,
    }
    return link_to(**(values | fields))


def opened(link, *, birth_date=BORN, now=NOW, purpose=PURPOSE, token=None):
    return open_link(
        token=token or tokens.token_for(link.pk), purpose=purpose, birth_date=birth_date, now=now
    )


def refusal(link, **changes):
    with pytest.raises(LinkRefused) as caught:
        opened(link, **changes)
    return caught.value.why


def test_a_token_leads_back_to_its_link():
    link_id = uuid4()
    assert tokens.link_id_in(tokens.token_for(link_id)) == link_id


def test_a_token_signed_for_something_else_opens_nothing():
    link_id = uuid4()
    assert tokens.link_id_in(signed_id("another purpose", link_id)) is None
    # The negative control: only the purpose differs.
    assert tokens.link_id_in(signed_id(tokens.PURPOSE, link_id)) == link_id


@pytest.mark.django_db
def test_the_birth_date_opens_the_link_again_and_again():
    link = a_link()
    assert opened(link) == link
    assert opened(link, now=LATER - timedelta(seconds=1)) == link


@pytest.mark.django_db
def test_five_wrong_birth_dates_lock_the_link_even_for_the_right_one():
    link = a_link()
    for _ in range(rules.MOST_WRONG_ANSWERS - 1):
        assert refusal(link, birth_date=WRONG) is Why.WRONG_BIRTH_DATE
    assert refusal(link, birth_date=WRONG) is Why.TOO_MANY_TRIES
    assert refusal(link) is Why.TOO_MANY_TRIES


@pytest.mark.django_db
def test_four_wrong_ones_do_not_and_the_right_one_starts_the_count_anew():
    link = a_link()
    for _ in range(2):
        for _ in range(rules.MOST_WRONG_ANSWERS - 1):
            refusal(link, birth_date=WRONG)
        assert opened(link) == link


@pytest.mark.django_db
def test_an_expired_a_revoked_and_a_foreign_link_are_gone():
    link = a_link()
    assert refusal(link, now=LATER) is Why.GONE
    assert refusal(link, purpose="another") is Why.GONE
    assert refusal(link, token="made:up") is Why.GONE
    assert refusal(link, token=tokens.token_for(uuid4())) is Why.GONE
    revoke_links(purpose=PURPOSE, about_id=link.about_id, now=NOW)
    assert refusal(link) is Why.GONE


@pytest.mark.django_db
def test_a_living_link_is_used_again_and_a_later_end_prolongs_it():
    link = a_link()
    again = a_link(
        patient=link.patient, about_id=link.about_id, expires_at=LATER + timedelta(days=1)
    )
    assert again == link
    assert again.expires_at == LATER + timedelta(days=1)


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["expired", "locked"])
def test_a_link_that_no_longer_opens_is_replaced(end):
    link = a_link()
    now = NOW
    if end == "expired":
        now = LATER
    else:
        for _ in range(rules.MOST_WRONG_ANSWERS):
            refusal(link, birth_date=WRONG)

    fresh = a_link(
        patient=link.patient, about_id=link.about_id, expires_at=LATER + timedelta(days=9), now=now
    )

    assert fresh != link
    assert opened(fresh, now=now) == fresh
    assert refusal(link, now=NOW) is Why.GONE


@pytest.mark.django_db
def test_looking_whether_a_link_opens_changes_nothing():
    link = a_link()
    token = tokens.token_for(link.pk)
    assert queries.link_behind(token, purpose=PURPOSE, now=NOW) == link
    assert queries.link_behind(token, purpose=PURPOSE, now=LATER) is None
    assert queries.link_behind(token, purpose="another", now=NOW) is None
    assert queries.link_behind("made:up", purpose=PURPOSE, now=NOW) is None
    link.refresh_from_db()
    assert link.wrong_answers == 0


@pytest.mark.django_db
def test_a_wrong_try_is_counted_although_the_request_is_refused(monkeypatch):
    link = a_link()
    refusal(link, birth_date=WRONG)
    link.refresh_from_db()
    assert link.wrong_answers == 1

    # Negative control: with a count that never locks, a sixth date would be tried.
    monkeypatch.setattr(actions, "is_locked", lambda _count: False)
    for _ in range(10):
        assert refusal(link, birth_date=WRONG) is Why.WRONG_BIRTH_DATE


def corrected(patient, **changes):
    fields = {name: getattr(patient, name) for name in records.FIELDS}
    records.change_patient(patient=patient, **(fields | changes), by="test builder", now=NOW)


@pytest.mark.django_db
def test_another_address_ends_what_was_sent_to_the_old_one():
    patient = a_patient(email="old@example.org")
    sent = [a_link(patient=patient, purpose=purpose) for purpose in LinkPurpose]
    other = a_link(patient=a_patient(email="other@example.org"))

    corrected(patient, email="new@example.org")

    ended = [refusal(link, purpose=link.purpose) for link in sent]
    assert ended == [Why.GONE] * len(LinkPurpose)
    assert opened(other).pk == other.pk
    # What is owed still is written with a link of its own, to the new address.
    again = a_link(patient=patient, about_id=sent[0].about_id)
    assert again.pk != sent[0].pk
    assert opened(again).pk == again.pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "changes"),
    [("same@example.org", {"phone": "+90 532 000 00 01"}), ("", {"email": "first@example.org"})],
)
def test_a_link_stays_where_no_address_was_replaced(before, changes):
    """Negative control: another field, and the first address of somebody who got a slip."""
    patient = a_patient(
        email=before, reminders=ReminderWish.EMAIL if before else ReminderWish.PAPER
    )
    link = a_link(patient=patient)

    corrected(patient, **changes)

    assert opened(link).pk == link.pk
