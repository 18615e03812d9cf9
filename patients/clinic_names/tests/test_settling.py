"""Settling a name for the whole clinic, and taking it back."""

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from clinic.audit.models import AuditEntry
from clinic.tests.builders import NOW, nurse, physician, receptionist
from patients.clinic_names import actions, queries
from patients.clinic_names.models import NameChange
from patients.clinic_names.rules import MeaningIncomplete, NameNotRememberable
from patients.clinic_names.terms import Meaning, NameList
from patients.intake import actions as intake
from patients.rulebook.actions import screening_begins
from patients.rulebook.queries import owed_screenings, rules_in_force
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
WHY = "Plain vitamin syrup, no bearing on bleeding"
MEDICINES, ALLERGIES = NameList.MEDICATIONS, NameList.ALLERGIES


def settle(name="zorbexin", *, listed=MEDICINES, meaning=Meaning.KNOWN, **said):
    if meaning == Meaning.KNOWN:
        said.setdefault("substance", "warfarin")
    if meaning == Meaning.NO_BEARING:
        said.setdefault("reason", WHY)
    by = said.pop("by", None) or physician()
    return actions.settle_name(
        listed=listed, name=name, written=name, meaning=meaning, by=by, now=NOW, **said
    )


def substances(text):
    read = rules_in_force().recognise_medication(text)
    return [row.inn for rows in read.products for row in rows], read.complete


def takes(patient, text):
    return intake.list_medication(
        patient=patient,
        text=text,
        status="current",
        last_taken=None,
        since=None,
        by="test",
        now=NOW,
    )


def is_allergic(patient, text):
    return intake.list_allergy(
        patient=patient, text=text, reaction="", severity="mild", by="test", now=NOW
    )


# -- what is settled is remembered --------------------------------------------------------------


def test_a_settled_name_is_its_substance_for_every_patient():
    assert substances("Zorbexin 40 mg 1x1") == ([], False)

    settle(substance="Coumadin")

    assert substances("ZORBEXİN 40 mg 1x1") == (["warfarin"], True)


def test_a_name_may_stand_for_a_product_of_two_substances():
    settle(substance="warfarin + parasetamol")

    assert substances("zorbexin") == (["warfarin", "paracetamol"], True)


def test_a_name_without_bearing_is_recognised_and_names_nothing():
    settle(meaning=Meaning.NO_BEARING)

    assert substances("zorbexin 1x1 sabah") == ([], True)
    assert substances("zorbexin qwertz") == ([], False)


def test_an_allergen_is_settled_by_its_groups():
    settle("blizzkrem", listed=ALLERGIES, meaning=Meaning.GROUPS, groups=["latex", "paraben"])

    read = rules_in_force().recognise_allergy("Blızzkrem")

    assert read.groups == {"latex", "paraben"}
    assert read.categories == {"contact"}
    assert read.complete


def test_an_allergen_that_is_a_medicine_has_the_groups_of_that_medicine():
    settle("zorbexin", listed=ALLERGIES, substance="warfarin")

    read = rules_in_force().recognise_allergy("zorbexin")

    assert (read.groups, read.categories, read.complete) == ({"other_drug"}, {"drug"}, True)


def test_an_allergen_outside_the_list_keeps_its_kind():
    settle("kivikivi", listed=ALLERGIES, meaning=Meaning.NO_BEARING, category="food")

    read = rules_in_force().recognise_allergy("kivikivi")

    assert (read.groups, read.categories, read.complete) == (frozenset(), {"food"}, True)


def test_a_name_of_one_list_says_nothing_about_the_other():
    settle(meaning=Meaning.NO_BEARING)

    assert not rules_in_force().recognise_allergy("zorbexin").complete


def test_a_removed_name_is_unrecognised_again_and_stays_readable():
    settled = settle()
    actions.remove_name(change_id=settled.pk, reason="", by=physician(), now=NOW)

    assert substances("zorbexin") == ([], False)
    assert queries.settled_names() == []
    assert [one.change for one in queries.history_of(MEDICINES, "zorbexin")] == [
        "removed",
        "settled",
    ]


