"""What people do with products: a function for each, which is one transaction and one undo.

Corrections of a product are corrections of all its photos that show it, see :func:`correct`: lists, exports by photo
and models that are improved with corrections follow without knowing products, and a photo that comes to the product
later takes part in what people set.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from fashionlens_gui.catalogue import operation_log, operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.operation_log import OperationKind
from fashionlens_gui.catalogue.visible_values import ask, natural_key
from fashionlens_gui.product_groups.products import read
from fashionlens_gui.tagging.tag import printable
from trainer.spelling import normal_form


def sku_key(sku: str) -> str:
    """How SKUs are compared: without case and outer spaces."""
    return normal_form(sku.strip()).casefold()


def group(catalogue: Catalogue, skus: Mapping[int, tuple[str, int]], anew: bool = False) -> Changes:
    """Put photos into the products of a rule.

    Args:
        catalogue: Open for writing.
        skus: SKU and position, by the photo's id. Photos of a position are in the order of their names.
        anew: Also those that a person put elsewhere; else they stay.
    """
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.add(database, OperationKind.GROUP, catalogue.who, now())
        ask(database, skus)
        asked = database.execute(
            "SELECT id, product_placed FROM photos WHERE hidden_by IS NULL AND id IN (SELECT photo FROM temp.asked) "
            "ORDER BY name_key, id"
        ).fetchall()
        product_of = _products_of(database, (skus[id_][0] for id_, _ in asked))
        places: dict[int, int] = {}
        rows = []
        for id_, placed in sorted(asked, key=lambda row: skus[row[0]][1]):
            product = product_of[sku_key(skus[id_][0])]
            places[product] = place = places.get(product, -1) + 1
            if anew or not placed:
                rows.append((id_, product, place, 0))
        return _arrange(catalogue, database, operation, rows)


def move(catalogue: Catalogue, photos: Sequence[int], sku: str) -> Changes:
    """Move photos to the end of a product, which is made if there is none of this SKU. Splits and merges, too.

    Raises:
        ValueError: The SKU is empty.
    """
    sku = _checked(sku)
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.add(database, OperationKind.MOVE_PHOTOS, catalogue.who, now(), value=sku)
        product = _products_of(database, [sku])[sku_key(sku)]
        last = "SELECT coalesce(max(product_position), -1) FROM photos WHERE product = ? AND hidden_by IS NULL"
        (after,) = database.execute(last, (product,)).fetchone()
        moved = set(photos)
        inside = {id_ for (id_,) in database.execute("SELECT id FROM photos WHERE product = ?", (product,))}
        rows = [(id_, product, after + 1 + n, 1) for n, id_ in enumerate(dict.fromkeys(photos)) if id_ not in inside]
        return _arrange(catalogue, database, operation, rows) if moved - inside else _none(database, operation)


def split(catalogue: Catalogue, photos: Sequence[int]) -> tuple[Changes, str]:
    """Make a product of its own of some photos of one; returns its SKU, that of the other with ``-2`` or the next free
    number.

    Raises:
        ValueError: The photos are not of one product, or are all its photos.
    """
    with catalogue.database.read() as database:
        ask_marks = ", ".join("?" * len(photos))
        found = database.execute(
            f"SELECT DISTINCT product FROM photos WHERE id IN ({ask_marks}) AND hidden_by IS NULL", list(photos)
        ).fetchall()
        if len(found) != 1 or found[0][0] is None:
            raise ValueError("the photos are not of one product")
        (product,) = found[0]
        (count,) = database.execute(
            "SELECT count(*) FROM photos WHERE product = ? AND hidden_by IS NULL", (product,)
        ).fetchone()
        if count == len(set(photos)):
            raise ValueError("these are all photos of the product")
        (sku,) = database.execute("SELECT sku FROM products WHERE id = ?", (product,)).fetchone()
        number = 2
        taken = "SELECT 1 FROM products JOIN photos ON product = products.id WHERE key = ? AND hidden_by IS NULL"
        while database.execute(taken, (sku_key(f"{sku}-{number}"),)).fetchone():
            number += 1
    return move(catalogue, photos, f"{sku}-{number}"), f"{sku}-{number}"


def merge(catalogue: Catalogue, product: int, others: Sequence[int]) -> Changes:
    """Move all photos of other products to a product, in the order of the products."""
    wanted = read(catalogue, [product, *others])
    photos = [photo for other in others for photo in wanted[other].photos]
    return move(catalogue, photos, wanted[product].sku)


def set_order(catalogue: Catalogue, photos: Sequence[int]) -> Changes:
    """Set the order of the photos of a product, the main one first. Those that are not named follow as they are.

    Raises:
        ValueError: The photos are not of one product.
    """
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.add(database, OperationKind.ORDER_PHOTOS, catalogue.who, now())
        first = database.execute("SELECT product FROM photos WHERE id = ?", (photos[0],)).fetchone()
        inside = database.execute(
            "SELECT id, product_placed FROM photos WHERE product = ? AND hidden_by IS NULL "
            "ORDER BY product_position, id",
            first or (None,),
        ).fetchall()
        placed = dict(inside)
        if not set(photos) <= set(placed):
            raise ValueError("the photos are not of one product")
        order = [*dict.fromkeys(photos), *(id_ for id_ in placed if id_ not in photos)]
        rows = [(id_, first[0], place, placed[id_]) for place, id_ in enumerate(order)]
        return _arrange(catalogue, database, operation, rows)


def ungroup(catalogue: Catalogue, photos: Iterable[int]) -> Changes:
    """Take photos out of their products; no rule puts them back, unless it is applied anew."""
    with catalogue.database.transaction(durable=True) as database:
        operation = operation_log.add(database, OperationKind.MOVE_PHOTOS, catalogue.who, now())
        return _arrange(catalogue, database, operation, [(id_, None, 0, 1) for id_ in dict.fromkeys(photos)])


def correct(catalogue: Catalogue, products: Sequence[int], values: Mapping[str, str]) -> Changes:
    """Set values of products: of all their photos but those that are set aside. One operation.

    Raises:
        ValueError: There is no such attribute, or the category is empty.
    """
    photos = [photo for product in read(catalogue, products).values() for photo in product.shown_photos]
    return operations.correct(catalogue, photos, values)


def _products_of(database: sqlite3.Connection, skus: Iterable[str]) -> dict[str, int]:
    """Ids of products by the key of the SKU; those that are new are made, in the transaction that is open."""
    by_key: dict[str, str] = {}
    for sku in skus:
        by_key.setdefault(sku_key(sku), printable(normal_form(sku.strip())))
    database.executemany(
        "INSERT OR IGNORE INTO products (sku, key, name_key) VALUES (?, ?, ?)",
        ((sku, key, natural_key(sku)) for key, sku in by_key.items()),
    )
    return {key: database.execute("SELECT id FROM products WHERE key = ?", (key,)).fetchone()[0] for key in by_key}


def _arrange(
    catalogue: Catalogue,
    database: sqlite3.Connection,
    operation: int,
    rows: Iterable[tuple[int, int | None, int, int]],
) -> Changes:
    """Carry out an operation that puts photos (id) into products (id or None), at positions, by a person or a rule."""
    database.execute("CREATE TEMP TABLE IF NOT EXISTS arranged (photo INTEGER PRIMARY KEY, product, position, placed)")
    database.execute("DELETE FROM temp.arranged")
    database.executemany("INSERT INTO temp.arranged VALUES (?, ?, ?, ?)", rows)
    database.execute(
        "INSERT INTO product_changes SELECT ?, photos.id, photos.product, product_position, product_placed, "
        "a.product, a.position, a.placed FROM temp.arranged a JOIN photos ON photos.id = a.photo "
        "WHERE hidden_by IS NULL AND (photos.product IS NOT a.product OR product_position <> a.position "
        "OR product_placed <> a.placed)",
        (operation,),
    )
    changed = operation_log.complete(database, operation, ())
    return Changes.of(Kind.PRODUCTS, changed) if changed else Changes.none()


def _none(database: sqlite3.Connection, operation: int) -> Changes:
    operation_log.complete(database, operation, ())
    return Changes.none()


def _checked(sku: str) -> str:
    sku = printable(normal_form(sku.strip()))
    if not sku:
        raise ValueError("a product needs a SKU")
    return sku
