import pytest


@pytest.fixture(autouse=True)
def _no_page_of_visits(monkeypatch):
    """The letter after a booking belongs to a later slice; here only what reminds is counted."""
    monkeypatch.setattr("treatments.patient_side.owing.visits_of", lambda _patient, _now: [])
