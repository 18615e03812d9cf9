"""What others' code says of passwords is said in our word."""

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.password_validation import get_default_password_validators
from django.core.exceptions import ValidationError
from django.utils import translation

from clinic import catalogs
from clinic.staff import borrowed_words
from clinic.staff.models import StaffMember
from clinic.tests.test_translations import compiled  # noqa: F401


@pytest.mark.usefixtures("compiled")
def test_a_password_has_one_word_in_turkish():
    member = StaffMember(email="lale.demir@example.com")
    refused_by = {"Similarity": member.email, "MinimumLength": "kisa", "Common": "password"}
    said = []
    with translation.override("tr"):
        for rule in get_default_password_validators():
            said.append(str(rule.get_help_text()))
            tried = next(word for kind, word in refused_by.items() if kind in type(rule).__name__)
            with pytest.raises(ValidationError) as refused:
                rule.validate(tried, member)
            said += refused.value.messages
    assert len(said) == 6
    assert [text for text in said if "parola" in text.casefold()] == []
    assert [text for text in said if "şifre" not in text.casefold()] == []


def test_the_sign_in_library_still_says_what_our_catalogue_answers():
    with translation.override("en"):
        theirs = {str(text) for text in DefaultAccountAdapter.error_messages.values()}
        ours = {str(text) for text in borrowed_words.OF_THE_SIGN_IN}
    assert ours - theirs <= {"You must type the same password each time."}


def test_the_borrowed_words_are_wanted():
    # What nobody asks for is dropped from the catalogue, so what stands there is asked for.
    wanted = {message.id for message in catalogs.read("tr") if isinstance(message.id, str)}
    assert {"This password is too common.", "Incorrect password."} <= wanted
