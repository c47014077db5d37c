"""Weak labels: the pattern or fabric in a product's name, found by rules from a file.

The rules are in ``resources/taxonomy/weak_labels.json``; what they mean and how often they are wrong is written in the
README beside them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from trainer.spelling import spelling_key
from trainer.taxonomy_files import Word, Words, check_listed, file_error, read


class _RuleEntry(msgspec.Struct, forbid_unknown_fields=True):
    value: str | None
    words: Word | None
    only: Words


class _BookEntry(msgspec.Struct, forbid_unknown_fields=True):
    groups: Words
    article_types: Words
    never: Words
    traps: Words
    rules: Annotated[tuple[_RuleEntry, ...], msgspec.Meta(min_length=1)]


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


def read_rule_books(
    file: Path, values: Mapping[str, Container[str]], meanings: Mapping[str, Collection[str]]
) -> dict[str, RuleBook]:
    """The rules for some attributes.

    Args:
        file: ``weak_labels.json``.
        values: Attribute -> the names that its rules may give.
        meanings: Names of groups and categories -> the category names and article types that each stands for. Any
            other word in the file is an article type itself.

    Raises:
        DataError: The file is missing or damaged.
    """
    books = read(file, dict[str, _BookEntry])
    for attribute in values:
        if attribute not in books:
            raise file_error(file, "taxonomy_damaged", problem=f"no `{attribute}`")
    return {
        attribute: _rule_book(file, attribute, books[attribute], names, meanings) for attribute, names in values.items()
    }


def _rule_book(
    file: Path, attribute: str, book: _BookEntry, names: Container[str], meanings: Mapping[str, Collection[str]]
) -> RuleBook:
    rules = []
    for number, entry in enumerate(book.rules, 1):
        rule = f"rule {number} of {attribute}"
        if entry.value is not None:
            check_listed(file, rule, entry.value, names)
        if entry.words is None and not entry.only:
            raise file_error(file, "weak_label_rule_empty", rule=rule)
        words = None if entry.words is None else _pattern(file, (entry.words,), rule)
        rules.append(Rule(entry.value, words, _kinds(entry.only, meanings)))
    scope = _kinds(book.groups + book.article_types, meanings) - _kinds(book.never, meanings)
    return RuleBook(scope, _pattern(file, book.traps, f"traps of {attribute}"), tuple(rules))


def _kinds(words: Iterable[str], meanings: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Spelling keys of all article types and category names that the words stand for."""
    return frozenset(spelling_key(kind) for word in words for kind in meanings.get(word, (word,)))


def _pattern(file: Path, expressions: Iterable[str], rule: str) -> re.Pattern[str] | None:
    """One pattern for whole words that matches any of the expressions, or ``None`` when there are none."""
    try:
        joined = "|".join(re.compile(expression).pattern for expression in expressions)
        return re.compile(rf"\b(?:{joined})\b", re.IGNORECASE) if joined else None
    except re.error as error:
        raise file_error(file, "weak_label_pattern_malformed", repr(error), rule=rule, problem=str(error)) from error
