import string
from itertools import chain

import pytest

from treatments.aftercare import facts
from treatments.aftercare.rules import DurationTooShort, check_duration
from treatments.aftercare.terms import AdviceGroup, Urgency

EVERYTHING = list(chain(facts.advice(), facts.normal_course(), facts.red_flags()))


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_ids_are_unique():
    assert len({each.id for each in EVERYTHING}) == len(EVERYTHING)


@pytest.mark.parametrize("advice", EVERYTHING, ids=lambda each: each.id)
def test_each_line_reads_in_both_languages_and_says_where_it_comes_from(advice):
    for language in ("en", "tr"):
        words = advice.words(language)
        assert words
        assert "{" not in words
    assert placeholders(advice.en) == placeholders(advice.tr)
    assert all(advice.sources)


@pytest.mark.parametrize("advice", EVERYTHING, ids=lambda each: each.id)
def test_no_duration_is_below_its_own_minimum(advice):
    check_duration(advice, advice.duration_hours)


@pytest.mark.parametrize("id_", ["makeup", "sun"])
def test_the_founding_minimum_is_24_hours(id_):
    [advice] = [each for each in facts.advice() if each.id == id_]

    with pytest.raises(DurationTooShort):
        check_duration(advice, 23)


def test_a_text_that_names_hours_names_the_ones_that_hold():
    for advice in EVERYTHING:
        if "{hours}" in advice.en or "{days}" in advice.en:
            assert advice.duration_hours is not None


def test_each_warning_sign_says_how_urgent_it_is():
    for flag in facts.red_flags():
        assert flag.group is AdviceGroup.RED_FLAG
        assert flag.urgency is not None


def test_an_emergency_names_the_number_and_a_call_at_once_names_the_way_out():
    for flag in facts.red_flags():
        if flag.urgency is Urgency.AT_ONCE:
            assert "emergency" in flag.en
            assert "acile" in flag.tr
        if flag.urgency is Urgency.EMERGENCY:
            assert "999" in flag.words("en", emergency="999") or "emergency" in flag.en


@pytest.mark.parametrize(
    ("id_", "language", "words"),
    [
        ("rf_white", "en", "call us at once; no answer or outside opening hours: go to emergency"),
        ("rf_white", "tr", "hemen bizi arayın; ulaşamazsanız ya da mesai dışındaysa acile gidin"),
        ("rf_numb", "tr", "Dudaklarda morarma ya da grileşme"),
        ("rf_breath", "tr", "yaygın kurdeşen"),
        ("n_bumps", "tr", "küçük kabarıklıklar"),
        ("n_bruise", "en", "7 to 14 days"),
        ("retinoid", "en", "ask us first if a doctor prescribed the cream"),
        ("bloodthin", "en", "no allergy or liver disease"),
        ("sunscreen", "en", "with clean hands"),
        ("sunscreen_amount", "tr", "iki şerit"),
        ("sleep", "tr", "olacak şekilde"),
    ],
)
def test_the_corrections_of_the_second_reading_are_in(id_, language, words):
    [advice] = [each for each in EVERYTHING if each.id == id_]

    assert words in advice.words(language)


def test_the_frame_of_the_sheet_is_the_same_in_both_languages():
    keys = facts._file()["sheet_lines"]
    for key in keys:
        english, turkish = facts.sheet_line(key, "en"), facts.sheet_line(key, "tr")
        assert english != turkish
        assert placeholders(english) == placeholders(turkish)
    assert "water" in placeholders(facts.sheet_line("until", "tr"))


def test_no_line_promises_an_effect():
    for advice in EVERYTHING:
        for word in ("%", "permanent", "kalıcı", "removes", "guarantee", "garanti"):
            assert word not in advice.en + advice.tr
