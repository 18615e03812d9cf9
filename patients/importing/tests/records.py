"""Small health records, written by hand."""

import json
from pathlib import Path
from typing import Any

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"


def concept(system: str = "", code: str = "", text: str = "") -> dict[str, Any]:
    coding = [{"system": system, "code": code, "display": text}] if code else []
    return {"coding": coding, "text": text}


def person(key: str = "p1", **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": key,
        "identifier": [{"system": "urn:clinic", "value": key}],
        "name": [{"use": "official", "family": "Işık509", "given": ["Ayşe"]}],
        "gender": "female",
        "birthDate": "1990-05-01",
    } | fields


def order(medicine: dict[str, Any], key: str = "m1", **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": key,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": medicine,
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2020-01-01T10:00:00Z",
    } | fields


def illness(condition: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": "c1",
        "code": condition,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "subject": {"reference": "Patient/p1"},
        "onsetDateTime": "2015-01-01",
    } | fields


def allergy(substance: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "code": substance,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "criticality": "low",
        "patient": {"reference": "Patient/p1"},
    } | fields


def bundle(folder: Path, *resources: dict[str, Any], name: str = "record.json") -> Path:
    path = folder / name
    entries = [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in resources]
    document = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return path


def lines(folder: Path, *resources: dict[str, Any], name: str = "record.ndjson") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(r) + "\n" for r in resources), encoding="utf-8")
    return path
