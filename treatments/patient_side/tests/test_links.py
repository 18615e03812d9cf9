"""L1-L5: a link acts once, by POST, until it ends; nothing else makes it act."""

import random
import string
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils.crypto import get_random_string

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.records import actions as records
from treatments.booking import actions as booking
from treatments.booking import queries as visits
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState
from treatments.booking.tests.racing import race
from treatments.booking.tests.world import at
from treatments.patient_side import actions, links, rules
from treatments.patient_side.models import Knock, MoveWish, VisitLink
from treatments.patient_side.rules import MOST_KNOCKS, Door, LinkOver, LinkUsed
from treatments.patient_side.terms import VisitAct
from treatments.patient_side.tests.builders import a_link, a_plain_visit, address
from treatments.waitlist.tokens import id_in, key_for

pytestmark = pytest.mark.django_db
S = AppointmentState
ACTS = list(VisitAct)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def now_is(monkeypatch, moment):
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


def everything():
    """What a request could have changed."""
    return (
        list(Appointment.objects.order_by("pk").values_list("pk", "state", "version", "starts_at")),
        list(VisitLink.objects.order_by("pk").values_list("pk", "used_at", "revoked_at")),
        MoveWish.objects.count(),
        Knock.objects.count(),
    )


class TestOnce:
    """L1"""

    @pytest.mark.parametrize("act", ACTS)
    def test_opening_it_changes_nothing_however_often_a_scanner_does(self, client, act):
        link = a_link(act)
        before = everything()
        for _ in range(3):
            assert client.get(address(link)).status_code == 200
            assert client.head(address(link)).status_code == 200
            assert client.get(address(link) + "visit.ics").status_code == 200
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            client.generic(method, address(link))
        assert everything() == before

    def test_one_post_confirms_and_the_link_is_used(self, client):
        link = a_link(VisitAct.CONFIRM)
        answer = client.post(address(link))
        assert (answer.status_code, answer["Location"]) == (302, "/visit/done/confirm/?language=tr")
        assert visits.appointment(link.appointment_id).state == S.CONFIRMED
        for again in (client.get(address(link)), Client().post(address(link))):
            assert again.status_code == 410
            assert 'data-code="link_used"' in again.content.decode()

    def test_a_confirmed_visit_can_still_be_cancelled_by_its_own_link(self, client):
        link = a_link(VisitAct.CANCEL)
        client.post(address(a_link(VisitAct.CONFIRM, link.appointment)))
        assert client.post(address(link)).status_code == 302
        assert visits.appointment(link.appointment_id).state == S.CANCELLED

    def test_without_a_csrf_key_and_without_a_cookie(self):
        link = a_link()
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(address(link)).status_code == 302

    def test_if_a_link_were_never_marked_it_would_act_again(self, client, monkeypatch):
        """The negative control of the mark."""
        link = a_link(VisitAct.CONFIRM)
        monkeypatch.setattr(
            links,
            "use",
            lambda pk, now: VisitLink.objects.select_related("appointment").get(pk=pk),
        )
        assert client.post(address(link)).status_code == 302
        assert client.post(address(link)).status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("act", "do"),
    [(VisitAct.CONFIRM, actions.confirm_visit), (VisitAct.CANCEL, actions.cancel_visit)],
)
def test_of_two_browsers_at_once_one_acts(act, do):
    link = a_link(act)
    answers = race([lambda: do(link=links.link_behind(_key(link), act), now=NOW)] * 6)
    assert sum(isinstance(each, Appointment) for each in answers) == 1
    assert sum(isinstance(each, LinkUsed) for each in answers) == 5


def _key(link):
    return key_for(links.purpose_of(VisitAct(link.act)), link.pk)


class TestUntilWhen:
    """L2"""

    @pytest.mark.parametrize(
        ("act", "ends"),
        [
            (VisitAct.CONFIRM, timedelta(0)),
            (VisitAct.CANCEL, timedelta(hours=24)),
            (VisitAct.MOVE, timedelta(hours=24)),
        ],
    )
    @pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 410), (1, 410)])
    def test_it_acts_until_the_second_and_not_in_it(
        self, client, monkeypatch, act, ends, seconds, status
    ):
        link = a_link(act)
        end = link.appointment.starts_at - ends
        now_is(monkeypatch, end + timedelta(seconds=seconds))
        assert client.get(address(link)).status_code == status
        if status == 410:
            before = everything()
            assert client.post(address(link)).status_code == 410
            assert everything() == before

    def test_the_clinic_says_how_many_hours_before(self, settings):
        settings.CHANGE_HOURS = 48
        link = a_link(VisitAct.CANCEL)
        assert link.expires_at == link.appointment.starts_at - timedelta(hours=48)

    def test_no_link_is_made_for_what_it_could_not_do_any_more(self):
        visit = a_plain_visit()
        near = visit.starts_at - timedelta(hours=23)
        assert links.link_to_act(appointment=visit, act=VisitAct.CANCEL, now=near) is None
        assert links.link_to_act(appointment=visit, act=VisitAct.CONFIRM, now=near) is not None


