"""Many signed sessions at once: rows of the same shape as real ones, under the same constraints."""

import json
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from cocktails.catalogue.models import Product
from cocktails.stock.models import Lot
from cocktails.stock.rules import number_key
from patients.records.models import Patient
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import SessionState
from treatments.sessions.models import SessionDraw, SignedSession

BATCH = 2000


def many_lots(products: list[Product], count: int, on: datetime) -> list[Lot]:
    rows = [
        Lot(
            product=products[number % len(products)],
            # Every number exists of several products: a number alone says nothing.
            number=f"L{number // len(products):04}",
            number_key=f"L{number // len(products):04}",
            expires_on=on.date() + timedelta(days=300),
            unit_ml=products[number % len(products)].ampoule_ml,
        )
        for number in range(count)
    ]
    return Lot.objects.bulk_create(rows, batch_size=BATCH)


def many_sessions(
    pattern: SignedSession,
    count: int,
    lots: list[Lot],
    *,
    patients: int,
    random: Random,
    first: int = 100_000,
) -> None:
    """Copies of one signed session for other patients, each with one to four random lots."""
    session = pattern.planned_session
    plan = session.plan
    crowd = [_patient(plan.patient, first + number) for number in range(patients)]
    Patient.objects.bulk_create(crowd, batch_size=BATCH)
    plans = [_copy(plan, TreatmentPlan, patient=each, set_at=plan.set_at) for each in crowd]
    TreatmentPlan.objects.bulk_create(plans, batch_size=BATCH)
    planned, signed, draws = [], [], []
    for number in range(count):
        own = plans[number % patients]
        row = _copy(
            session,
            PlannedSession,
            plan=own,
            number=number // patients + 1,
            # A done one needs its visit, which the trace does not ask for.
            state=SessionState.PLANNED,
            appointment=None,
        )
        planned.append(row)
        used = random.sample(lots, random.randint(1, 4))
        record = _record(used)
        signed.append(
            SignedSession(
                planned_session=row,
                patient=own.patient,
                record=json.dumps(record),
                sha256=f"{number:064x}",
                previous_sha256=f"{number + count:064x}",
                ended_at=pattern.ended_at - timedelta(minutes=number),
                signed_by=pattern.signed_by,
                signed_at=pattern.signed_at - timedelta(minutes=number),
            )
        )
        draws += [
            SessionDraw(
                signed_session=signed[-1],
                product=lot.product,
                position=position,
                # Every seventh was written by hand.
                lot=None if (number + position) % 7 == 0 else lot,
                lot_number=lot.number,
                lot_key=number_key(lot.number),
                ml=1,
            )
            for position, lot in enumerate(used)
        ]
    PlannedSession.objects.bulk_create(planned, batch_size=BATCH)
    SignedSession.objects.bulk_create(signed, batch_size=BATCH)
    SessionDraw.objects.bulk_create(draws, batch_size=BATCH)


def _record(used: list[Lot]) -> dict[str, object]:
    """What a brute-force scan reads: position 0 is the diluent."""
    diluent, *portions = used
    return {
        "cocktail": {
            "diluent": {"code": diluent.product.code, "lot": diluent.number},
            "portions": [{"code": lot.product.code, "lot": lot.number} for lot in portions],
        }
    }


def _patient(like: Patient, number: int) -> Patient:
    patient = Patient(
        number=number,
        registered_at=like.registered_at,
        full_name=f"Hasta {number}",
        born_on=like.born_on,
        sex=like.sex,
        phone="",
        email="",
        language="tr",
        reminders="paper",
    )
    patient.set_keys()
    return patient


def _copy(row, model, **fields):
    values = {
        field.attname: getattr(row, field.attname)
        for field in model._meta.concrete_fields
        if not field.primary_key
    }
    copied = model(**{"id": uuid4()} | values)
    for name, value in fields.items():
        setattr(copied, name, value)
    return copied
