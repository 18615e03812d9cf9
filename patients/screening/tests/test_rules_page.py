from patients.screening.rule_files import load_rule_set
from patients.screening.rules_page import PAGE, rules_page


def test_the_page_of_the_rules_equals_the_data():
    written = PAGE.read_text(encoding="utf-8")

    assert written == rules_page(load_rule_set()), "run: python -m patients.screening.rules_page"


def test_every_rule_stands_there_with_source_certainty_and_who_may_override():
    page = PAGE.read_text(encoding="utf-8")

    for rule in load_rule_set().rules:
        own = page.split(f"### {rule.id}\n")[1].split("\n### ")[0]
        assert rule.source in own
        assert f"Certainty: {rule.confidence}" in own
        for case in rule.cases:
            assert f"`{case.when}`" in own
            assert f"Overridden when {case.severity}: " in own
        assert rule.title.en in own
        assert rule.title.tr in own