def test_a_removed_name_may_be_settled_anew():
    first = settle()
    actions.remove_name(change_id=first.pk, reason="", by=physician(), now=NOW)
    settle(substance="parasetamol")

    assert substances("zorbexin") == (["paracetamol"], True)
    with pytest.raises(actions.NotInForce):
        actions.remove_name(change_id=first.pk, reason="", by=physician(), now=NOW)


def test_the_history_cannot_be_changed():
    settled = settle()
    for harm in (NameChange.objects.update, settled.delete):
        with pytest.raises(InternalError), transaction.atomic():
            harm(**({"name": "x"} if harm == NameChange.objects.update else {}))


def test_the_database_keeps_no_answer_without_reason_or_kind():
    row = {
        "listed": ALLERGIES, "name": "x", "written": "x", "change": "settled",
        "meaning": Meaning.NO_BEARING, "rule_set_version": "1", "changed_at": NOW,
        "changed_by": physician(),
    }  # fmt: skip
    for missing in ({"reason": "", "category": "food"}, {"reason": WHY, "category": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            NameChange.objects.create(**row, **missing)
    NameChange.objects.create(**row, reason=WHY, category="food")


def test_settling_is_written_down_without_the_name():
    settled = settle()
    entry = AuditEntry.objects.get(verb="clinic_name.settled")

    assert entry.subject_id == str(settled.pk)
    assert "zorbexin" not in str(entry.detail)


# -- what must not be remembered ----------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["yok", "bilmiyorum", "-", "none", "alerjik bünye", "ilaç alerjisi", "hap", "mavi hap",
     "tansiyon hapı", "kan sulandırıcı", "kan sulandırıcı hap", "ağrı kesici iğne", "1x1", "20 mg",
     "ab", "don't know", "kalp ilacı", "Vitamin", "zorbexin + foo", "doktorun verdiği ilaç",
     "komşunun verdiği hap", "a pill for the heart"],
)  # fmt: skip
def test_a_text_that_names_no_product_is_not_remembered(name):
    for listed in NameList:
        with pytest.raises(NameNotRememberable):
            settle(name, listed=listed, meaning=Meaning.NO_BEARING, category="food")
    assert not NameChange.objects.exists()


def test_what_the_tables_know_is_not_settled_over():
    with pytest.raises(NameNotRememberable):
        settle("Kumadin 5 mg", meaning=Meaning.NO_BEARING)


def test_without_bearing_takes_a_written_reason():
    with pytest.raises(MeaningIncomplete):
        settle(meaning=Meaning.NO_BEARING, reason="harmless")


def test_a_substance_must_be_known_and_a_kind_chosen():
    for said in (
        {"substance": "qwertz"},
        {"substance": ""},
        {"substance": "kan sulandırıcı"},
        {"meaning": Meaning.GROUPS, "groups": ["fish"]},
        {"listed": ALLERGIES, "meaning": Meaning.GROUPS, "groups": ["gold dust"]},
        {"listed": ALLERGIES, "meaning": Meaning.GROUPS, "groups": []},
        {"listed": ALLERGIES, "meaning": Meaning.NO_BEARING, "category": ""},
    ):
        with pytest.raises(MeaningIncomplete):
            settle(**said)


def test_only_a_physician_settles_and_removes():
    settled = settle()
    for somebody in (nurse(), receptionist()):
        with pytest.raises(actions.NotForYou):
            settle("anderes", by=somebody)
        with pytest.raises(actions.NotForYou):
            actions.remove_name(change_id=settled.pk, reason="", by=somebody, now=NOW)


# -- whom it concerns ---------------------------------------------------------------------------


def test_after_settling_and_removing_whoever_wrote_it_is_to_be_screened_again():
    hers, other = a_patient(), a_patient()
    takes(hers, "Zorbexin 40 mg")
    takes(other, "Zorbexina")

    settled = settle()
    assert owed_screenings(10, []) == [hers.pk]
    screening_begins(hers.pk)
    assert owed_screenings(10, []) == []
    actions.remove_name(change_id=settled.pk, reason="", by=physician(), now=NOW)
    assert owed_screenings(10, []) == [hers.pk]


