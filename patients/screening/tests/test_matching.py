"""What a patient's words name: section 5 of the screening contract."""

import pytest

from patients.screening.matching import words_of
from patients.screening.medicine_conditions import most_apart
from patients.screening.tests.cases import V1, V2


def named(text, data=V1):
    """Return the substances a text names, per product, and whether it was understood."""
    recognised = data.recognise_medication(text)
    return [sorted(row.inn for row in rows) for rows in recognised.products], recognised.complete


@pytest.mark.parametrize(
    ("text", "inn"),
    [
        ("kumadin 5mg", "warfarin"),
        ("KUMADİN", "warfarin"),
        ("Kumadın", "warfarin"),
        ("coumadin 5 mg (INR 2,7)", "warfarin"),
        ("Xarelto 20 mg 1x1", "rivaroxaban"),
        ("xarelto-20mg/gün", "rivaroxaban"),
        ("RİVAROKSABAN", "rivaroxaban"),
        ("rıvaroksaban", "rivaroxaban"),
        ("klopidogrel bisülfat", "clopidogrel"),
        ("Lustral 50 mg sabah", "sertraline"),
        ("her gün yarım tablet Plavix alıyorum", "clopidogrel"),
        ("ＣＯＵＭＡＤＩＮ", "warfarin"),
        ("Coumadi\u0307n", "warfarin"),
        ("bıraktım: Coumadin, kullanmıyorum", "warfarin"),
    ],
)
def test_a_name_is_found_in_whatever_spelling_and_beside_whatever_words(text, inn):
    products, _ = named(text)

    assert [inn] in products


def test_what_stands_beside_a_name_in_its_segment_is_ignored():
    assert named("Plavix kalp için, doktor verdi")[1] is False
    assert named("Plavix kalp için doktor verdi") == ([["clopidogrel"]], True)


@pytest.mark.parametrize(
    "text",
    ["Coraspin + Plavix", "Coraspin, Plavix", "Coraspin ve Plavix", "Coraspin\nPlavix",
     "Coraspin/Plavix", "Coraspin & Plavix", "Coraspin artı Plavix", "Coraspin and Plavix",
     "Coraspin Plavix"],
)  # fmt: skip
def test_several_products_are_several(text):
    products, understood = named(text)

    assert products == [["acetylsalicylic acid (low dose)"], ["clopidogrel"]]
    assert understood


def test_a_name_with_a_separator_is_one_product_however_it_is_separated():
    for text in ("estradiol + dienogest", "estradiol/dienogest", "Estradiol ve Dienogest"):
        assert named(text) == ([["estradiol + dienogest"]], True)


def test_numbers_keep_their_signs():
    assert words_of("0,4 mg; 160/12.5 1/2, 5.") == (
        "0,4", "mg", "+", "160/12.5", "1/2", "+", "5",
    )  # fmt: skip


def test_separators_at_the_ends_and_in_rows_are_nothing():
    assert words_of(" +,ve Parol ;; / 5mg &") == ("parol", "+", "5mg")


@pytest.mark.parametrize("text", ["", "   ", "500 mg", "günde 2x1 tok", "5mg", "+", "..."])
def test_a_text_without_a_name_is_not_understood(text):
    assert named(text) == ([], False)


def test_an_unknown_segment_spoils_the_text_but_not_the_other_matches():
    assert named("Coumadin + Zorbexin") == ([["warfarin"]], False)
    assert named("Coumadin + 5 mg günde 1x1") == ([["warfarin"]], True)


def test_a_near_miss_is_not_a_match():
    assert named("Kumadinn") == ([], False)
    assert named("Xareltoo 20") == ([], False)


@pytest.mark.parametrize(
    ("text", "products", "understood"),
    [
        ("Yaz", [["ethinylestradiol + drospirenone"]], True),
        ("Yaz 1x1 tablet", [["ethinylestradiol + drospirenone"]], True),
        ("yaz aylarında hiç", [], False),
        ("yaz yaz", [], False),
        ("Plavix yaz aylarında", [["clopidogrel"]], True),
        ("antibiyotik yaz", [["class: antibiotic"]], False),
    ],
)
def test_an_everyday_word_counts_only_alone(text, products, understood):
    assert named(text) == (products, understood)


def test_a_lay_term_counts_and_asks_for_a_name():
    assert named("antibiyotik") == ([["class: antibiotic"]], False)
    assert named("antibiyotik Augmentin") == ([["amoxicillin + clavulanic acid"]], True)
    assert named("antibiyotik + Plavix") == (
        [["class: antibiotic"], ["clopidogrel"]],
        False,
    )


def test_a_word_that_could_be_anything_adds_no_medicine():
    assert named("kan sulandırıcı") == ([], False)
    assert named("kan sulandırıcı Coumadin") == ([["warfarin"]], True)


BESIDE = [
    "Parol Karum",  # a brand that is an everyday word
    "Karum Parol",
    "Parol göbekten iğne",  # a plain word for another kind of medicine
    "Euthyrox kumadinn",  # a letter too many, too few, another one, two changed
    "Euthyrox kumadn",
    "Euthyrox kumedin",
    "Euthyrox kuamdin",
]


