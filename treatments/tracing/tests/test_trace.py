"""From a lot to its patients: the same as reading every record, in a handful of statements."""

import json
from collections import defaultdict
from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from clinic.audit.models import AuditEntry
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.catalogue.models import Product
from cocktails.stock.actions import recall_lot
from cocktails.stock.tests.builders import a_lot, a_vial_product
from cocktails.tests.builders import a_product
from treatments.sessions.models import SessionDraw, SignedSession
from treatments.sessions.tests.builders import (
    a_course,
    a_signed_session,
    first_session,
    ready_to_sign,
    recorded,
    sign,
)
from treatments.tracing import queries
from treatments.tracing.notices import notices
from treatments.tracing.tests.builders import many_lots, many_sessions

pytestmark = pytest.mark.django_db
SEED = 20261122


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def by_reading_every_record():
    """Brute force: (product code, lot number) -> the signed sessions whose record names it."""
    found = defaultdict(set)
    for pk, record in SignedSession.objects.values_list("pk", "record"):
        cocktail = json.loads(record)["cocktail"]
        for each in (*cocktail["portions"], cocktail["diluent"]):
            if each and each.get("lot"):
                found[each["code"], each["lot"]].add(pk)
    return found


def same_as_brute_force(lots, traced):
    expected = by_reading_every_record()
    for lot in lots:
        found = {
            treated.draw.signed_session_id
            for reached in queries.trace_of_lot(lot.pk).reached
            for treated in reached.sessions
        }
        assert found == expected[lot.product.code, lot.number], lot
    for lot in traced:
        drawn = queries.draws_of(lot.product_id, lot.number)
        found = set(drawn.values_list("signed_session_id", flat=True))
        assert found == expected[lot.product.code, lot.number], lot


def generated(sessions, lots, patients):
    pattern = a_signed_session()
    products = list(Product.objects.order_by("code")[:8])
    made = many_lots(products, lots, NOW)
    many_sessions(pattern, sessions, made, patients=patients, random=Random(SEED))
    with connection.cursor() as cursor:
        # A database that grew over the years knows how it has grown.
        cursor.execute(
            "ANALYZE treatments_sessiondraw, treatments_signedsession, treatments_plannedsession,"
            " treatments_treatmentplan, treatments_appointment, patients_patient, cocktails_lot"
        )
    return made


def test_the_trace_is_what_the_records_say():
    lots = generated(300, 60, 40)
    same_as_brute_force(lots, lots)


@pytest.mark.slow
def test_the_trace_is_what_ten_thousand_records_say():
    lots = generated(10_000, 2_000, 1_250)
    same_as_brute_force(lots[::50], lots)


def test_a_session_that_the_trace_misses_is_found_by_the_comparison():
    """The negative control."""
    import pgtrigger

    lots = generated(60, 10, 20)
    with pgtrigger.ignore():
        SessionDraw.objects.filter(lot_key=lots[0].number_key).first().delete()
    with pytest.raises(AssertionError):
        same_as_brute_force(lots, lots)


# The lot, its vials, what was drawn from them; the draws of records; the records that are not
# signed, and their mixtures.
STATEMENTS = 6


def drawn_from_vials(lot, sessions):
    """So many sessions of the course, signed with this lot, and one more that is not."""
    *signed, last = [first_session(a_course()) for _each in range(sessions + 1)]
    for session in signed:
        ready_to_sign(session)
        sign(session)
    ready_to_sign(last)


@pytest.mark.slow
def test_the_statements_do_not_grow_with_the_sessions():
    """One session, one vial and one open record; then several of each."""
    a_course()
    lot = a_lot(a_vial_product("niacinamide-20"), "A-123", units=9)
    counts = []
    for sessions in (1, 6):
        drawn_from_vials(lot, sessions)
        with CaptureQueriesContext(connection) as asked:
            trace = queries.trace_of_lot(lot.pk)
        counts.append(len(asked))
    assert trace.session_count == 7
    assert len(trace.drafts) == 2
    assert len(trace.vials) > 1
    assert counts == [STATEMENTS, STATEMENTS]


