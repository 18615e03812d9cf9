"""FHIR R4 resources, reduced to the few facts that the import reads.

Pure. A resource becomes a small plain value that can wait on disk until the person it belongs to is
put together: bulk exports bring each kind in its own file. References are compared by their last
part, so that `urn:uuid:x`, `Patient/x` and `https://server/fhir/Patient/x` are the same person.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from patients.importing.coded import (
    Coding,
    Concept,
    Illness,
    ImportedPerson,
    Intolerance,
    Order,
    system_of,
)

Resource = Mapping[str, Any]
Fact = dict[str, Any]

PATIENT, MEDICINE = "Patient", "Medication"
READ_TYPES = frozenset(
    {
        PATIENT, MEDICINE, "MedicationRequest", "MedicationStatement", "Condition",
        "AllergyIntolerance", "Observation",
    }
)  # fmt: skip
_ORDERS = frozenset({"MedicationRequest", "MedicationStatement"})
# LOINC: pregnancy status, tobacco smoking status; SNOMED CT answers that say yes.
_PREGNANCY_STATUS = frozenset({"82810-3", "11449-6"})
_SMOKING_STATUS = frozenset({"72166-2"})
_FINDINGS = frozenset({"77386006", "72892002", "449868002", "77176002", "428041000124106"})


class UnreadableRecord(ValueError):
    """A resource that cannot be what it says it is. `field` is the element to look at."""

    def __init__(self, field: str, said: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.said = said
        self.problem = problem


def key_of(reference: object) -> str:
    """Return the last part of a reference; empty where there is none."""
    text = reference.get("reference") if isinstance(reference, Mapping) else reference
    if not isinstance(text, str):
        return ""
    text = text.split("/_history/")[0]
    return text.removeprefix("urn:uuid:").removeprefix("urn:oid:").rsplit("/", 1)[-1]


def patient_reference(resource: Resource) -> str:
    subject = resource.get("subject") or resource.get("patient") or {}
    if not isinstance(subject, Mapping):
        return ""
    identifier = subject.get("identifier")
    if not subject.get("reference") and isinstance(identifier, Mapping):
        return f"?{_text(identifier.get('system'))}|{_text(identifier.get('value'))}"
    reference = _text(subject.get("reference"))
    if "?identifier=" in reference:
        return "?" + reference.partition("?identifier=")[2]
    return key_of(reference)


def reduce(resource: Resource) -> Fact | None:
    """Return the facts of a resource as plain JSON, or None where the import reads nothing of it."""
    kind = resource.get("resourceType")
    if kind == PATIENT:
        return _patient(resource)
    if kind == MEDICINE:
        return {"medicine": _concept(resource.get("code"))}
    if kind in _ORDERS:
        return _order(resource)
    if kind == "Condition":
        return _condition(resource)
    if kind == "AllergyIntolerance":
        return _allergy(resource)
    return _observation(resource) if kind == "Observation" else None


# -- reducing


def _patient(resource: Resource) -> Fact:
    born = _text(resource.get("birthDate"))
    if born and _day(born) is None:
        raise UnreadableRecord("birthDate", born, "is not a date")
    return {
        "name": _name(resource.get("name")),
        "born": born,
        "sex": {"female": "F", "male": "M"}.get(_text(resource.get("gender")), "X"),
        "phone": _contact(resource, "phone"),
        "email": _contact(resource, "email"),
        "language": _language(resource),
        "died": _text(resource.get("deceasedDateTime"))
        or ("?" if resource.get("deceasedBoolean") is True else ""),
        "identifiers": [
            [_text(one.get("system")), _text(one.get("value"))]
            for one in _list(resource.get("identifier"))
            if _text(one.get("value"))
        ],
    }


def _name(names: object) -> str:
    official = sorted(_list(names), key=lambda name: name.get("use") not in ("official", "usual"))
    for name in official:
        given = [part for part in name.get("given") or () if isinstance(part, str)]
        whole = " ".join([*given, _text(name.get("family"))]).strip()
        if whole or _text(name.get("text")):
            return whole or _text(name.get("text"))
    return ""


def _contact(resource: Resource, system: str) -> str:
    found = [
        _text(one.get("value"))
        for one in _list(resource.get("telecom"))
        if one.get("system") == system and one.get("use") != "old"
    ]
    return next((value for value in found if value), "")


def _language(resource: Resource) -> str:
    for spoken in _list(resource.get("communication")):
        for coding in _list((spoken.get("language") or {}).get("coding")):
            if _text(coding.get("code")):
                return _text(coding.get("code"))
    return ""


def _order(resource: Resource) -> Fact:
    periods = list(_periods(resource))
    starts = [_text(period.get("start")) for period in periods if period.get("start")]
    ends = [_text(period.get("end")) for period in periods if period.get("end")]
    replaces = [key_of(resource.get("priorPrescription"))]
    replaces += [key_of(one) for one in _list(resource.get("replaces"))]
    doses = _list(resource.get("dosageInstruction")) or _list(resource.get("dosage"))
    return {
        "key": _text(resource.get("id")),
        "medicine": _concept(resource.get("medicationCodeableConcept")),
        "of": _medicine_reference(resource),
        "contained": _contained_medicine(resource),
        "status": _text(resource.get("status")),
        "intent": _text(resource.get("intent")) or "order",
        "authored": _text(resource.get("authoredOn")) or _text(resource.get("dateAsserted")),
        "starts": min(starts, default=_text(resource.get("effectiveDateTime"))),
        "ends": min(ends, default=""),
        "replaces": [key for key in replaces if key],
        "as_needed": any(
            dose.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dose
            for dose in doses
        ),
        "never": resource.get("doNotPerform") is True,
    }


def _periods(resource: Resource) -> Iterator[Mapping[str, Any]]:
    """Where an order says from when to when it holds."""
    effective = resource.get("effectivePeriod")
    if isinstance(effective, Mapping):
        yield effective
    dispense = resource.get("dispenseRequest")
    validity = dispense.get("validityPeriod") if isinstance(dispense, Mapping) else None
    if isinstance(validity, Mapping) and validity.get("end"):
        # Its start is when it may first be dispensed, not when it was first taken.
        yield {"end": validity["end"]}
    for dose in _list(resource.get("dosageInstruction")) + _list(resource.get("dosage")):
        timing = dose.get("timing")
        repeat = timing.get("repeat") if isinstance(timing, Mapping) else None
        bounds = repeat.get("boundsPeriod") if isinstance(repeat, Mapping) else None
        if isinstance(bounds, Mapping):
            yield bounds


def _medicine_reference(resource: Resource) -> str:
    return key_of(resource.get("medicationReference")).removeprefix("#")


def _contained_medicine(resource: Resource) -> Fact | None:
    wanted = _medicine_reference(resource)
    for inner in _list(resource.get("contained")):
        if inner.get("resourceType") == MEDICINE and inner.get("id") == wanted:
            return _concept(inner.get("code"))
    return None


def _condition(resource: Resource) -> Fact:
    onset = resource.get("onsetPeriod")
    began = _text(resource.get("onsetDateTime")) or (
        _text(onset.get("start")) if isinstance(onset, Mapping) else ""
    )
    abated = resource.get("abatementPeriod")
    ended = _text(resource.get("abatementDateTime")) or (
        _text(abated.get("end")) if isinstance(abated, Mapping) else ""
    )
    return {
        "condition": _concept(resource.get("code")),
        "clinical": _first_code(resource.get("clinicalStatus")),
        "verification": _first_code(resource.get("verificationStatus")),
        "began": began or _text(resource.get("recordedDate")),
        "ended": ended,
        "over": resource.get("abatementBoolean") is True
        or any(name in resource for name in ("abatementString", "abatementAge", "abatementRange")),
    }


def _allergy(resource: Resource) -> Fact:
    reactions = _list(resource.get("reaction"))
    said = [_shown(one) for each in reactions for one in _list(each.get("manifestation"))]
    severities = [_text(each.get("severity")) for each in reactions]
    substance = _concept(resource.get("code"))
    if substance is None:
        substances = [_concept(each.get("substance")) for each in reactions]
        substance = next((one for one in substances if one), None)
    order = ("mild", "moderate", "severe")
    worst = max((s for s in severities if s in order), key=order.index, default="")
    return {
        "substance": substance,
        "clinical": _first_code(resource.get("clinicalStatus")),
        "verification": _first_code(resource.get("verificationStatus")),
        "criticality": _text(resource.get("criticality")),
        "severity": worst,
        "reaction": ", ".join(dict.fromkeys(filter(None, said))),
        "began": _text(resource.get("onsetDateTime")) or _text(resource.get("recordedDate")),
    }


def _observation(resource: Resource) -> Fact | None:
    """Pregnancy and smoking are often noted as observations: read as what they say is there."""
    codes = {coding.get("code") for coding in _list((resource.get("code") or {}).get("coding"))}
    if not codes & (_PREGNANCY_STATUS | _SMOKING_STATUS):
        return None
    value = _concept(resource.get("valueCodeableConcept"))
    if not value or not {code for _, code, _ in value["codings"]} & _FINDINGS:
        return None
    return {
        "condition": value,
        "clinical": "active",
        "verification": _text(resource.get("status")) or "final",
        "began": _text(resource.get("effectiveDateTime")) or _text(resource.get("issued")),
        "ended": "",
        "over": False,
    }


def _concept(raw: object) -> Fact | None:
    if not isinstance(raw, Mapping):
        return None
    codings = [
        [system_of(_text(one.get("system"))), _text(one.get("code")), _text(one.get("display"))]
        for one in _list(raw.get("coding"))
        if one.get("code") or one.get("display")
    ]
    text = _text(raw.get("text"))
    return {"codings": codings, "text": text} if codings or text else None


def _shown(raw: Mapping[str, Any]) -> str:
    concept = _concept(raw)
    if not concept:
        return ""
    return concept["text"] or next((d for _, _, d in concept["codings"] if d), "")


def _first_code(raw: object) -> str:
    if not isinstance(raw, Mapping):
        return _text(raw)
    for coding in _list(raw.get("coding")):
        if _text(coding.get("code")):
            return _text(coding.get("code"))
    return _text(raw.get("text")).lower()


def _list(raw: object) -> list[Mapping[str, Any]]:
    return [one for one in raw if isinstance(one, Mapping)] if isinstance(raw, list) else []


def _text(raw: object) -> str:
    return raw.strip() if isinstance(raw, str) else ""


# -- putting together


def person_of(
    identifier: str,
    patient: Fact,
    facts: Sequence[tuple[str, Fact]],
    medicines: Mapping[str, Fact],
    place: str = "",
) -> ImportedPerson:
    """Put one person together from the facts that refer to it."""
    orders, illnesses, intolerances = [], [], []
    for n, (kind, fact) in enumerate(facts):
        if kind in _ORDERS:
            orders.append(_as_order(fact, n, medicines))
        elif kind == "AllergyIntolerance":
            intolerances.append(_as_intolerance(fact))
        else:
            illnesses.append(_as_illness(fact))
    return ImportedPerson(
        identifier=identifier,
        name=patient["name"],
        born=_day(patient["born"]),
        sex=patient["sex"],
        phone=patient["phone"],
        email=patient["email"],
        language=patient["language"],
        died=patient["died"][:10],
        identifiers=tuple((system, value) for system, value in patient["identifiers"]),
        orders=tuple(orders),
        illnesses=tuple(illnesses),
        intolerances=tuple(intolerances),
        place=place,
    )


def medicine_keys(facts: Sequence[tuple[str, Fact]]) -> set[str]:
    """Which Medication resources these facts refer to."""
    return {fact["of"] for kind, fact in facts if kind in _ORDERS and fact["of"]}


def _as_order(fact: Fact, n: int, medicines: Mapping[str, Fact]) -> Order:
    medicine = fact["medicine"] or fact["contained"]
    if not medicine and fact["of"] in medicines:
        medicine = medicines[fact["of"]].get("medicine")
    return Order(
        key=fact["key"] or f"#{n}",
        medicine=_as_concept(medicine),
        status=fact["status"],
        intent=fact["intent"],
        authored=_day(fact["authored"]),
        starts=_day(fact["starts"]),
        ends=_day(fact["ends"], latest=True),
        replaces=tuple(fact["replaces"]),
        as_needed=fact["as_needed"],
        never_taken=fact["never"],
    )


def _as_illness(fact: Fact) -> Illness:
    return Illness(
        condition=_as_concept(fact["condition"]),
        clinical=fact["clinical"],
        verification=fact["verification"],
        began=_day(fact["began"]),
        ended=_day(fact["ended"], latest=True),
        over=fact["over"],
    )


def _as_intolerance(fact: Fact) -> Intolerance:
    return Intolerance(
        substance=_as_concept(fact["substance"]),
        clinical=fact["clinical"],
        verification=fact["verification"],
        criticality=fact["criticality"],
        severity=fact["severity"],
        reaction=fact["reaction"],
        began=_day(fact["began"]),
    )


def _as_concept(raw: Fact | None) -> Concept:
    if not raw:
        return Concept()
    codings = tuple(
        Coding(system_of(system), code, display) for system, code, display in raw["codings"]
    )
    return Concept(codings, raw["text"])


_MONTHS_WITH_30 = frozenset({4, 6, 9, 11})


def _day(text: str, *, latest: bool = False) -> date | None:
    """Read a FHIR date: 2019, 2019-05, 2019-05-31 or with a time. `latest`: the end of its span."""
    parts = text[:10].split("-")
    try:
        year = int(parts[0])
        month = int(parts[1]) if len(parts) > 1 else (12 if latest else 1)
        day = int(parts[2]) if len(parts) > 2 else (_last_of(year, month) if latest else 1)
        return date(year, month, day)
    except ValueError:
        return None


def _last_of(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in _MONTHS_WITH_30 else 31
