"""The values that people see: a person's, else the model's. Columns of ``photos``, so that SQL sorts and filters them.

Whoever changes predictions, a person's values or the review threshold calls :func:`refresh` in the same transaction.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence

from fashionlens_gui.catalogue.database import set_setting, setting
from fashionlens_gui.catalogue.own_columns import attribute_columns
from fashionlens_gui.catalogue.prediction_columns import LOW
from fashionlens_gui.tagging.tag import ReviewRule
from trainer.inference.levels import LEVELS, reaches
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES, Level

SET_BY_USER = 2.0
"""The confidence of a category that a person set, in the column ``confidence``: above every probability."""
_REVIEW_RULE = "review_rule"

_CONFIDENCE = {
    Level.CATEGORY: "p.confidence",
    Level.GOOGLE: "p.google_confidence",
    Level.GROUP: "p.group_confidence",
}
_DIGITS = re.compile(r"\d+")

# A photo of which nothing is known needs review. Attributes that people defined are no corrections of a model.
_SEEN = f"""
SELECT asked.photo AS photo,
{{values}}
    max(u.attribute = '{CATEGORY}') IS 1 AS of_user,
    max(u.value <> CASE u.attribute
        {" ".join(f"WHEN '{name}' THEN coalesce(p.{name}, '')" for name in CATEGORY_AND_ATTRIBUTES)}
        END) AS corrected,
    p.confidence AS model_confidence, p.second_category AS second, p.failed AS failed,
    p.doubtful OR {{unsure}} AS unsure
FROM temp.asked LEFT JOIN predictions p ON p.photo = asked.photo LEFT JOIN user_values u ON u.photo = asked.photo
GROUP BY asked.photo
"""
_OF_CATEGORY = f"""
    category = seen.category,
    confidence = iif(of_user, {SET_BY_USER}, model_confidence),
    second_category = iif(of_user, '', coalesce(second, '')),
    status = CASE WHEN of_user THEN 'ok' WHEN failed THEN 'error' WHEN unsure IS NOT 0 THEN 'needs review' ELSE 'ok' END
"""


def natural_key(name: str) -> str:
    """A sort key without case in which ``IMG 2`` comes before ``IMG 10``."""
    return _DIGITS.sub(lambda match: match.group().zfill(12), name.casefold())


def ask(database: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Put ids into the table ``temp.asked`` of this connection, in place of others."""
    database.execute("CREATE TEMP TABLE IF NOT EXISTS asked (photo INTEGER PRIMARY KEY)")
    database.execute("DELETE FROM temp.asked")
    database.executemany("INSERT OR IGNORE INTO temp.asked VALUES (?)", ((int(id_),) for id_ in ids))


def refresh(database: sqlite3.Connection, attributes: Sequence[str] | None = None) -> None:
    """Set what people see of the photos in ``temp.asked``, in the transaction that is open.

    Args:
        database: The connection that writes.
        attributes: What may have changed, None for all; an index is written anew for each of them.
    """
    names = attribute_columns(database)
    attributes = names if attributes is None else attributes
    values = "".join(
        f" coalesce(max(iif(u.attribute = '{name}', u.value, NULL)), p.{name}, '') AS {name}," for name in names
    )
    columns = [f"{name} = seen.{name}" for name in attributes if name != CATEGORY]
    columns += [_OF_CATEGORY] if CATEGORY in attributes else []
    seen = _SEEN.format(values=values, unsure=_unsure(review_rule(database)))
    database.execute(
        f"UPDATE photos SET {', '.join([*columns, 'corrected = seen.corrected'])} "
        f"FROM ({seen}) AS seen WHERE photos.id = seen.photo"
    )


def review_rule(database: sqlite3.Connection) -> ReviewRule:
    """Which photos need review."""
    stored = setting(database, _REVIEW_RULE) or {}
    return ReviewRule(Level(stored.get("sure_of", Level.CATEGORY)), stored.get("below"))


def set_review_rule(database: sqlite3.Connection, rule: ReviewRule) -> None:
    """Set it, in the transaction that is open. Raises ValueError: the threshold is not in [0, 1]."""
    if rule.below is not None and not 0 <= rule.below <= 1:
        raise ValueError(f"a threshold of {rule.below}")
    set_setting(database, _REVIEW_RULE, {"sure_of": rule.sure_of, "below": rule.below})


def _unsure(rule: ReviewRule) -> str:
    """A condition on predictions: as :meth:`fashionlens_gui.tagging.tag.Tag.with_review_rule` decides it."""
    if rule.below is None:
        sure = (str(code) for level, code in LOW.items() if reaches(level, rule.sure_of))
        return f"p.low NOT IN ({', '.join(sure)})"
    if rule.below >= 1:
        return "1"
    finer = [_CONFIDENCE[level] for level in LEVELS if reaches(level, rule.sure_of)]
    return f"max({', '.join(f'coalesce({column}, 0)' for column in (*finer, '0'))}) < {rule.below!r}"
