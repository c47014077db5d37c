"""Weak labels: the pattern or fabric that a product's name tells, read by rules that are data.

The rules are in ``resources/taxonomy/weak_labels.json``; what they mean and how often they are wrong is written in the
README beside them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from trainer.checked_json import entries, read_object, spelling_key, texts, wrong

_RULE_FIELDS = {"value", "words", "only"}
_BOOK_FIELDS = {"groups", "article_types", "never", "traps", "rules"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that reads a weak label from a product name.

    Attributes:
        value: The label it gives; ``None`` where the words forbid a label.
        words: What the name must contain; ``None`` where the kind of product is enough.
        only: Keys of the article types that it holds for; empty for all in scope.
    """

    value: str | None
    words: re.Pattern[str] | None
    only: frozenset[str]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules for one attribute, in their order of precedence.

    Attributes:
        scope: Keys of the article types that can have the attribute at all.
        traps: Phrases taken out of the name before the rules read it; ``None`` when there are none.
        rules: The first that holds gives the label.
    """

    scope: frozenset[str]
    traps: re.Pattern[str] | None
    rules: tuple[Rule, ...]

    def read(self, product_name: str, article_type: str) -> str | None:
        """The weak label of a product, or ``None`` when its name does not say."""
        kind = spelling_key(article_type)
        if kind not in self.scope:
            return None
        name = self.traps.sub(" ", product_name) if self.traps else product_name
        for rule in self.rules:
            if (not rule.only or kind in rule.only) and (rule.words is None or rule.words.search(name)):
                return rule.value
        return None


def read_rule_book(file: Path, attribute: str, values: set[str], meanings: Mapping[str, Collection[str]]) -> RuleBook:
    """The rules for one attribute.

    Args:
        file: ``weak_labels.json``.
        attribute: ``pattern`` or ``fabric``.
        values: The names that the rules may give.
        meanings: Names of groups and categories -> the category names and article types that each stands for. Any
            other word in the file is an article type itself.

    Raises:
        DataError: The file is missing or damaged.
    """
    (book,) = entries(file, [read_object(file, attribute)[attribute]], _BOOK_FIELDS, f"“{attribute}”")
    kinds = {
        part: texts(file, book[part], f"“{part}” of “{attribute}”")
        for part in ("groups", "article_types", "never", "traps")
    }
    scope = _kinds(kinds["groups"] + kinds["article_types"], meanings) - _kinds(kinds["never"], meanings)
    rules = []
    for number, entry in enumerate(entries(file, book["rules"], _RULE_FIELDS, f"“rules” of “{attribute}”"), 1):
        what = f"rule {number} of “{attribute}”"
        only = texts(file, entry["only"], f"“only” of {what}")
        if entry["value"] is not None and entry["value"] not in values:
            raise wrong(file, f"{what} gives “{entry['value']}”, which is not a {attribute}")
        if entry["words"] is None and not only:
            raise wrong(file, f"{what} has neither words nor kinds of product")
        words = (
            None
            if entry["words"] is None
            else _pattern(file, texts(file, [entry["words"]], f"“words” of {what}"), what)
        )
        rules.append(Rule(value=entry["value"], words=words, only=_kinds(only, meanings)))
    return RuleBook(scope=scope, traps=_pattern(file, kinds["traps"], "“traps”"), rules=tuple(rules))


def _kinds(words: Iterable[str], meanings: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Spelling keys of all article types and category names that the words stand for."""
    return frozenset(spelling_key(kind) for word in words for kind in meanings.get(word, (word,)))


def _pattern(file: Path, expressions: Iterable[str], what: str) -> re.Pattern[str] | None:
    """One pattern for whole words that matches any of the expressions, or ``None`` when there are none."""
    try:
        joined = "|".join(re.compile(expression).pattern for expression in expressions)
        return re.compile(rf"\b(?:{joined})\b", re.IGNORECASE) if joined else None
    except re.error as error:
        raise wrong(file, f"{what} has words that are not a regular expression", str(error)) from error
