"""What a signed record holds: everything by its name, so that it can be read without the rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from clinic.amounts import plain
from clinic.staff.models import StaffMember
from cocktails.composition.models import Cocktail
from cocktails.composition.queries import mixture_of
from patients.consents.models import ConsentDecision
from patients.screening.models import FindingDecision, Screening
from treatments.plans.models import PlannedSession
from treatments.sessions.models import SessionDraft
from treatments.sessions.prepared import PreparedPortion
from treatments.sessions.queries import region_label

# 2: the consent is cited. 3: every lot with its expiry and where its number comes from, also the
# diluent's. 4: needle, depth, numbing and observation. What a record of each format must hold:
# treatments/sessions/verifying.py.
FORMAT = 4


def record_content(
    *,
    session: PlannedSession,
    draft: SessionDraft,
    screening: Screening,
    decisions: Sequence[FindingDecision],
    consent: ConsentDecision | None,
    prepared: Sequence[PreparedPortion],
    signer: StaffMember,
    now: datetime,
) -> dict[str, object]:
    """Return the complete record of a session. Changed data of tomorrow does not change it."""
    patient, plan, visit = session.plan.patient, session.plan, session.appointment
    return {
        "format": FORMAT,
        "patient": {
            "id": patient.pk,
            "number": patient.number,
            "full_name": patient.full_name,
            "born_on": patient.born_on,
            "sex": patient.sex,
        },
        "course": {"id": plan.pk, "session": session.number, "of": plan.session_count},
        "session_id": session.pk,
        "appointment": None
        if visit is None
        else {"id": visit.pk, "starts_at": visit.starts_at, "room": visit.room.name},
        "screening": {
            "id": screening.pk,
            "on": screening.on,
            "rule_set_version": screening.rule_set_version,
            "verdict": screening.verdict,
            "response": exact(screening.response),
            "decisions": [_decision(each) for each in decisions],
        },
        "consent": _consent(consent),
        **_what_was_done(draft),
        "numbing_since": visit.numbing_since if visit else None,
        "cocktail": _cocktail(plan.cocktail, prepared),
        "prepared": None
        if draft.prepared_at is None or draft.prepared_by is None
        else {"at": draft.prepared_at, "by": draft.prepared_by.display_name},
        "planned_physician": None
        if visit is None or visit.physician_id == signer.pk
        else {"id": visit.physician_id, "name": visit.physician.display_name},
        "signed_at": now,
        "signed_by": {
            "id": signer.pk,
            "name": signer.display_name,
            "certificate_number": signer.certificate_number,
            "certificate_expires_on": signer.certificate_expires_on,
        },
    }


def _what_was_done(draft: SessionDraft) -> dict[str, object]:
    """What the treatment room wrote down, beside the mixture."""
    return {
        "asepsis": {"antiseptic": draft.antiseptic, "gloves": draft.gloves},
        "anaesthetic_cream": {"kind": draft.anaesthetic_cream, "g": draft.cream_g},
        "technique": draft.technique,
        "device": draft.device,
        "needle": draft.needle,
        "depth_mm": draft.depth_mm,
        "regions": [
            {
                "region": entry["region"],
                "name": region_label(entry["region"], "en"),
                "points": entry["points"],
                "ml": Decimal(entry["ml"]),
            }
            for entry in draft.regions
        ],
        "reactions": list(draft.reactions),
        "pain": draft.pain,
        "observed_min": draft.observed_min,
        "note": draft.note,
        "started_at": draft.started_at,
        "ended_at": draft.ended_at,
    }


def exact(value: object) -> object:
    """The same JSON value without binary floats, which have no single written form."""
    match value:
        case float():
            return plain(Decimal(repr(value)))
        case Mapping():
            return {str(key): exact(each) for key, each in value.items()}
        case list() | tuple():
            return [exact(each) for each in value]
    return value


def _consent(decision: ConsentDecision | None) -> dict[str, Any] | None:
    """Which consent stood behind the session: the text as it was shown, by its digest."""
    if decision is None or decision.text is None:
        return None
    return {
        "id": decision.pk,
        "kind": decision.kind,
        "version": decision.text.version,
        "language": decision.text.language,
        "text_sha256": decision.text.sha256,
        # Of the text together with the lines about this course above it.
        "shown_sha256": decision.sha256,
        "decided_on": decision.decided_on,
    }


def _decision(decision: FindingDecision) -> dict[str, Any]:
    return {
        "rule": decision.rule,
        "target": decision.target,
        "severity": decision.severity,
        "reason": decision.reason,
        "decided_at": decision.decided_at,
        "decided_by": decision.decided_by.display_name,
        # Decided after the day of the session, before the signature.
        "late": decision.is_late,
    }


def _cocktail(
    cocktail: Cocktail | None, prepared: Sequence[PreparedPortion]
) -> dict[str, Any] | None:
    if cocktail is None:
        return None
    mixture = mixture_of(cocktail)
    return {
        "id": cocktail.pk,
        "total_ml": mixture.total_ml,
        "diluent": next(
            (
                {
                    "product": each.product.name,
                    "code": each.product.code,
                    "ml": each.drawn_ml,
                    **_lot(each),
                }
                for each in prepared
                if each.is_diluent
            ),
            None,
        ),
        "doses": [
            {
                "ingredient": each.ingredient,
                "drawn_mg": each.drawn_mg,
                "mg_per_ml": each.final_mg_per_ml,
            }
            for each in mixture.doses
        ],
        "portions": [
            {
                "position": each.position,
                "product": each.product.name,
                "code": each.product.code,
                "ingredient": each.product.ingredient_id,
                "ingredient_name": each.product.ingredient.name_en,
                "mg_per_ml": each.product.stock_mg_per_ml,
                "strength_read": each.strength_read,
                "drawn_ml": each.drawn_ml,
                **_lot(each),
            }
            for each in prepared
            if not each.is_diluent
        ],
    }


def _lot(each: PreparedPortion) -> dict[str, Any]:
    """The lot as it stood: of the stock, with its id and expiry, or a number written by hand."""
    return {
        "lot": each.on_shelf.lot.number if each.on_shelf else each.lot,
        "lot_id": each.on_shelf.lot.pk if each.on_shelf else None,
        "lot_expires_on": each.expires_on,
        "lot_source": each.source,
    }
