"""The clinic's own templates: versions, their pages, and a cocktail begun from one."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.staff.terms import Role
from clinic.tests.builders import NOW, nurse, physician, staff
from cocktails.composition import protocols
from cocktails.composition.actions import NotAllowed
from cocktails.composition.models import Cocktail, Protocol
from cocktails.composition.rules import Place
from cocktails.tests.builders import a_catalogue, a_product
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(client):
    a_catalogue()
    member = physician(language="en")
    client.force_login(member)
    client.cookies["django_language"] = "en"
    return member


def a_protocol(name="Forehead", *, by=None, changes=None, now=NOW, **fields):
    known: dict[str, Any] = {
        "spot_type": "melasma", "note": "", "portions": [(a_product("txa-50"), Decimal("0.4"))],
        "diluent": a_product("saline-5"), "diluent_ml": Decimal("4.6"), "syringe_ml": Decimal(5),
        "places": [Place(region="forehead", points=20, ml_per_point=Decimal("0.05"))],
    }  # fmt: skip
    return protocols.write_protocol(
        name=name, by=by or physician(), now=now, changes=changes, **(known | fields)
    )


def entries(**changed):
    return {
        "name": "Cheeks", "spot_type": "melasma", "note": "After a review",
        "portions-TOTAL_FORMS": "1", "portions-INITIAL_FORMS": "0",
        "portions-0-product": str(a_product("txa-100").pk), "portions-0-mg_per_ml": "4",
        "diluent": str(a_product("saline-5").pk), "total_ml": "5",
        "places-TOTAL_FORMS": "1", "places-INITIAL_FORMS": "0",
    } | changed  # fmt: skip


def test_a_changed_protocol_is_a_new_version_and_the_old_one_stays():
    first = a_protocol()
    second = a_protocol("Forehead", changes=first, note="Less")

    assert protocols.protocols() == [second]
    assert (second.version, second.series_id) == (2, first.series_id)
    assert [each.version for each in protocols.versions_of(first)] == [2, 1]
    with pytest.raises(protocols.OvertakenProtocol):
        a_protocol(changes=first)
    with pytest.raises(InternalError), transaction.atomic():
        Protocol.objects.update(note="")


def test_a_withdrawn_protocol_is_not_offered():
    protocols.withdraw_protocol(protocol=a_protocol(), by=physician(), now=NOW)

    assert protocols.protocols() == []
    assert Protocol.objects.count() == 2


def test_only_a_physician_writes_protocols():
    with pytest.raises(NotAllowed):
        a_protocol(by=nurse())


def test_they_stand_in_the_order_of_their_names_whatever_was_used_or_written_last():
    for day, name in enumerate(["Çene", "Alın", "Ğ", "Burun"]):
        a_protocol(name, now=NOW + timedelta(days=day))

    assert [each.name for each in protocols.protocols()] == ["Alın", "Burun", "Çene", "Ğ"]


def test_a_protocol_is_written_read_changed_and_withdrawn_on_its_pages(client, doctor):
    assert client.get(reverse("protocols:new")).status_code == 200
    client.post(reverse("protocols:new"), entries())
    written = Protocol.objects.get()
    assert [each.ml for each in written.portions.all()] == [Decimal("0.2")]
    assert (written.poured_ml, written.places.count()) == (Decimal("4.8"), 0)

    page = client.get(reverse("protocols:show", args=[written.pk])).content.decode()
    assert "After a review" in page
    change = reverse("protocols:change", args=[written.pk])
    assert 'value="0.2"' in client.get(change).content.decode()
    client.post(change, entries(note="Shorter"))
    newest = Protocol.objects.get(version=2)
    assert (
        "newer version" in client.get(reverse("protocols:show", args=[written.pk])).content.decode()
    )
    assert client.post(change, entries()).status_code == 404
    client.post(reverse("protocols:withdraw", args=[newest.pk]))
    assert protocols.protocols() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "required"),
        ({"portions-0-product": ""}, "Which product is drawn?"),
        ({"portions-0-mg_per_ml": "400"}, "never stronger"),
        ({"spot_type": "wart"}, "valid choice"),
    ],
)
def test_a_protocol_that_cannot_be_made_is_refused(client, doctor, changed, said):
    page = client.post(reverse("protocols:new"), entries(**changed))

    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Protocol.objects.exists()


def test_a_cocktail_begins_from_a_protocol_and_keeps_its_name(client, doctor):
    protocol = a_protocol()
    patient = a_patient()
    new = reverse("composition:new", args=[patient.pk])
    empty = client.get(new).content.decode()
    assert f'<option value="{protocol.pk}">Forehead</option>' in empty

    page = client.get(new, {"protocol": str(protocol.pk)}).content.decode()

    assert re.search(r'name="portions-0-drawn_ml"[^>]*value="0.4"', page)
    assert re.search(r'name="places-0-points"[^>]*value="20"', page)
    client.post(
        new, entries(protocol=str(protocol.pk)) | {
            "places-0-points": "10", "places-0-ml_per_point": "0.05",
        },
    )  # fmt: skip
    cocktail = Cocktail.objects.get()
    assert (cocktail.protocol, cocktail.supersedes) == (protocol, None)


@pytest.mark.parametrize("named", ["x", "00000000-0000-0000-0000-000000000001"])
def test_a_protocol_that_is_not_there_is_not_found(client, doctor, named):
    new = reverse("composition:new", args=[a_patient().pk])
    assert client.get(new, {"protocol": named}).status_code == 404


@pytest.mark.parametrize("role", [Role.NURSE, Role.RECEPTIONIST])
def test_others_read_protocols_and_write_none(client, role):
    protocol = a_protocol()
    client.force_login(staff(role))

    assert client.get(reverse("protocols:list")).status_code == 200
    assert client.get(reverse("protocols:show", args=[protocol.pk])).status_code == 200
    for name, args in (("new", []), ("change", [protocol.pk])):
        assert client.get(reverse(f"protocols:{name}", args=args)).status_code == 403
    assert client.post(reverse("protocols:withdraw", args=[protocol.pk])).status_code == 403


def test_queries_of_the_list_do_not_grow(client, doctor):
    """One protocol with one product; then seven, with versions, products and regions of their own."""
    a_protocol("First")
    client.get(reverse("protocols:list"))  # what is read once per process
    with CaptureQueriesContext(connection) as of_one:
        client.get(reverse("protocols:list"))
    portions = [(a_product(code), Decimal("0.2")) for code in ("txa-100", "niacinamide-20")]
    places = [
        Place(region=region, points=5, ml_per_point=Decimal("0.05")) for region in ("nose", "chin")
    ]
    for number in range(6):
        earlier = a_protocol(f"No {number}", by=physician())
        a_protocol(f"No {number}", changes=earlier, portions=portions, places=places)
    with CaptureQueriesContext(connection) as of_many:
        html = client.get(reverse("protocols:list")).content.decode()

    assert all(name in html for name in ("First", "No 0", "No 5"))
    assert len(of_many) == len(of_one)