class TestGuessing:
    """L3"""

    def test_no_bit_of_a_key_can_be_another_and_no_key_opens_another_act_or_visit(self):
        link, other = a_link(VisitAct.CONFIRM), a_link(VisitAct.CONFIRM)
        key = _key(link)
        for position in range(len(key)):
            for bit in range(7):
                flipped = chr(ord(key[position]) ^ (1 << bit))
                changed = key[:position] + flipped + key[position + 1 :]
                assert id_in("visit.confirm", changed) in (None, link.pk)
        assert id_in("visit.cancel", key) is None
        assert id_in("offer", key) is None
        assert id_in("visit.confirm", key[:-1]) is None
        assert id_in("visit.confirm", _key(other)) == other.pk != link.pk

    def test_five_thousand_guesses_open_nothing(self):
        link = a_link()
        rng = random.Random(11)
        key = _key(link)
        letters = string.ascii_letters + string.digits + "-_:"
        accepted = 0
        for _ in range(5_000):
            guess = list(key)
            for _ in range(rng.randint(1, 4)):
                guess[rng.randrange(len(guess))] = rng.choice(letters)
            made_up = "".join(guess)
            accepted += made_up != key and id_in("visit.confirm", made_up) is not None
        assert accepted == 0

    def test_a_key_of_an_old_secret_opens_nothing(self, settings, client):
        link = a_link()
        good = address(link)
        settings.SECRET_KEY = get_random_string(50)
        assert client.get(good).status_code == 404
        settings.SECRET_KEY_FALLBACKS = []
        assert id_in("visit.confirm", good.split("/")[2]) is None

    def test_the_twentieth_wrong_key_of_an_address_is_refused_and_so_is_the_right_one(
        self, client, monkeypatch
    ):
        link = a_link()
        answers = [client.get(f"/v/made:up{number}/confirm/") for number in range(20)]
        assert [each.status_code for each in answers] == [404] * MOST_KNOCKS[Door.LINK] + [429]
        assert int(answers[-1]["Retry-After"]) <= 3600
        assert client.get(address(link)).status_code == 429
        # Somebody else, and an hour later everybody, is let in.
        assert client.get(address(link), REMOTE_ADDR="192.0.2.7").status_code == 200
        now_is(monkeypatch, NOW + timedelta(hours=1))
        assert client.get(address(link)).status_code == 200

    @pytest.mark.parametrize("door", ["/v/{}/confirm/", "/o/{}/", "/c/{}/", "/f/{}/calendar.ics"])
    def test_every_door_counts(self, client, door):
        codes = [client.get(door.format(f"guess{number}")).status_code for number in range(20)]
        assert codes[-1] == 429
        assert set(codes[:-1]) == {404}

    def test_without_the_count_guessing_would_go_on(self, client, monkeypatch):
        """The negative control of the count."""
        monkeypatch.setattr(rules, "check_knocks", lambda *_: None)
        codes = {client.get(f"/v/made:up{number}/confirm/").status_code for number in range(30)}
        assert codes == {404}

    def test_good_keys_are_not_counted(self, client):
        link = a_link()
        for _ in range(25):
            assert client.get(address(link)).status_code == 200

    def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(self, client, settings):
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        for number in range(20):
            client.get(
                f"/v/x{number}/confirm/", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 192.0.2.1"
            )
        codes = [
            client.get("/v/x/confirm/", HTTP_X_FORWARDED_FOR=f"1.2.3.4, {seen}").status_code
            for seen in ("192.0.2.1", "192.0.2.2")
        ]
        assert codes == [429, 404]

    def test_no_address_is_kept(self, client):
        client.get("/v/made:up/confirm/", REMOTE_ADDR="192.0.2.99")
        assert "192.0.2" not in str(list(Knock.objects.values()))


