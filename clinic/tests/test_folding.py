"""Folding says the same of every text, whichever way it takes."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from clinic.folding import fold, turkish_sort_key

TURKISH = st.text(st.sampled_from("aAbcÇçĞğIıİiÖöŞşÜüxyz 0'\t\u0307\u0301\u00a0ß"), max_size=30)
TEXTS = st.one_of(TURKISH, st.text(max_size=30))


def folded_letter_by_letter(text):
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join("i" if letter in "İIı" else letter for letter in plain).lower()
    letters = unicodedata.normalize("NFD", plain)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.replace("ı", "i").split())


@given(TEXTS)
def test_every_text_is_folded_letter_by_letter(text):
    assert fold(text) == folded_letter_by_letter(text)


@given(TEXTS, TEXTS)
def test_two_texts_are_folded_together_as_apart(one, other):
    assert fold(f"{one} {other}") == f"{fold(one)} {fold(other)}".strip()


@given(st.lists(TURKISH, max_size=6))
def test_words_are_sorted_by_the_turkish_alphabet(words):
    alphabet = "abcçdefgğhıijklmnoöprsştuüvyz"
    known = [word for word in words if word and set(word) <= set(alphabet)]

    by_key = sorted(known, key=turkish_sort_key)

    assert by_key == sorted(known, key=lambda word: [alphabet.index(letter) for letter in word])
