"""The template language of export profiles."""

from __future__ import annotations

import pytest

from fashionlens_gui.shops.names import Names
from fashionlens_gui.shops.template import read_template, slug
from tests.refused import refused

FACTS = {
    "audience": "Women",
    "colour": "Navy blue",
    "category": "Dress",
    "price": "1.299,90 €",
    "title": "",
    "sku": "Ä 1",
}


def fill(text: str, language: str = "en", constants: tuple[str, ...] = ()) -> str:
    return read_template(text).fill(lambda name: FACTS.get(name, "EUR" if name == "currency" else ""),
                                    Names({}, language), constants)  # fmt: skip


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("active", "active"),
        ("{audience|possessive} {colour|lower} {category}", "Women’s navy blue Dress"),
        ("{title} {category|plural|upper}", "DRESSES"),
        ("{category}[ – {title}]", "Dress"),
        ("{category}[ in {colour}]", "Dress in Navy blue"),
        ("[ in {title}]", ""),
        ("https://x/{title}", ""),
        ("{price|decimal} {currency}", "1299.90 EUR"),
        ("{title|decimal} {currency}", ""),
        ("{title|default:none}", "none"),
        ("{colour|then:Colour}{title|then:no}", "Colour"),
        ("{{{category}}} [[{colour|slug}]]", "{Dress} [navy-blue]"),
        ("{sku|url}", "%C3%84%201"),
        ("{colour|cut:5}", "Navy"),
        ("{colour|replace: :_}", "Navy_blue"),
        ("<{sku|html}>", "<Ä 1>"),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert fill(template, constants=("currency",)) == text


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{colour", "brace"),
        ("colour}", "brace"),
        ("[{colour}", "bracket"),
        ("[[{colour}]", "bracket"),
        ("[a [b]]", "bracket"),
        ("{}", "fact"),
        ("{colour|shout}", "filter"),
        ("{colour|cut}", "argument"),
        ("{colour|cut:0}", "argument"),
        ("{colour|lower:1}", "argument"),
        ("{__class__.__mro__|x}", "filter"),
    ],
)
def test_wrong_templates_are_refused_with_the_part_that_is_wrong(template: str, problem: str) -> None:
    with refused("template_invalid", template, problem=problem):
        read_template(template)


@pytest.mark.parametrize(
    ("price", "number"),
    [("19,90", "19.90"), ("1,299.00 USD", "1299.00"), ("1.299", "1299"), ("12'000,5", "12000.5"), ("free", "free"),
     ("19", "19"), ("1,299", "1299"), ("0,5", "0.5"), ("1.234.567", "1234567"), ("", "")],
)  # fmt: skip
def test_prices_of_any_country_become_numbers(price: str, number: str) -> None:
    assert read_template("{p|decimal}").fill(lambda _: price, Names({})) == number


def test_slugs_are_ascii_in_each_language() -> None:
    assert slug("Größe 42 / Crème d’Été", "de") == "groesse-42-creme-dete"
    assert slug("Größe", "fr") == "grosse"
    assert slug("日本") == ""