class TestRevocation:
    """L4"""

    def moved(self, visit):
        booking.move_appointment(
            appointment_id=visit.pk,
            starts_at=visit.starts_at + timedelta(hours=1),
            seen_version=visit.version,
            by=clinic.receptionist(),
            now=NOW,
        )

    def cancelled(self, visit):
        booking.cancel_appointment(
            appointment_id=visit.pk, seen_version=visit.version, by=clinic.receptionist(), now=NOW
        )

    def address_changed(self, visit):
        fields = {name: getattr(visit.patient, name) for name in records.FIELDS}
        records.change_patient(
            patient=visit.patient, **(fields | {"email": "new@mail.example"}), by="test", now=NOW
        )

    @pytest.mark.parametrize("change", ["moved", "cancelled", "address_changed"])
    @pytest.mark.parametrize("act", ACTS)
    def test_an_old_link_is_gone_when_the_visit_or_the_address_changes(self, client, act, change):
        link = a_link(act)
        getattr(self, change)(visits.appointment(link.appointment_id))
        before = everything()
        for answer in (client.get(address(link)), client.post(address(link))):
            assert answer.status_code == 410
            assert 'data-code="link_over"' in answer.content.decode()
        assert everything() == before

    def test_a_new_link_of_the_moved_visit_acts(self, client):
        link = a_link()
        visit = visits.appointment(link.appointment_id)
        self.moved(visit)
        fresh = a_link(visit=visits.appointment(visit.pk))
        assert fresh != link
        assert client.post(address(fresh)).status_code == 302

    def test_the_same_letter_again_brings_the_same_link(self):
        link = a_link()
        assert a_link(visit=link.appointment) == link

    def test_whoever_has_arrived_is_confirmed_by_no_link(self, client):
        link = a_link()
        Appointment.objects.filter(pk=link.appointment_id).update(state=S.ARRIVED)
        assert client.post(address(link)).status_code == 410

    def test_without_the_listener_an_old_link_would_act(self, client, monkeypatch):
        """The negative control of the revocation: the visit moved, the letter said another time."""
        from treatments.booking import hooks

        monkeypatch.setattr(
            hooks.appointment_moved,
            "_listeners",
            [
                each
                for each in hooks.appointment_moved._listeners
                if each is not links.revoke_after_change
            ],
        )
        link = a_link()
        self.moved(visits.appointment(link.appointment_id))
        assert client.post(address(link)).status_code == 302


class TestLeakage:
    """L5"""

    @pytest.mark.parametrize("act", ACTS)
    def test_the_page_tells_nobody_where_it_is_and_says_nothing_of_health(self, client, act):
        link = a_link(act)
        answer = client.get(address(link))
        page = answer.content.decode()
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]
        assert link.appointment.patient.full_name not in page
        for word in ("melasma", "melazma", "mezoterapi", "mesotherapy", "session", "seans"):
            assert word not in page.lower()

    def test_nothing_of_a_key_is_stored(self):
        link = a_link()
        assert _key(link) not in str(VisitLink.objects.values())

    def test_the_log_has_no_key(self, client, caplog):
        from clinic.logs import WithoutKeys

        caplog.handler.addFilter(WithoutKeys())
        link = a_link()
        client.post(address(link))
        with caplog.at_level("WARNING"):
            client.get(address(link))
            client.get("/v/made:up:key/confirm/")
        assert caplog.records
        assert _key(link) not in caplog.text
        assert "made:up:key" not in caplog.text

    @pytest.mark.parametrize(("language", "word"), [("en", "Will you come?"), ("tr", 'lang="tr"')])
    def test_in_the_language_of_the_patient(self, client, language, word):
        visit = a_plain_visit()
        visit.patient.language = language
        visit.patient.save()
        assert word in client.get(address(a_link(visit=visit))).content.decode()

    def test_a_key_with_another_purpose_of_the_clinic_opens_nothing(self, client):
        link = a_link()
        foreign = signing.Signer(salt="patients.links").sign_object({"l": link.pk.hex})
        assert client.get(reverse("patient:visit", args=[foreign, "confirm"])).status_code == 404
        assert client.get(reverse("patient:visit", args=[_key(link), "other"])).status_code == 404


def test_an_open_link_is_refused_by_the_action_too():
    """Whoever looked in time and pressed too late."""
    link = a_link(VisitAct.CANCEL)
    with pytest.raises(LinkOver):
        actions.cancel_visit(link=link, now=link.expires_at)
    assert visits.appointment(link.appointment_id).starts_at == at(
        "10:00", link.appointment.starts_at.date()
    )
