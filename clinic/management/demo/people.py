"""Invented people of the demo clinic: Turkish and foreign names, none of a real person."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from patients.records.terms import PatientLanguage, ReminderWish, Sex

WOMEN = (
    "Ayşe", "Fatma", "Zeynep", "Elif", "Merve", "Işıl", "Çiğdem", "Gülşah", "Şule", "Özlem", "Nazlı",
    "Ümran", "Ebru", "Sevgi", "Hülya", "Pınar", "Derya", "Yasemin", "İpek", "Tuğba", "Nur", "Melis",
)  # fmt: skip
MEN = ("Mehmet", "Mustafa", "Ali", "İbrahim", "Çağrı", "Ömer", "Barış", "Işık", "Uğur", "Şahin")
SURNAMES = (
    "Yılmaz", "Kaya", "Demir", "Çelik", "Şahin", "Yıldız", "Öztürk", "Aydın", "Özdemir", "Arslan",
    "Doğan", "Kılıç", "Aslan", "Çetin", "Kara", "Koç", "Kurt", "Özkan", "Şimşek", "Polat", "Erdoğdu",
    "Güneş", "Işık", "Ünal", "Bulut", "Tekin", "Ağaoğlu", "İnce", "Uçar", "Sönmez",
)  # fmt: skip
FOREIGN = (
    ("Anna Kowalska", "F"), ("Maria Petrova", "F"), ("Sarah O'Neill", "F"), ("Leila Haddad", "F"),
    ("Ngọc Trần", "F"), ("Björn Ångström", "M"), ("Claire Lefèvre", "F"), ("Amina Diallo", "F"),
    ("José Muñoz", "M"), ("Olena Shevchenko", "F"),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    full_name: str
    sex: Sex
    born_on: date
    phone: str
    email: str
    language: PatientLanguage
    reminders: ReminderWish


def people(count: int, *, random: Random, today: date) -> list[Person]:
    """`count` different people between 22 and 66, about one in eight from abroad."""
    invented: dict[tuple[str, date], Person] = {}
    while len(invented) < count:
        person = _person(len(invented), random=random, today=today)
        invented.setdefault((person.full_name, person.born_on), person)
    return list(invented.values())


def _person(number: int, *, random: Random, today: date) -> Person:
    foreign = random.random() < 0.13
    if foreign:
        name, sex_code = random.choice(FOREIGN)
        sex = Sex(sex_code)
    else:
        sex = Sex.FEMALE if random.random() < 0.82 else Sex.MALE
        first = random.choice(WOMEN if sex == Sex.FEMALE else MEN)
        name = f"{first} {random.choice(SURNAMES)}"
    paper = random.random() < 0.08
    return Person(
        full_name=name,
        sex=sex,
        born_on=today - timedelta(days=random.randint(22 * 366, 66 * 365)),
        phone=f"+9053{random.randint(0, 9)}{random.randint(1000000, 9999999)}",
        email="" if paper else f"hasta{number + 1}@demo.example",
        language=PatientLanguage.ENGLISH if foreign else PatientLanguage.TURKISH,
        reminders=ReminderWish.PAPER if paper else ReminderWish.EMAIL,
    )