def test_hundreds_of_sessions_are_read_with_the_statements_of_none():
    lots = generated(300, 4, 40)
    alone = a_lot("txa-50", "ALONE")
    with CaptureQueriesContext(connection) as none:
        queries.trace_of_lot(alone.pk)
    with CaptureQueriesContext(connection) as many:
        trace = queries.trace_of_lot(lots[0].pk)
    assert trace.session_count > 100
    assert len(many) == len(none)


def test_the_page_of_many_patients_asks_no_more_than_that_of_few(client):
    """A word of the page that the trace did not read would be asked for, patient by patient."""
    client.force_login(clinic.physician())
    lots = generated(300, 40, 40)
    reached = {len(queries.trace_of_lot(lot.pk).reached): lot for lot in lots}
    few, many = (reverse("tracing:lot", args=[reached[how(reached)].pk]) for how in (min, max))
    client.get(few)  # what only the first page of a log-in asks
    asked = []
    for page in (few, many):
        with CaptureQueriesContext(connection) as statements:
            assert client.get(page).status_code == 200
        asked.append(len(statements))
    assert max(reached) > min(reached) > 0
    assert asked[0] == asked[1]


def test_the_draws_are_found_by_index_and_the_records_are_not_read():
    lots = generated(300, 60, 40)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE treatments_sessiondraw")
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = queries.draws_of(lots[0].product_id, lots[0].number).explain()
    assert "draw_lot" in plan
    with CaptureQueriesContext(connection) as asked:
        queries.trace_of_lot(lots[0].pk)
    assert not any('"record"' in each["sql"] for each in asked.captured_queries)


def test_both_numbers_of_a_syringe_lead_to_its_patient():
    plan = a_course()
    session = first_session(plan)
    lot, saline = a_lot("niacinamide-20", "A-123"), a_lot(plan.cocktail.diluent, "SF-1")
    ready_to_sign(session)
    lots = [
        {"portion": 1, "lot": "A-123", "strength": "20"},
        {"portion": 0, "lot": "SF-1"},
    ]
    recorded(session, by=plan.physician, lots=lots)

    # Before the signature it stands apart.
    for each in (lot, saline):
        trace = queries.trace_of_lot(each.pk)
        assert trace.reached == []
        assert [draft.planned_session for draft in trace.drafts] == [session]
    signed = sign(session)

    for each in (lot, saline):
        trace = queries.trace_of_lot(each.pk)
        assert [reached.patient for reached in trace.reached] == [signed.patient]
        assert trace.drafts == []


def test_the_same_number_of_another_product_is_another_lot():
    plan = a_course()
    ready_to_sign(first_session(plan))
    other = a_lot("txa-50", "A-123")
    sign(first_session(plan))

    trace = queries.trace_of_lot(other.pk)

    assert (trace.reached, trace.drafts) == ([], [])


def test_a_number_written_by_hand_is_traced_and_still_is_when_the_lot_is_received():
    signed = a_signed_session()
    product = a_product("niacinamide-20")

    trace = queries.trace_of_number(product.pk, "a-123")
    assert [each.patient for each in trace.reached] == [signed.patient]
    assert queries.numbers_like(" a-123 ") == [(product, "A-123", None)]

    lot = a_lot(product, "A-123")
    assert queries.trace_of_lot(lot.pk).session_count == 1


def test_an_opened_vial_names_its_sessions():
    a_course()
    lot = a_lot(a_vial_product("niacinamide-20"), "A-123", units=1)
    sessions = [first_session(a_course()) for _each in range(2)]
    for session in sessions:
        ready_to_sign(session)
        sign(session)

    (use,) = queries.trace_of_lot(lot.pk).vials

    assert {each.session_id for each in use.sessions} == {each.pk for each in sessions}
    assert all(each.ended_at for each in use.sessions)


def test_a_session_that_only_the_stock_names_is_named_too():
    import pgtrigger

    a_course()
    lot = a_lot(a_vial_product("niacinamide-20"), "A-123", units=1)
    session = first_session(a_course())
    ready_to_sign(session)
    sign(session)
    with pgtrigger.ignore():
        SessionDraw.objects.all().delete()

    (use,) = queries.trace_of_lot(lot.pk).vials

    assert [each.patient for each in use.sessions] == [session.plan.patient]


