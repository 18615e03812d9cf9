"""Measuring on photographs: right within the stated error, followed over visits, refused in words."""

import io
import math
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation
from PIL import Image

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from treatments.analysis.rules import ita
from treatments.measuring import queries
from treatments.measuring.actions import NotAllowed
from treatments.measuring.models import ColourMeasurement
from treatments.measuring.rules import Lab, MeasuringRefused, Shape, delta_e
from treatments.measuring.terms import Basis, Card, Outline
from treatments.measuring.tests import faces
from treatments.measuring.tests.builders import MARKED, measured, of_a_face
from treatments.measuring.tests.faces import Face, colour_of
from treatments.photographs.actions import mark_points, withdraw_photograph
from treatments.photographs.terms import View

pytestmark = pytest.mark.django_db

MOST_DELTA_E, MOST_DEGREES = 1.0, 1.5
# Eight bits of an even field: a cast is taken out to about one part in a hundred of each channel.
MOST_DEGREES_WITH_A_CAST = 2.0


def degrees(colour: Lab) -> float:
    return ita(Decimal(colour.lightness), Decimal(colour.b)).unrounded


LIGHTS = {
    "as it is": Face(),
    "20 % brighter": Face(exposure=1.2),
    "20 % darker": Face(exposure=0.8),
    "yellow lamp": Face(exposure=0.9, cast=(1.1, 1.0, 0.75)),
    "blue window": Face(cast=(0.85, 1.0, 1.15)),
    "dark skin, brighter": Face(exposure=1.2, skin=(141, 94, 66), spot=(88, 58, 43)),
    "fair skin, darker": Face(exposure=0.8, skin=(236, 208, 188), spot=(190, 150, 122)),
}


@pytest.mark.parametrize("face", LIGHTS.values(), ids=LIGHTS.keys())
def test_the_colours_are_those_of_the_skin_whatever_the_light(face):
    found = measured(of_a_face(face))

    for colour, true in (
        (found.spot, colour_of(face.spot)),
        (found.skin, colour_of(face.skin)),
    ):
        assert delta_e(colour, true) < MOST_DELTA_E
        assert abs(degrees(colour) - degrees(true)) < (
            MOST_DEGREES if face.cast == Face().cast else MOST_DEGREES_WITH_A_CAST
        )


@pytest.mark.parametrize("exposure", [0.8, 1.2])
def test_without_the_card_the_same_photographs_are_wrong(exposure):
    """The negative control: it is the card that makes the colours true."""
    face = Face(exposure=exposure)

    found = measured(of_a_face(face), basis=Basis.CALIBRATED)

    assert delta_e(found.spot, colour_of(face.spot)) > 3 * MOST_DELTA_E


@pytest.mark.parametrize("exposure", [0.8, 1.0, 1.2])
def test_the_darker_part_of_a_place_is_that_of_the_spot(exposure):
    """Marked at twice its radius the spot is a quarter of the place."""
    around = {Outline.SPOT: Shape(faces.AROUND_POINTS)}

    found = measured(of_a_face(Face(exposure=exposure)), outlines=around)

    assert found.pigmented_share == pytest.approx(Decimal("0.25"), abs=Decimal("0.01"))


def test_the_map_is_dark_over_the_spot_and_empty_over_skin():
    around = {Outline.SPOT: Shape(faces.AROUND_POINTS)}
    found = measured(outlines=around)

    drawn = as_picture(queries.heat_map(found))

    middle, edge = drawn.width // 2, drawn.width // 8
    assert drawn.getpixel((middle, middle))[3] > 100
    assert "icc_profile" not in drawn.info
    assert drawn.getpixel((edge, middle))[3] == 0  # of the place, and not pigmented
    assert drawn.getpixel((0, 0))[3] == 0  # outside of the place


