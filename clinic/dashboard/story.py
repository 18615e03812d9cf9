"""What stands in a patient's file, as far as one page shows it: one statement, however long the story.

A page of the history costs the same whether a patient came ten times or a hundred: each kind of event
is read from its newest, and no further than the page reaches.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from patients.importing.merging import DECEASED
from patients.records.models import Patient

PAGE = 12  # events

# Kinds of row; an event of the history is one of "registered", "visit", "analysis", "signed".
_COLUMNS = "what, at, id, kind, state, number, every, who, words, other_words, amount, day"
# Which of the standing sessions of its course: numbers are never used again (place_in_course).
_PLACE = """(
    SELECT count(*)::int FROM treatments_plannedsession other
    WHERE other.plan_id = session.plan_id AND other.number <= session.number
        AND other.state <> 'cancelled'
)"""
_STATEMENT = f"""
WITH plan AS (
    SELECT * FROM treatments_treatmentplan WHERE patient_id = %(patient)s
    ORDER BY set_at DESC LIMIT 1
), analysis AS (
    SELECT * FROM treatments_skinanalysis WHERE patient_id = %(patient)s AND %(clinical)s
), cocktail AS (
    SELECT id FROM cocktails_cocktail WHERE patient_id = %(patient)s
    ORDER BY composed_at DESC LIMIT 1
), event AS (
    SELECT 1 AS place, 'registered' AS what, %(registered)s::timestamptz AS at, NULL::uuid AS id,
        NULL::text AS kind, NULL::text AS state, NULL::int AS number
    UNION ALL
    (SELECT 2, 'visit', starts_at, id, kind, state, NULL FROM treatments_appointment
     WHERE patient_id = %(patient)s AND state IN ('done', 'missed', 'cancelled')
     ORDER BY starts_at DESC, id LIMIT %(reach)s)
    UNION ALL
    (SELECT 3, 'analysis', recorded_at, id, NULL, NULL, NULL FROM analysis
     ORDER BY recorded_at DESC, id LIMIT %(reach)s)
    UNION ALL
    (SELECT 4, 'signed', signed_at, planned_session_id, NULL, NULL, {_PLACE}
     FROM treatments_signedsession signed
     JOIN treatments_plannedsession session ON session.id = signed.planned_session_id
     WHERE signed.patient_id = %(patient)s AND %(clinical)s
     ORDER BY signed_at DESC, session.number LIMIT %(reach)s)
), line AS (
    (SELECT 'event ' || what AS what, at, id, kind, state, number, NULL::int AS every,
        NULL::text AS who, NULL::text AS words, NULL::text AS other_words, NULL::numeric AS amount,
        NULL::date AS day, row_number() OVER (ORDER BY at DESC, place, number, id) AS place
     FROM event ORDER BY at DESC, place, number, id OFFSET %(skip)s LIMIT %(shown)s)
    UNION ALL
    SELECT 'coming', visit.starts_at, visit.id, visit.kind, visit.state,
        CASE WHEN session.id IS NOT NULL THEN {_PLACE} END, NULL,
        btrim(physician.title || ' ' || physician.full_name), room.name, NULL, NULL, NULL,
        row_number() OVER (ORDER BY visit.starts_at)
    FROM treatments_appointment visit
    JOIN clinic_staffmember physician ON physician.id = visit.physician_id
    JOIN clinic_room room ON room.id = visit.room_id
    LEFT JOIN treatments_plannedsession session ON session.appointment_id = visit.id
    WHERE visit.patient_id = %(patient)s AND visit.ends_at >= %(now)s
        AND visit.state IN ('booked', 'confirmed')
    UNION ALL
    SELECT 'plan', NULL, plan.id, NULL, plan.state, plan.session_count, plan.interval_days,
        btrim(physician.title || ' ' || physician.full_name), plan.hold_reason, NULL, NULL, NULL, 0
    FROM plan JOIN clinic_staffmember physician ON physician.id = plan.physician_id
    UNION ALL
    SELECT 'session', NULL, session.id, NULL, session.state, session.number, NULL,
        NULL, NULL, NULL, NULL, NULL, session.number
    FROM plan JOIN treatments_plannedsession session ON session.plan_id = plan.id
    UNION ALL
    (SELECT 'newest analysis', NULL, id, NULL, NULL, NULL, NULL, NULL, phototype, NULL, mmasi,
        analysed_on, 0
     FROM analysis ORDER BY analysed_on DESC, recorded_at DESC LIMIT 1)
    UNION ALL
    (SELECT 'first analysis', NULL, id, NULL, NULL, NULL, NULL, NULL, phototype, NULL, mmasi,
        analysed_on, 0
     FROM analysis ORDER BY analysed_on, recorded_at LIMIT 1)
    UNION ALL
    SELECT 'portion', NULL, NULL, NULL, NULL, NULL, NULL, NULL, named.name_en, named.name_tr,
        portion.drawn_ml, NULL, portion.position
    FROM cocktail JOIN cocktails_cocktailportion portion ON portion.cocktail_id = cocktail.id
    JOIN cocktails_product product ON product.id = portion.product_id
    JOIN cocktails_ingredient named ON named.slug = product.ingredient_id
    WHERE %(clinical)s
    UNION ALL
    SELECT 'has intake', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
    WHERE EXISTS (SELECT 1 FROM patients_answer WHERE patient_id = %(patient)s)
    UNION ALL
    SELECT 'has analysis', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
    WHERE EXISTS (SELECT 1 FROM treatments_skinanalysis WHERE patient_id = %(patient)s)
    UNION ALL
    SELECT 'has cocktail', NULL, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
    FROM cocktail
    UNION ALL
    SELECT 'allergy', NULL, id, NULL, NULL, NULL, NULL, NULL, text, NULL, NULL, NULL,
        row_number() OVER (ORDER BY recorded_at)
    FROM patients_listedallergy
    WHERE patient_id = %(patient)s AND removed_at IS NULL AND %(clinical)s
    UNION ALL
    SELECT 'elsewhere', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
    WHERE %(clinical)s
        AND EXISTS (SELECT 1 FROM patients_importedidentity WHERE patient_id = %(patient)s)
    UNION ALL
    SELECT 'died', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
    WHERE EXISTS (
        SELECT 1 FROM patients_importedfact WHERE patient_id = %(patient)s AND key = %(died)s
    )
)
SELECT {_COLUMNS} FROM line ORDER BY split_part(what, ' ', 1) = 'event', place
"""  # noqa: S608  (the names of the columns are ours, and what differs is a parameter)


class Row(NamedTuple):
    """One thing that is known; which fields it has depends on what it is."""

    what: str
    at: datetime
    id: UUID
    kind: str
    state: str
    number: int | None
    every: int
    who: str
    words: str
    other_words: str
    amount: Decimal | None
    day: date


class Story(NamedTuple):
    rows: Mapping[str, Sequence[Row]]
    events: Sequence[Row]  # the newest first
    has_earlier: bool

    def one(self, what: str) -> Row | None:
        return next(iter(self.all(what)), None)

    def all(self, what: str) -> Sequence[Row]:
        return self.rows.get(what, ())

    def has(self, what: str) -> bool:
        return bool(self.all(f"has {what}"))


def story_of(patient: Patient, *, clinical: bool, now: datetime, page: int) -> Story:
    """`clinical`: with what only those may read who treat. `page`: of the history, from 1."""
    skip = (page - 1) * PAGE
    said: dict[str, Any] = {
        "patient": patient.pk,
        "registered": patient.registered_at,
        "clinical": clinical,
        "now": now,
        "died": DECEASED,
        "skip": skip,
        "shown": PAGE + 1,  # one more says that there are earlier ones
        "reach": skip + PAGE + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, said)
        found = [Row._make(row) for row in cursor.fetchall()]
    rows: dict[str, list[Row]] = defaultdict(list)
    events = []
    for row in found:
        if row.what.startswith("event "):
            events.append(row._replace(what=row.what.removeprefix("event ")))
        else:
            rows[row.what].append(row)
    return Story(rows, events[:PAGE], len(events) > PAGE)
