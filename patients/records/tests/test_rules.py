"""Names, birth dates and telephone numbers: what is read, and what is refused with which words."""

from datetime import date

import pytest
from django.utils import translation

from patients.records import rules

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _words_in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0532 123 45 67", "+905321234567"),
        ("532 123 45 67", "+905321234567"),
        ("(0532) 123-45-67", "+905321234567"),
        ("90 532 123 45 67", "+905321234567"),
        ("+90 0532 123 45 67", "+905321234567"),
        ("0212 000 00 00", "+902120000000"),
        ("+49 30 123456", "+4930123456"),
        ("0049 30 123456", "+4930123456"),
        ("０５３２１２３４５６７", "+905321234567"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_telephone_number_is_stored_in_one_way(typed, stored):
    assert rules.normal_phone(typed) == stored
    assert rules.normal_phone(stored) == stored


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0532 CALL ME", "no letters"),
        ("0532 123 45 6", "ten digits"),
        ("0900 123 45 67", "ten digits"),
        ("155", "ten digits"),
        ("+49 12", "too few"),
        ("+1234567890123456", "too few or too many"),
        ("0532#1234567", "Only digits"),
        ("٠٥٣٢١٢٣٤٥٦٧", "Only digits"),
    ],
)
def test_what_is_no_telephone_number_is_refused_in_words(typed, words):
    with pytest.raises(rules.UnreadableIdentity, match=words):
        rules.normal_phone(typed)


def test_a_turkish_number_is_read_out_with_gaps_and_a_foreign_one_as_it_is():
    assert rules.phone_for_reading("+905321234567") == "0532 123 45 67"
    assert rules.phone_for_reading("+4930123456") == "+4930123456"


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\u2066", "\ufeff", "\x07", "\u2028", "\n"])
def test_a_name_with_an_invisible_character_is_refused(sign):
    with pytest.raises(rules.UnreadableIdentity, match="invisible"):
        rules.tidy_name(f"Ayşe{sign}Işık")


def test_names_of_many_scripts_are_kept_with_single_spaces():
    for name in ("Işık Çağlar", "Мария Иванова", "مريم الأحمد", "Zoë d'Arc-O’Neil", "김민지"):
        assert rules.tidy_name(f"  {name.replace(' ', '   ')} ") == name


def test_a_name_needs_a_letter():
    with pytest.raises(rules.UnreadableIdentity, match="name"):
        rules.tidy_name(" 12 - ")


def test_a_birth_date_is_neither_tomorrow_nor_more_than_120_years_ago():
    rules.check_birth_date(TODAY, today=TODAY)
    rules.check_birth_date(date(1905, 11, 24), today=TODAY)
    with pytest.raises(rules.UnreadableIdentity, match="future"):
        rules.check_birth_date(date(2026, 11, 24), today=TODAY)
    with pytest.raises(rules.UnreadableIdentity, match="over 120"):
        rules.check_birth_date(date(1905, 11, 23), today=TODAY)


def test_somebody_born_on_29_february_is_a_year_older_on_the_first_of_march():
    assert rules.completed_years(date(2000, 2, 29), date(2026, 2, 28)) == 25
    assert rules.completed_years(date(2000, 2, 29), date(2026, 3, 1)) == 26
