"""Everyday words that are also brands: "beyaz hap" is a white tablet, not a contraceptive."""

import pytest

from patients.screening.tests.cases import V2

PLAIN_TURKISH = """
beyaz mavi sarı yeşil kırmızı pembe siyah mor turuncu gri renkli hap iğne şurup damla krem merhem
fitil sprey toz tablet kapsül ampul demir kan ağrı tansiyon şeker kalp mide baş böbrek karaciğer
tiroit guatr kolesterol ilaç doktor reçete sabah akşam tok aç küçük büyük yarım tam vitamin mineral
çinko potasyum balık yağı bitki çay sarımsak nane limon bal takviye kas eklem kemik romatizma alerji
astım öksürük grip nezle ateş diş boğaz göz kulak cilt sivilce leke egzama sedef mantar uçuk yara saç
hormon adet gebelik doğum kontrol bant halka menopoz tüp bebek uyku stres sinir depresyon panik
epilepsi migren felç pıhtı damar varis stent pil ritim aşı kesici yeni eski bazen başka hiç sigara
alkol prostat kabız ishal bulantı gaz anne baba çocuk kadın erkek lazer peeling dolgu botoks serum
güneş tonik jel sabun elma nar incir üzüm portakal su süt yumurta tuz yaş sıcak temiz açık koyu deniz
gül yasemin altın gümüş taş zayıflama diyet kilo ödem iltihap düşük yüksek tek çift ela eda nil
"""
ALSO_A_NAME = ("heather", "portia", "amethyst", "tabloid", "emend", "versed", "quartette")


@pytest.mark.parametrize("form", ["{}", "{} hap", "{} tablet", "bir {} iğne", "{} renkli ilaç"])
def test_a_plain_turkish_word_is_no_product(form):
    texts = [form.format(word) for word in PLAIN_TURKISH.split()]
    assert [text for text in texts if V2.recognise_medication(text).products] == []


def test_a_word_that_is_a_name_all_by_itself_still_counts():
    """The control: the list above does not pass because nothing is recognised any more."""
    assert V2.recognise_medication("magnezyum tablet").products
    assert V2.recognise_medication("Yasmin hap").products


@pytest.mark.parametrize("word", ALSO_A_NAME)
def test_a_brand_that_is_an_everyday_word_counts_only_where_nothing_else_is_said(word):
    assert V2.recognise_medication(f"{word} 28 tablet").products
    assert V2.recognise_medication(f"my aunt {word} has them").products == ()


def test_the_white_tablet_is_asked_about_and_another_product_beside_it_counts():
    assert not V2.recognise_medication("beyaz").complete
    both = V2.recognise_medication("Coumadin beyaz hap")
    assert [row.inn for rows in both.products for row in rows] == ["warfarin"]
