"""The catalogues: complete, with the right placeholders, and read by Django as they were meant."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import ngettext

from clinic import catalogs

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
# Turkish capitals of i and ı are not those of other languages; nothing on a page is recased.
RECASING = re.compile(
    r"text-transform\s*:|text-(?:upper|lower)case|text-capitalize|\|(?:title|capfirst)\b"
)


@pytest.fixture
def compiled(settings, tmp_path):
    """The catalogues of the repository, compiled beside it: a fresh machine has none yet."""
    for language in catalogs.languages():
        source = catalogs.po_path(language)
        target = tmp_path / "locale" / language / "LC_MESSAGES" / source.name
        target.parent.mkdir(parents=True)
        target.write_bytes(source.read_bytes())
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    catalogs.compile_all()


@pytest.fixture
def planted(settings, tmp_path):
    """A small project of its own: write its files, and its catalogue, to see what is found."""
    settings.ROOT, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    po = tmp_path / "locale" / "tr" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)

    def plant(path: str, text: str, catalogue: str) -> list[str]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
        po.write_text(HEADER + "\n" + catalogue, encoding="utf-8")
        return list(catalogs.faults("tr"))

    return plant


@pytest.mark.slow  # the same as `translations check`, which every ./check runs
@pytest.mark.parametrize("language", catalogs.languages())
def test_every_text_is_translated_with_its_placeholders(language):
    assert list(catalogs.faults(language)) == []


def test_the_catalogue_is_large_enough_to_have_been_read():
    assert len(catalogs.read("tr")) > 1000


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("clinic/words.py", 'WORDS = _("A planted text")\n'),
        ("patients/words.py", 'WORDS = ngettext("A planted text", "Planted texts", 2)\n'),
        ("templates/page.html", '{% load i18n %}<p>{% translate "A planted text" %}</p>'),
        (
            "templates/page.txt",
            "{% load i18n %}{% blocktranslate trimmed %}\n  A planted text\n{% endblocktranslate %}",
        ),
    ],
)
def test_a_text_that_nobody_translated_is_found(planted, path, text):
    assert planted(path, text, "") == ["tr: not in the catalogue: 'A planted text'"]
    empty = 'msgid "A planted text"\nmsgstr ""\n'
    assert planted(path, text, empty) != []
    filled = 'msgid "A planted text"\nmsgstr "Ekilmiş metin"\n'
    if "ngettext" in text:
        filled = 'msgid "A planted text"\nmsgid_plural "Planted texts"\nmsgstr[0] "Ekilmiş metin"\n'
    assert planted(path, text, filled) == []


def test_a_lost_placeholder_is_found(planted):
    text = 'WORDS = _("%(who)s at %(time)s")\n'
    lost = 'msgid "%(who)s at %(time)s"\nmsgstr "%(time)s saatinde"\n'
    assert planted("clinic/words.py", text, lost) == [
        "tr: other placeholders: '%(who)s at %(time)s'"
    ]
    moved = 'msgid "%(who)s at %(time)s"\nmsgstr "%(time)s: %(who)s"\n'
    assert planted("clinic/words.py", text, moved) == []


def test_an_uncertain_translation_is_found(planted):
    fuzzy = '#, fuzzy\nmsgid "Undo"\nmsgstr "Geri al"\n'
    assert planted("clinic/words.py", 'WORDS = _("Undo")\n', fuzzy) == ["tr: fuzzy: 'Undo'"]


def test_a_word_with_a_context_is_another_word(planted):
    bare = 'msgid "Open"\nmsgstr "Aç"\n'
    text = 'WORDS = pgettext("not closed yet", "Open")\n'
    assert planted("clinic/words.py", text, bare) == ["tr: not in the catalogue: 'Open'"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words", "foreign"), [("tr", "Giriş yap", "Sign in"), ("en", "Sign in", "Giriş")]
)
def test_a_page_is_read_in_the_language_that_was_asked_for(
    compiled, client, language, words, foreign
):
    page = client.get("/accounts/login/", headers={"accept-language": language}).content.decode()
    assert f'<html lang="{language}"' in page
    assert words in page
    assert foreign not in page


def test_one_form_serves_every_number(compiled):
    """Turkish counts without a plural; Django's own catalogue has two forms and still works."""
    with translation.override("tr"):
        for number in (0, 1, 2, 7):
            ours = ngettext("%(found)s patient", "%(found)s patients", number)
            assert ours % {"found": number} == f"{number} hasta"
            theirs = ngettext("%(num)d year", "%(num)d years", number)
            assert theirs % {"num": number} == f"{number} yıl"


def _days_and_months() -> list[str]:
    with translation.override("tr"):
        return [date_format(date(2026, 1, 1) + timedelta(each), "D l M F b") for each in range(365)]


def test_no_word_of_ours_changes_the_name_of_a_day_or_a_month(compiled, settings):
    """Django asks the same catalogue for "Sun" and "May"; a cause of spots was once a weekday."""
    with_ours = _days_and_months()
    settings.LOCALE_PATHS = []
    assert with_ours == _days_and_months()
    assert with_ours[3] == "Paz Pazar Oca Ocak oca"


def test_a_word_that_changes_the_name_of_a_day_is_noticed(compiled, settings):
    po = catalogs.po_path("tr")
    po.write_text(f'{po.read_text("utf-8")}\nmsgid "Sun"\nmsgstr "Güneş"\n', encoding="utf-8")
    catalogs.compile_all()
    settings.LOCALE_PATHS = list(settings.LOCALE_PATHS)  # read again
    assert _days_and_months()[3].startswith("Güneş")


@pytest.mark.parametrize("folder", ["templates", "static/css"])
def test_nothing_on_a_page_changes_the_case_of_a_text(folder):
    files = [path for path in Path(project.ROOT, folder).rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if RECASING.search(path.read_text("utf-8"))] == []


def test_recasing_is_recognised():
    for sample in ("text-transform: uppercase", 'class="text-uppercase"', "{{ name|title }}"):
        assert RECASING.search(sample)