def test_a_change_of_another_process_is_seen_at_once():
    rules_in_force()
    NameChange.objects.create(
        listed=MEDICINES, name="zorbexin", written="Zorbexin", change="settled",
        meaning=Meaning.KNOWN, products=[["warfarin"]], rule_set_version="1", changed_at=NOW,
        changed_by=physician(),
    )  # fmt: skip

    assert substances("zorbexin") == (["warfarin"], True)


def test_the_rule_set_is_built_once_per_change():
    settle()
    assert rules_in_force() is rules_in_force()
    before = rules_in_force()
    settle("anderes")
    assert rules_in_force() is not before


def test_a_name_rolled_back_leaves_nothing_behind():
    def settle_and_fail():
        with transaction.atomic():
            settle()
            assert substances("zorbexin")[1]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        settle_and_fail()
    assert substances("zorbexin") == ([], False)
    settle("anderes")
    assert substances("zorbexin") == ([], False)


# -- the pages ----------------------------------------------------------------------------------


def test_the_page_of_a_patient_lists_what_is_not_recognised(client):
    patient = a_patient()
    takes(patient, "Coraspin + Zorbexin 40 mg 1x1")
    is_allergic(patient, "Kivikivi")
    client.force_login(physician())

    page = client.get(reverse("patients:unread-names", args=[patient.pk])).content.decode()

    assert 'value="zorbexin"' in page
    assert 'value="kivikivi"' in page
    assert "coraspin" not in page.replace("Coraspin + Zorbexin", "")


def test_a_name_is_settled_on_the_page(client):
    patient = a_patient()
    takes(patient, "Zorbexin 40 mg")
    client.force_login(physician())
    post = {
        "listed": "medications", "written": "Zorbexin 40 mg", "part": "zorbexin",
        "name": "zorbexin", "meaning": "no_bearing", "reason": "short",
    }  # fmt: skip

    refused = client.post(reverse("patients:settle-name", args=[patient.pk]), post)
    assert refused.status_code == 422
    assert "short" in refused.content.decode()
    assert not NameChange.objects.exists()

    answer = client.post(reverse("patients:settle-name", args=[patient.pk]), post | {"reason": WHY})
    assert answer.url == reverse("patients:verdict", args=[patient.pk])
    assert substances("zorbexin") == ([], True)


def test_the_list_shows_who_settled_what_and_how_many_write_it(client):
    by = physician()
    patient = a_patient(now=timezone.now())
    takes(patient, "Zorbexin 40 mg")
    takes(patient, "Offen")
    settle(by=by)
    client.force_login(by)

    page = client.get(reverse("patients:names")).content.decode()
    found = client.get(reverse("patients:names"), {"q": "ZORB"}).content.decode()
    none = client.get(reverse("patients:names"), {"q": "qwertz"}).content.decode()

    assert "zorbexin" in page
    assert "varfarin" in page
    assert by.display_name in page
    assert "Offen" in page
    assert "zorbexin" in found
    assert reverse("patients:name", args=[NameChange.objects.get().pk]) not in none


def test_a_name_is_removed_on_its_page(client):
    settled = settle()
    client.force_login(physician())
    address = reverse("patients:name", args=[settled.pk])
    assert 'id="remove-title"' in client.get(address).content.decode()

    client.post(address, {"reason": ""})

    assert substances("zorbexin") == ([], False)
    assert client.post(address, {"reason": ""}).status_code == 409
    assert 'id="remove-title"' not in client.get(address).content.decode()


def test_the_pages_require_the_physician(client):
    patient, settled = a_patient(), settle()
    for somebody in (nurse(), receptionist()):
        client.force_login(somebody)
        for address in (
            reverse("patients:names"),
            reverse("patients:name", args=[settled.pk]),
            reverse("patients:unread-names", args=[patient.pk]),
        ):
            assert client.get(address).status_code == 403
        assert client.post(reverse("patients:settle-name", args=[patient.pk])).status_code == 403
    assert queries.settled_names() == [settled]
