"""Letters that a file can name and no database can keep."""

import json

import pytest

from clinic.tests.builders import receptionist
from patients.importing.tests.records import allergy, concept, lines, order, person
from patients.importing.tests.test_bringing_in import (  # noqa: F401  (a fixture among them)
    _in_english,
    bring_in,
    upload,
)
from patients.intake.models import ListedMedication

pytestmark = pytest.mark.django_db
UNKEEPABLE = {
    "cell.csv": "Ad Soyad;Doğum Tarihi\nA\x00da Işık;02.01.1990\n",
    "head.csv": "Ad Soyad;Do\x00ğum Tarihi\nAda Işık;02.01.1990\n",
    "name.ndjson": json.dumps(person(name=[{"family": "I\x00", "given": ["A"]}])),
    "half.ndjson": json.dumps(person(name=[{"family": "I\ud800", "given": ["A"]}])),
    "id.ndjson": json.dumps(person(key="p\x001")),
    "half-id.ndjson": json.dumps(person(key="p\ud8001")),
    "order.ndjson": json.dumps(person()) + "\n" + json.dumps(order(concept(text="War\x00farin"))),
    "half-order.ndjson": json.dumps(person()) + "\n" + json.dumps(order(concept(text="W\ud800"))),
    "allergy.ndjson": json.dumps(person()) + "\n" + json.dumps(allergy(concept(text="La\x00tex"))),
}


@pytest.mark.parametrize("name", UNKEEPABLE)
def test_letters_that_cannot_be_kept_refuse_the_file_at_the_check(client, tmp_path, name):
    client.force_login(receptionist())
    path = tmp_path / name
    path.write_text(UNKEEPABLE[name], encoding="utf-8")

    answer = upload(client, path)

    assert answer.status_code in (302, 422)
    page = answer if answer.status_code == 422 else client.get(answer.url)
    assert "These letters cannot be read." in page.content.decode()


def test_a_face_in_a_name_is_read_whole(tmp_path):
    """What looks like two halves in JSON is one letter."""
    bring_in(lines(tmp_path, person(), order(concept(text="Vitamin 😀"))))

    assert ListedMedication.objects.get().text == "Vitamin 😀"
