"""Contents: the tables about patients."""

from patients.intake.models import Answer, ListedAllergy, ListedMedication, ListedProcedure
from patients.links.models import PatientLink
from patients.records.models import Patient
from patients.screening.models import FindingDecision, Screening

__all__ = [
    "Answer", "FindingDecision", "ListedAllergy", "ListedMedication", "ListedProcedure", "Patient",
    "PatientLink", "Screening",
]  # fmt: skip
