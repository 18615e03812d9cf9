"""Substances by their Turkish names: shown, typed and understood, and never another's."""

from collections import Counter

import pytest

from patients.screening.labels import CLASS_ROW, substance_words
from patients.screening.tests.cases import V2
from patients.screening.tests.test_names_missed import in_turkish_capitals, without_marks

SUBSTANCES = [inn for inn in V2.substances if not inn.startswith(CLASS_ROW)]
# Names whose Turkish is an everyday word, or that have two forms and no plain English name.
ITS_OWN = {"minoxidil", "iron", "garlic"}


def without_form(name):
    """The name alone: what stands in brackets is a form, a dose or a second name."""
    return name.split(" (")[0]


def meant_by(text):
    read = V2.recognise_medication(text)
    return {row.inn for rows in read.products for row in rows} if read.complete else set()


@pytest.mark.parametrize("written", [str, in_turkish_capitals, without_marks])
def test_a_substance_is_recognised_by_the_turkish_name_it_is_shown_under(written):
    missed = [inn for inn in SUBSTANCES if inn not in meant_by(written(substance_words(inn, "tr")))]
    assert missed == []


def test_no_two_substances_are_shown_under_one_turkish_name():
    shown = Counter(substance_words(inn, "tr") for inn in V2.substances)
    assert [name for name, count in shown.items() if count > 1] == []


def test_a_turkish_name_means_what_the_english_name_means():
    """The collision test: no Turkish spelling is the name of another substance as well."""
    differing = {}
    for inn in SUBSTANCES:
        english = without_form(inn)
        turkish = without_form(substance_words(inn, "tr"))
        if english not in ITS_OWN and meant_by(english) - meant_by(turkish):
            differing[turkish] = (meant_by(english), meant_by(turkish))
        if meant_by(english) and meant_by(turkish) - meant_by(english):
            differing[turkish] = (meant_by(english), meant_by(turkish))
    assert differing == {}


@pytest.mark.parametrize(
    ("turkish", "inn"),
    [
        ("klaritromisin", "clarithromycin"),
        ("setuksimab", "cetuximab"),
        ("MOKSİFLOKSASİN 400 mg", "moxifloxacin"),
        ("alendronik asit", "alendronic acid"),
        ("insan insülini", "insulin human"),
        ("vinkristin", "vincristine"),
        ("klorfeniramin", "chlorphenamine"),
        ("oksikodon + parasetamol", "oxycodone + paracetamol"),
        ("mometazon (nefesle)", "mometasone (inhaled)"),
    ],
)
def test_a_turkish_name_is_known(turkish, inn):
    assert meant_by(turkish) == {inn}


@pytest.mark.parametrize("text", ["minoksidil", "Minoxidil", "minoksidil 1x1"])
def test_a_name_for_two_forms_means_either(text):
    assert meant_by(text) == {"minoxidil (oral)", "minoxidil (topical)"}


def test_a_form_said_with_the_name_decides():
    assert meant_by("minoksidil losyon") == {"minoxidil (topical)"}


@pytest.mark.parametrize("text", ["altın çilek", "BCG aşısı"])
def test_a_plain_word_of_a_turkish_name_is_no_medicine(text):
    assert not V2.recognise_medication(text).products