@pytest.mark.parametrize("text", BESIDE)
def test_what_may_be_another_medicine_beside_a_known_one_is_asked_about(text):
    products, understood = named(text, V2)
    assert (len(products), understood) == (1, False)
    # The negative control: version 1 passes over it, as its contract says.
    assert named(text)[1] is True


@pytest.mark.parametrize(
    "text",
    [
        "Plavix kalp için doktor verdi", "kan sulandırıcı Coumadin", "antibiyotik Augmentin",
        "Euthyrox 50 tiroid için sabahları", "Ventolin inhaler astım", "Parol premium",
        "metformin şeker hastalığı için günde iki kere yemekten sonra",
    ],
)  # fmt: skip
def test_what_only_says_more_about_a_medicine_is_not(text):
    assert named(text, V2)[1] is True


@pytest.mark.parametrize("unseen", ["\u00ad", "\u200b", "\u200d", "\ufeff"])
def test_a_sign_that_nobody_sees_does_not_cut_a_name_in_two(unseen):
    """The rest of acitretin is tretinoin, which is put on the skin."""
    assert named(f"asi{unseen}tretin") == named("asitretin") == ([["acitretin"]], True)


def test_a_form_word_chooses_among_the_rows_of_one_name():
    assert named("Voltaren")[0] == [["diclofenac", "diclofenac (topical gel)"]]
    assert named("Voltaren jel")[0] == [["diclofenac (topical gel)"]]
    assert named("Voltaren tablet")[0] == [["diclofenac", "diclofenac (topical gel)"]]
    assert named("Voltaren, jel")[0] == [["diclofenac", "diclofenac (topical gel)"]]
    assert named("Coumadin jel")[0] == [["warfarin"]]


def test_the_longest_name_wins():
    assert named("Aspirin Cardio")[0] == [["acetylsalicylic acid (low dose)"]]
    assert named("Aspirin")[0] == [
        ["acetylsalicylic acid (analgesic dose)", "acetylsalicylic acid (low dose)"]
    ]


# -- allergies --------------------------------------------------------------------------------


def allergic(text):
    read = V1.recognise_allergy(text)
    return set(read.groups), set(read.categories), read.complete


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("SOMON", {"fish"}),
        ("Lateks", {"latex"}),
        ("karides ve midye (kabuklu deniz ürünü)", {"shellfish"}),
        ("balık, penisilin", {"fish", "penicillin"}),
        ("ARI SOKMASI", {"insect_venom"}),
    ],
)
def test_an_allergen_is_found_in_turkish(text, groups):
    assert allergic(text)[0] == groups
    assert allergic(text)[2]


def test_a_medicine_without_an_allergen_group_is_some_other_drug():
    assert allergic("Plavix") == ({"other_drug"}, {"drug"}, True)


def test_a_medicine_brings_the_group_of_its_substance():
    assert allergic("Augmentin") == ({"penicillin"}, {"drug"}, True)
    assert allergic("amoxicillin + clavulanic acid")[0] == {"penicillin"}
    assert allergic("Coraspin")[0] == {"salicylate"}


def test_a_medicine_beside_an_allergen_is_ignored_and_after_a_separator_is_not():
    assert allergic("balık Plavix")[0] == {"fish"}
    assert allergic("balık, Plavix")[0] == {"fish", "other_drug"}


def test_a_medicine_known_to_have_no_group_is_still_a_drug():
    assert allergic("coenzyme Q10 (oral)") == (set(), {"drug"}, True)


@pytest.mark.parametrize("text", ["", "bilmiyorum", "zorbexin", "antibiyotik", "çok kötü oldum"])
def test_an_allergy_that_names_nothing_is_not_understood_and_counts_as_other(text):
    assert allergic(text) == (set(), {"other"}, False)


def test_half_an_allergy_is_other_too():
    assert allergic("balık + zorbexin") == ({"fish"}, {"food", "other"}, False)


# -- counting and suggestions -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("named_rows", "apart"),
    [
        ([], 0),
        (["a"], 1),
        (["a", "a"], 1),
        (["ab", "a"], 1),
        (["ab", "a", "b"], 2),
        (["ab", "bc", "cd"], 2),
        (["ab", "bc", "ca"], 1),
        (["ab", "bc", "cd", "da", "e"], 3),
        (["abc", "cde", "efg"], 2),
    ],
)
def test_entries_that_share_a_row_are_one_medicine(named_rows, apart):
    assert most_apart([frozenset(rows) for rows in named_rows]) == apart


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [("kumadinn", "kumadin"), ("xarelt", "Xarelto"), ("plavx", "Plavix"), ("KORASPIN", "Coraspin")],
)
def test_near_misses_are_suggested(typed, suggested):
    assert suggested in V1.suggest_medications(typed)
    assert not V1.recognise_medication(typed).complete or typed == "KORASPIN"


def test_suggestions_are_few_and_never_a_guess_at_nothing():
    assert len(V1.suggest_medications("a", 5)) == 0
    assert V1.suggest_medications("qqqqzzzz") == ()
    assert len(V1.suggest_medications("as", 3)) <= 3
    assert "somon" in V1.suggest_allergens("somn")
