"""What the form of a consent's text says."""

from django.utils import translation

from patients.consents.forms import TextForm


def test_a_missing_reason_is_asked_for_in_the_readers_language():
    with translation.override("en"):
        assert TextForm({}).errors["reason"] == ["Write the reason in at least 10 characters."]
    with translation.override("tr"):
        assert TextForm({}).errors["reason"] == ["Gerekçeyi en az 10 karakterle yazın."]
