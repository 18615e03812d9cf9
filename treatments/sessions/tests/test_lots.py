"""Lots in the record: drawn from the stock at the signature, or written by hand where none is kept."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import translation

from clinic.refusals import Refused
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.stock import queries as stock
from cocktails.stock.actions import ToDraw, count_lot, draw_lots, recall_lot
from cocktails.stock.models import StockMovement
from cocktails.stock.rules import Moment
from cocktails.stock.tests.builders import IN_A_YEAR, a_lot, a_vial_product
from treatments.sessions.models import SessionDraft, SessionDraw, SignedSession
from treatments.sessions.refusals import NotComplete
from treatments.sessions.tests.builders import (
    a_course,
    first_session,
    ready_to_sign,
    recorded,
    sign,
    start_of,
)

GTIN = "09506000134352"


@pytest.fixture
def session(db):
    return first_session(a_course())


def niacinamide(session):
    return session.plan.cocktail.portions.get().product


def with_lots(session, *lots):
    """Ready to sign, with these entries of lots."""
    ready_to_sign(session)
    return recorded(session, by=session.plan.physician, lots=list(lots))


def entry(number="A-123", **more):
    return {"portion": 1, "lot": number, "strength": "20"} | more


def test_signing_takes_what_was_used_from_the_lot(session):
    lot = a_lot(niacinamide(session), "A-123", units=2)
    ready_to_sign(session)

    signed = sign(session)

    lot.refresh_from_db()
    assert lot.balance_ml == lot.unit_ml
    portion = json.loads(signed.record)["cocktail"]["portions"][0]
    assert portion["lot"] == "A-123"
    assert portion["lot_id"] == str(lot.pk)
    assert portion["lot_expires_on"] == IN_A_YEAR.isoformat()
    assert portion["lot_source"] == "stock"
    assert portion["strength_read"] == "20"
    draw = SessionDraw.objects.get()
    assert (draw.lot, draw.ml, draw.signed_session) == (lot, Decimal(1), signed)
    assert {each.session_id for each in StockMovement.objects.exclude(kind="received")} == {
        session.pk
    }


def test_without_a_stock_the_number_is_written_by_hand_and_the_record_says_so(session):
    ready_to_sign(session)

    signed = sign(session)

    cocktail = json.loads(signed.record)["cocktail"]
    assert cocktail["portions"][0]["lot_source"] == "by_hand"
    assert cocktail["portions"][0]["lot_id"] is None
    assert cocktail["diluent"]["lot_source"] is None
    draw = SessionDraw.objects.get()
    assert (draw.lot, draw.lot_key) == (None, "A-123")
    assert not StockMovement.objects.exists()


def test_the_diluent_has_a_lot_too(session):
    saline = session.plan.cocktail.diluent
    lot = a_lot(saline, "SF-9")
    ready_to_sign(session)
    with pytest.raises(NotComplete) as refusal:
        sign(session)
    assert any("lot number" in each for each in refusal.value.reasons)

    recorded(session, by=session.plan.physician, lots=[entry(), {"portion": 0, "lot": "sf-9"}])
    signed = sign(session)

    assert json.loads(signed.record)["cocktail"]["diluent"]["lot_id"] == str(lot.pk)
    assert set(SessionDraw.objects.values_list("position", flat=True)) == {0, 1}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda lot: recall(lot), "recalled"),
        (lambda lot: change(lot, expires_on=NOW.date() - timedelta(days=1)), "expired"),
        (lambda lot: empty(lot), "used up"),
        (lambda lot: change(lot, number="B-1", number_key="B-1"), "not on record"),
    ],
)
def test_a_lot_that_cannot_be_drawn_stops_the_signature_and_nothing_is_lost(session, spoil, words):
    lot = a_lot(niacinamide(session), "A-123")
    draft = ready_to_sign(session)
    spoil(lot)

    with pytest.raises(NotComplete) as refusal:
        sign(session)

    assert any(words in each for each in refusal.value.reasons)
    kept = SessionDraft.objects.get()
    assert (kept.lots, kept.version) == (draft.lots, draft.version)
    assert not SignedSession.objects.exists()
    assert not SessionDraw.objects.exists()


def recall(lot):
    recall_lot(lot_id=lot.pk, reason="letter of the maker", by=clinic.manager(), now=NOW)


def change(lot, **fields):
    type(lot).objects.filter(pk=lot.pk).update(**fields)


def empty(lot):
    facts: Any = {"vial_ml": None, "reason": "all broken", "by": clinic.nurse(), "now": NOW}
    count_lot(lot_id=lot.pk, units=0, **facts)


def test_a_vial_past_its_time_stops_the_signature(session):
    product = a_vial_product("niacinamide-20", hours=2)
    lot = a_lot(product, "A-123")
    early = NOW - timedelta(hours=3)
    moment = Moment(on=early.date(), at=early, until=early)
    wanted = [ToDraw(lot_id=lot.pk, ml=Decimal("0.1"))]
    draw_lots(wanted=wanted, session_id=session.pk, moment=moment, by=clinic.nurse(), now=early)
    ready_to_sign(session)

    with pytest.raises(NotComplete) as refusal:
        sign(session)
    assert any("opened vial" in each for each in refusal.value.reasons)


def test_what_was_injected_before_the_recall_can_still_be_signed(session):
    lot = a_lot(niacinamide(session), "A-123")
    ready_to_sign(session)
    recall_lot(
        lot_id=lot.pk,
        reason="letter of the maker",
        by=clinic.manager(),
        now=start_of(session) + timedelta(minutes=27),
    )
    assert sign(session)


def test_a_strength_that_nobody_read_stops_the_signature(session):
    with_lots(session, {"portion": 1, "lot": "A-123"})
    with pytest.raises(NotComplete) as refusal:
        sign(session)
    assert any("strength" in each for each in refusal.value.reasons)

    # Another strength than the cocktail was computed with is as good as none.
    recorded(session, by=session.plan.physician, lots=[entry(strength="100")])
    with pytest.raises(NotComplete):
        sign(session)


@pytest.fixture
def physician(client, session, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: start_of(session))
    client.force_login(session.plan.physician)
    client.cookies["django_language"] = "en"
    return client


def page(session, name="record"):
    return reverse(f"sessions:{name}", args=[session.plan.patient_id, session.pk])


def typed(**fields):
    return {"version": SessionDraft.objects.get().version, "go": "save"} | fields


def test_the_page_offers_the_lots_first_expiring_first(physician, session):
    product = niacinamide(session)
    a_lot(product, "LATE")
    a_lot(product, "EARLY", expires_on=NOW.date() + timedelta(days=9))
    a_lot(product, "GONE", expires_on=NOW.date() + timedelta(days=1))
    change(product.lots.get(number="GONE"), recalled_at=NOW)
    physician.post(page(session), {"go": "begin"})

    html = physician.get(page(session)).content.decode()

    assert html.index('data-pick-text="EARLY"') < html.index('data-pick-text="LATE"')
    assert 'data-pick-text="GONE"' not in html
    assert "<strong>20 mg/ml</strong>" in html
    assert 'name="lot_0"' in html


def lot_field(html, position=1):
    found = re.search(rf'<input[^>]*name="lot_{position}"[^>]*>', html).group()
    value = re.search(r'value="([^"]*)"', found)
    return value.group(1) if value else ""


def test_the_first_expiring_lot_that_suffices_is_filled_in_and_no_strength(physician, session):
    product = niacinamide(session)
    short = a_lot(product, "SHORT", expires_on=NOW.date() + timedelta(days=3), units=1)
    change(short, balance_ml=Decimal("0.5"))
    a_lot(product, "LATE")
    a_lot(product, "EARLY", expires_on=NOW.date() + timedelta(days=9))
    physician.post(page(session), {"go": "begin"})

    html = physician.get(page(session)).content.decode()

    assert lot_field(html) == "EARLY"
    assert lot_field(html, 0) == ""  # no stock of the diluent is kept
    assert "expires first" in html
    assert not re.search(r'name="strength_1"[^>]*checked', html)
    assert SessionDraft.objects.get().lots == []


def test_what_was_written_or_cleared_is_not_filled_in_again(physician, session):
    a_lot(niacinamide(session), "EARLY")
    physician.post(page(session), {"go": "begin"})
    for said in ("B-9", ""):
        physician.post(page(session), typed(lot_1=said))
        html = physician.get(page(session)).content.decode()
        assert lot_field(html) == said
        assert "expires first" not in html


def test_a_lot_that_is_only_proposed_is_not_shown_as_written_by_somebody_else(physician, session):
    a_lot(niacinamide(session), "EARLY")
    physician.post(page(session), {"go": "begin"})
    SessionDraft.objects.update(version=7)

    answer = physician.post(page(session), {"version": 1, "go": "save", "lot_1": "B-9"})

    assert answer.status_code == 409
    row = re.search(r"<tr><th[^>]*>Lot of.*?</tr>", answer.content.decode(), re.DOTALL).group()
    assert "B-9" in row
    assert "EARLY" not in row


def test_a_scanned_code_becomes_the_lot(physician, session):
    a_lot(niacinamide(session), "AB-7", gtin=GTIN)
    physician.post(page(session), {"go": "begin"})

    physician.post(page(session), typed(lot_1=f"]d201{GTIN}1727033110ab-7\x1d2199"))

    assert SessionDraft.objects.get().lots == [{"portion": 1, "lot": "AB-7"}]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0109506000134351" + "17270331", "last digit"),
        (f"(01){GTIN}(10)X1", "the cocktail needs"),
        (f"(01){GTIN}(17)270331", "no lot"),
        ("x" * 41, "at most 40"),
    ],
)
def test_a_wrong_code_is_refused_and_stays_as_it_was_typed(physician, session, code, words):
    a_lot("txa-50", "X1", gtin=GTIN)
    physician.post(page(session), {"go": "begin"})

    answer = physician.post(page(session), typed(lot_1=code, note="kept"))

    assert answer.status_code == 422
    html = answer.content.decode()
    assert words in html
    assert code in html
    assert "kept" in html


def test_the_page_of_the_signature_says_why_a_lot_cannot_be_drawn(physician, session):
    lot = a_lot(niacinamide(session), "A-123")
    draft = ready_to_sign(session)
    recall(lot)

    answer = physician.post(
        page(session, "sign"), {"patient": session.plan.patient_id, "version": draft.version}
    )

    assert answer.status_code == 422
    assert "Lot A-123 of" in answer.content.decode()


def test_a_changed_lot_takes_the_preparation_back(session):
    draft = ready_to_sign(session)
    SessionDraft.objects.update(prepared_at=NOW, prepared_by=session.plan.physician)
    draft = recorded(session, by=session.plan.physician, lots=draft.lots)
    assert draft.prepared_at == NOW
    assert recorded(session, by=session.plan.physician, lots=[entry("B-2")]).prepared_at is None


# Two physicians, one ampoule.


def two_at_the_last_ampoule():
    """In two rooms with two physicians: nothing but the lot makes one wait for the other."""
    for name in ("Left", "Right"):
        clinic.room(name)
    sessions = [first_session(a_course()) for _each in range(2)]
    assert sessions[0].appointment.room_id != sessions[1].appointment.room_id
    lot = a_lot(niacinamide(sessions[0]), "A-123", units=1)
    for each in sessions:
        ready_to_sign(each)
    return sessions, lot


def sign_at_once(sessions):
    """Each signs over a connection of its own; what came of it, refusals and faults included."""
    barrier = Barrier(len(sessions))

    def signs(session):
        try:
            with translation.override("en"):
                barrier.wait(20)
                return sign(session)
        except (Refused, IntegrityError) as fault:
            return fault
        finally:
            connection.close()

    with ThreadPoolExecutor(len(sessions)) as pool:
        return list(pool.map(signs, sessions))


@pytest.mark.django_db(transaction=True)
def test_two_who_draw_the_last_ampoule_at_once_one_gets_it():
    sessions, lot = two_at_the_last_ampoule()

    answers = sign_at_once(sessions)

    refusals = [each for each in answers if isinstance(each, NotComplete)]
    assert len(refusals) == 1
    assert any("used up" in each for each in refusals[0].reasons)
    assert SignedSession.objects.count() == SessionDraw.objects.count() == 1
    lot.refresh_from_db()
    assert lot.balance_ml == 0


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_second_one_meets_a_fault_instead_of_words(monkeypatch):
    """The negative control: both read the same balance; the database's constraint is left."""
    sessions, lot = two_at_the_last_ampoule()
    both_have_read = Barrier(2)

    def unlocked(lot_ids):
        rows = {each: stock.lot(each) for each in lot_ids}
        if not both_have_read.broken and rows:
            both_have_read.wait(20)
        return rows

    monkeypatch.setattr("cocktails.stock.queries.lots_locked", unlocked)
    monkeypatch.setattr("treatments.sessions.actions.lots_locked", lambda ids: list(ids))

    answers = sign_at_once(sessions)

    assert not any(isinstance(each, Refused) for each in answers)
    assert sum(isinstance(each, IntegrityError) for each in answers) == 1
    lot.refresh_from_db()
    assert lot.balance_ml == 0


def test_the_statements_of_a_page_do_not_grow_with_the_lots(
    physician, session, django_assert_max_num_queries
):
    from django.test.utils import CaptureQueriesContext

    product = niacinamide(session)
    a_lot(product, "N")
    physician.post(page(session), {"go": "begin"})
    physician.get(page(session))
    with CaptureQueriesContext(connection) as few:
        physician.get(page(session))
    for number in range(12):
        a_lot(product, f"N{number}")
    with CaptureQueriesContext(connection) as many:
        physician.get(page(session))
    assert len(many) == len(few)