def test_the_prepared_notice_names_no_product_and_no_illness():
    signed = a_signed_session()
    lot = a_lot("niacinamide-20", "A-123")
    trace = queries.trace_of_lot(lot.pk)

    (notice,) = notices(trace.reached)

    assert notice.patient == signed.patient
    assert notice.language == signed.patient.language
    for silent in ("A-123", "niacinamide", lot.product.name, "recall"):
        assert silent.casefold() not in notice.text.casefold()


@pytest.fixture
def manager(client):
    client.force_login(clinic.manager())
    client.cookies["django_language"] = "en"
    return client


def test_three_clicks_from_the_stock_to_everybody(manager):
    """Stock, the lot's trace: two; the notices open on the same screen."""
    signed = a_signed_session()
    lot = a_lot("niacinamide-20", "A-123")
    recall_lot(lot_id=lot.pk, reason="letter of the maker", by=clinic.manager(), now=NOW)

    stock = manager.get(reverse("stock:list")).content.decode()
    assert reverse("tracing:lot", args=[lot.pk]) in stock
    html = manager.get(reverse("tracing:lot", args=[lot.pk])).content.decode()

    assert signed.patient.full_name in html
    assert signed.patient.phone_for_reading in html
    assert "letter of the maker" in html
    assert "Nothing is sent by itself" in html
    # A manager reads no chart.
    assert reverse("chart", args=[signed.patient_id]) not in html
    entry = AuditEntry.objects.filter(verb="lot.traced").get()
    assert entry.detail == {"patients": 1, "sessions": 1}


def test_a_number_is_looked_up_by_typing_or_scanning(manager):
    a_signed_session()
    search = reverse("tracing:search")

    by_hand = manager.get(search, {"number": "(10)A-123"}).content.decode()
    assert "written by hand" in by_hand
    lot = a_lot("niacinamide-20", "A-123")
    assert manager.get(search, {"number": "A-123"}).url == reverse("tracing:lot", args=[lot.pk])
    assert "No lot" in manager.get(search, {"number": "ZZ"}).content.decode()
    assert manager.get(search, {"number": "(01)123(10)A"}).status_code == 422


@pytest.mark.parametrize(
    ("who", "status"),
    [(clinic.receptionist, 403), (clinic.nurse, 200), (clinic.physician, 200)],
)
def test_who_may_trace(client, who, status):
    lot = a_lot()
    client.force_login(who())
    assert client.get(reverse("tracing:lot", args=[lot.pk])).status_code == status
    assert client.get(reverse("stock:lot", args=[lot.pk])).status_code == status


def test_the_trace_of_what_is_not_there_is_not_found(manager):
    signed = a_signed_session()
    assert manager.get(reverse("tracing:lot", args=[signed.pk])).status_code == 404
    product = a_product("txa-50")
    address = reverse("tracing:number", args=[product.pk])
    assert manager.get(address).status_code == 404
    assert manager.get(address, {"number": "X\x00"}).status_code == 200


def test_expired_long_ago_and_used_up_a_lot_still_has_its_trace():
    signed = a_signed_session()
    lot = a_lot("niacinamide-20", "A-123", expires_on=NOW.date() + timedelta(days=1))
    type(lot).objects.filter(pk=lot.pk).update(expires_on=NOW.date() - timedelta(days=900))
    assert queries.trace_of_lot(lot.pk).reached[0].patient == signed.patient


def test_sessions_that_were_signed_before_lots_were_drawn_are_entered_from_their_records():
    """What migration 0010 does, over records of the second format."""
    from importlib import import_module

    import pgtrigger
    from django.apps import apps

    signed = a_signed_session()
    record = json.loads(signed.record)
    del record["prepared"]
    record["format"] = 2
    with pgtrigger.ignore():
        SignedSession.objects.update(record=json.dumps(record))
        SessionDraw.objects.all().delete()

    migration = import_module("treatments.migrations.0010_draws_and_adverse_events")
    migration.write_down_what_was_drawn(apps, None)

    product = a_product("niacinamide-20")
    (draw,) = SessionDraw.objects.all()
    assert (draw.product, draw.lot_key, draw.lot, draw.ml) == (product, "A-123", None, 1)
    trace = queries.trace_of_number(product.pk, "A-123")
    assert [each.patient for each in trace.reached] == [signed.patient]