def as_picture(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    assert picture.mode == "RGBA"
    return picture


def test_a_spot_that_fades_is_followed_over_the_course():
    patient_of = measured(of_a_face(Face(exposure=0.85)), now=NOW).photograph.patient
    later = NOW + timedelta(days=30)
    lighter = Face(exposure=1.15, spot=(180, 134, 108))
    place = ColourMeasurement.objects.get().measured_place
    measured(of_a_face(lighter, patient=patient_of, now=later), place=place, now=later)

    (followed,) = queries.followed(patient_of)
    first, second = followed.readings

    rose = colour_of((180, 134, 108)).lightness - colour_of(faces.SPOT).lightness
    assert first.since_first is None
    assert second.lighter == pytest.approx(Decimal(rose), abs=Decimal("0.6"))
    assert second.since_first == pytest.approx(
        Decimal(delta_e(colour_of(faces.SPOT), colour_of((180, 134, 108)))), abs=Decimal(1)
    )
    before, after = first.angles.contrast, second.angles.contrast
    assert before is not None
    assert after is not None
    assert after < before


def test_a_photograph_without_a_basis_is_never_set_beside_another():
    first = measured(basis=Basis.NONE)
    later = NOW + timedelta(days=30)
    measured(
        of_a_face(patient=first.photograph.patient, now=later),
        place=first.measured_place,
        now=later,
    )
    again = NOW + timedelta(days=60)
    measured(
        of_a_face(patient=first.photograph.patient, now=again),
        place=first.measured_place,
        basis=Basis.NONE,
        now=again,
    )

    (followed,) = queries.followed(first.photograph.patient)

    assert [each.since_first for each in followed.readings] == [None, None, None]
    assert all(each.angles.contrast is not None for each in followed.readings)


def test_what_was_not_alike_is_said_beside_the_later_one():
    first = measured()
    later = NOW + timedelta(days=30)
    measured(
        of_a_face(patient=first.photograph.patient, now=later, device="Telephone"),
        place=first.measured_place,
        now=later,
    )

    (followed,) = queries.followed(first.photograph.patient)

    assert followed.readings[0].unlike == ()
    assert any("Telephone" in words for words in followed.readings[1].unlike)


def test_the_places_follow_the_pupils_to_the_next_photograph():
    """The second face is turned by 10 degrees: the carried circle lies on the spot again."""
    first = measured()
    turned = Face(turned=10)
    later = NOW + timedelta(days=30)
    second = of_a_face(turned, patient=first.photograph.patient, now=later)
    assert queries.outlines_for(second, first.measured_place) == {}  # no pupils yet
    nurse = clinic.nurse()
    mark_points(photograph=first.photograph, points=faces.PUPILS, by=nurse, now=NOW)
    mark_points(photograph=second, points=turned_by(10, faces.PUPILS), by=nurse, now=later)

    carried = queries.outlines_for(second, first.measured_place)

    assert set(carried) == {"spot", "skin"}
    x, y = (float(each) / 100 for each in carried["spot"].split(";")[0].split())
    ((true_x, true_y),) = turned_by(
        10, [(faces.SPOT_AT[0], faces.SPOT_AT[1] * faces.WIDTH / faces.HEIGHT)]
    )
    assert (x, y) == pytest.approx((true_x, true_y), abs=0.002)


def turned_by(degrees_left, points):
    """Where points (in parts of width and height) lie after the picture was turned."""
    turn = math.radians(-degrees_left)
    found = []
    for x, y in points:
        dx, dy = (x - 0.5) * faces.WIDTH, (y - 0.5) * faces.HEIGHT
        found.append(
            (
                0.5 + (dx * math.cos(turn) - dy * math.sin(turn)) / faces.WIDTH,
                0.5 + (dx * math.sin(turn) + dy * math.cos(turn)) / faces.HEIGHT,
            )
        )
    return tuple(found)


REFUSED = {
    "outside": ({Outline.SPOT: Shape(((0.02, 0.5), (0.1, 0.5)))}, "outside"),
    "too small": ({Outline.SPOT: Shape(((0.36, 0.62), (0.366, 0.62)))}, "too small"),
    "overlap": ({Outline.SKIN: Shape(((0.40, 0.62), (0.45, 0.62)))}, "overlap"),
    "no card": ({Outline.CARD: Shape(((0.36, 0.62), (0.40, 0.62)))}, "does not look like"),
}


@pytest.mark.parametrize(("outlines", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_measured_is_refused_in_words(outlines, words):
    photograph = of_a_face(Face(spot=(60, 20, 10)))

    with translation.override("en"), pytest.raises(MeasuringRefused, match=words):
        measured(photograph, outlines=outlines)

    assert not ColourMeasurement.objects.exists()


def test_a_burnt_out_card_is_refused():
    with translation.override("en"), pytest.raises(MeasuringRefused, match="too bright"):
        measured(of_a_face(Face(card=(255, 255, 255))), card=Card.WHITE_90)


@pytest.mark.parametrize("stated", [None, Decimal(5), Decimal(99)])
def test_an_own_card_needs_its_lightness(stated):
    with pytest.raises(MeasuringRefused):
        measured(card=Card.OWN, card_lightness=stated)


def test_an_own_card_is_as_good_as_the_grey_one():
    stated = Decimal(colour_of((160, 160, 160)).lightness).quantize(Decimal("0.1"))

    found = measured(
        of_a_face(Face(exposure=1.15, card=(160, 160, 160))),
        card=Card.OWN,
        card_lightness=stated,
    )

    assert delta_e(found.spot, colour_of(faces.SPOT)) < MOST_DELTA_E


def test_a_withdrawn_photograph_is_not_measured_and_its_numbers_are_gone():
    found = measured()
    patient = found.photograph.patient
    withdraw_photograph(
        photograph=found.photograph, reason="wrong patient", by=clinic.nurse(), now=NOW
    )
    found.photograph.refresh_from_db()

    with pytest.raises(MeasuringRefused):
        measured(found.photograph)

    assert queries.followed(patient) == []


def test_a_place_belongs_to_one_view():
    found = measured()
    side = of_a_face(patient=found.photograph.patient, view=View.OBLIQUE_LEFT)

    with pytest.raises(MeasuringRefused):
        measured(side, place=found.measured_place)

    assert queries.places_for(side) == []
    assert queries.places_for(found.photograph) == [found.measured_place]


def test_the_same_form_twice_is_one_measurement():
    photograph, key = of_a_face(), uuid4()

    first = measured(photograph, request_key=key)
    second = measured(photograph, request_key=key)

    assert first == second
    assert ColourMeasurement.objects.count() == 1


def test_the_desk_does_not_measure():
    with pytest.raises(NotAllowed):
        measured(by=clinic.receptionist())


def reads_as_nurse(client):
    client.force_login(clinic.nurse())
    client.cookies["django_language"] = "en"


def form_of(**changed):
    as_fields = {Outline.SPOT: "spot", Outline.SKIN: "skin", Outline.CARD: "patch"}
    points = {
        as_fields[outline]: "; ".join(
            f"{100 * x:.2f} {100 * y * faces.WIDTH / faces.HEIGHT:.2f}" for x, y in shape.points
        )
        for outline, shape in MARKED.items()
    }
    filled = {
        "place": "",
        "region": "cheek_right",
        "name": "",
        "basis": "card",
        "card": "grey_18",
        "card_lightness": "",
        "request_key": str(uuid4()),
    }
    return filled | points | changed


def test_the_form_leads_to_the_numbers_with_estimate_and_conditions(client):
    reads_as_nurse(client)
    photograph = of_a_face()
    address = reverse("measuring:measure", args=[photograph.patient_id, photograph.pk])

    shown = client.post(address, form_of(), follow=True)

    assert shown.status_code == 200
    text = shown.content.decode()
    assert "data-estimate" in text
    assert "Estimate" in text
    assert "Daylight" in text
    found = ColourMeasurement.objects.get()
    drawn = client.get(reverse("measuring:map", args=[photograph.patient_id, found.pk]))
    assert drawn["Content-Type"] == "image/png"
    assert as_picture(drawn.content).width > 10
    listed = client.get(reverse("measuring:list", args=[photograph.patient_id])).content.decode()
    assert "data-estimate" in listed


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"spot": "nonsense"}, "two numbers between 0 and 100"),
        ({"patch": ""}, "Mark the card"),
        ({"region": ""}, "Choose where on the body"),
        ({"card": "own", "card_lightness": ""}, "stands on the card"),
        ({"spot": "36 49.6; 36.1 49.6"}, "too small"),
    ],
)
def test_a_wrong_form_says_what_to_do_and_keeps_what_was_marked(client, changed, words):
    reads_as_nurse(client)
    photograph = of_a_face()
    address = reverse("measuring:measure", args=[photograph.patient_id, photograph.pk])

    shown = client.post(address, form_of(**changed))

    assert shown.status_code == 422
    text = shown.content.decode()
    assert words in text
    assert form_of()["skin"] in text
    assert not ColourMeasurement.objects.exists()


def test_no_card_needs_no_card_marked(client):
    reads_as_nurse(client)
    photograph = of_a_face()
    address = reverse("measuring:measure", args=[photograph.patient_id, photograph.pk])

    shown = client.post(address, form_of(basis="none", patch="nonsense"), follow=True)

    assert shown.status_code == 200
    assert "the light decides these numbers" in shown.content.decode()
