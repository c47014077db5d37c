"""Similar photos: exact, in step with the catalogue, of one model, in a list."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.catalogue.search import similar_index
from fashionlens_gui.catalogue.search.compared_photos import Likeness, ReadPhotos
from fashionlens_gui.catalogue.search.similar import SimilarPhotos
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.tag import predicted
from tests.catalogue.catalogue_rows import MODEL, add, broken
from trainer.control import WorkControl
from trainer.errors import Cancelled, DataError
from trainer.inference.prediction import Prediction, Ranking

CATEGORIES, COLOURS = ("Dress", "Coat", "Bag"), ("Red", "Blue")


def prediction(random: np.random.Generator) -> Prediction:
    def ranking(labels: tuple[str, ...]) -> Ranking:
        values = random.dirichlet(np.full(len(labels), 0.4)).astype(np.float32)
        order = np.argsort(-values)
        return Ranking(tuple(labels[place] for place in order), tuple(values[order].tolist()))

    embedding = random.standard_normal(8).astype(np.float32)
    embedding /= np.linalg.norm(embedding)
    return Prediction(ranking(CATEGORIES), False, embedding, {"colour": ranking(COLOURS)})


def row(name: str, answer: Prediction) -> Tagged:
    tag = predicted(Path("/photos") / name, name, answer)
    return Tagged(tag, None, f"digest of {name}", answer.embedding.astype(np.float16), (1000, 1))


def likeness(one: Prediction, other: Prediction) -> float:
    """The formula, written out."""

    def agree(first: Ranking, second: Ranking) -> float:
        others = dict(zip(second.labels, second.probabilities, strict=True))
        return sum(p * others[label] for label, p in zip(first.labels, first.probabilities, strict=True))

    category = np.log(agree(one.category, other.category) + 1e-6)
    colour = np.log(agree(one.attributes["colour"], other.attributes["colour"]) + 1e-4)
    cosine = float(one.embedding.astype(np.float16) @ other.embedding.astype(np.float16).astype(np.float32))
    return float(category + 0.15 * colour + 0.5 * cosine)


@pytest.fixture
def answers() -> list[Prediction]:
    random = np.random.default_rng(5)
    return [prediction(random) for _ in range(200)]


@pytest.fixture
def ids(catalogue: Catalogue, answers: list[Prediction]) -> list[int]:
    return add(catalogue, *(row(f"{number}.jpg", answer) for number, answer in enumerate(answers)))


def test_the_nearest_are_those_of_comparing_all(
    catalogue: Catalogue, ids: list[int], answers: list[Prediction]
) -> None:
    similar = SimilarPhotos(catalogue)
    for place in (0, 7, 150):
        scores = {id_: likeness(answers[place], other) for id_, other in zip(ids, answers, strict=True)}
        del scores[ids[place]]
        expected = sorted(scores, key=lambda id_: -scores[id_])
        found = similar.to_photo(ids[place], 12)
        assert found.ids_K.dtype == np.int64 and found.ids_K.tolist() == expected[:12]
        assert found.similarity_K.tolist() == sorted(found.similarity_K.tolist(), reverse=True)
        assert 0 < found.similarity_K[-1] <= found.similarity_K[0] <= 1
        in_list = Query(values={"category": "Dress"})
        dresses = [id_ for id_ in expected if catalogue.tags([id_])[id_].category == "Dress"]
        assert similar.to_photo(ids[place], 5, in_list).ids_K.tolist() == dresses[:5]
        same = similar.to_prediction(answers[place], MODEL, 13)
        assert same.ids_K.tolist()[0] == ids[place] or same.similarity_K[0] == 1
        assert set(same.ids_K.tolist()) == {*expected[:12], ids[place]}
    assert len(similar.to_photo(ids[0], 1000).ids_K) == 199
    assert similar.to_photo(10**6).ids_K.tolist() == []
    assert similar.to_prediction(answers[0], ModelIdentity("another")).ids_K.tolist() == []


def test_a_copy_of_an_uncertain_photo_comes_before_a_certain_one(catalogue: Catalogue) -> None:
    def answer(confidence: float, *embedding: float) -> Prediction:
        rankings = {"colour": Ranking(("Red", "Blue"), (1, 0))}
        return Prediction(
            Ranking(("Dress", "Coat"), (confidence, 1 - confidence)), False, np.array(embedding, np.float32), rankings
        )

    unsure, sure = answer(0.75, 1, 0), answer(1, 0.8, 0.6)
    assert likeness(unsure, sure) > likeness(unsure, unsure), "it is more typical than the photo itself"
    photo, _, copy = add(catalogue, row("photo.jpg", unsure), row("sure.jpg", sure), row("copy.jpg", unsure))
    found = SimilarPhotos(catalogue).to_photo(photo, 2)
    assert found.ids_K[0] == copy and found.similarity_K.tolist() == [1, 1]


def test_what_is_tagged_again_forgotten_or_of_another_model_is_followed(
    catalogue: Catalogue, ids: list[int], answers: list[Prediction]
) -> None:
    similar = SimilarPhotos(catalogue)
    nearest = similar.to_photo(ids[0], 3).ids_K.tolist()
    operations.forget(catalogue, nearest[:1])
    assert similar.to_photo(ids[0], 2).ids_K.tolist() == nearest[1:]
    operations.undo(catalogue)
    assert similar.to_photo(ids[0], 3).ids_K.tolist() == nearest
    twin = add(catalogue, row("twin.jpg", answers[0]))
    assert similar.to_photo(ids[0], 1).ids_K.tolist() in (twin, nearest[:1])
    assert similar.to_photo(ids[0], 4).similarity_K.max() == 1
    add(catalogue, row("twin.jpg", answers[3]))  # tagged again: it shows something else now
    assert SimilarPhotos(catalogue).to_photo(ids[0], 3).ids_K.tolist() == nearest
    assert similar.to_photo(ids[0], 3).ids_K.tolist() == nearest
    add(catalogue, row("twin.jpg", answers[0]), model=ModelIdentity("another"))
    assert similar.to_photo(ids[0], 3).ids_K.tolist() == nearest
    assert similar.to_photo(twin[0]).ids_K.tolist() == []
    failed = add(catalogue, broken("failed.jpg"))
    assert similar.to_photo(failed[0]).ids_K.tolist() == []
    assert similar.main_model() == (MODEL.name, MODEL.fingerprint)
    with catalogue.database.transaction(durable=False) as database:
        database.execute("DELETE FROM photos WHERE id = ?", (nearest[0],))
    assert similar.to_photo(ids[0], 2).ids_K.tolist() == nearest[1:]


def test_many_forgotten_photos_hide_none_that_is_there(
    catalogue: Catalogue, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fashionlens_gui.catalogue.search.similar._SPARE", 2)
    similar = SimilarPhotos(catalogue)
    nearest = similar.to_photo(ids[0], 20).ids_K.tolist()
    operations.forget(catalogue, nearest[:15])
    assert similar.to_photo(ids[0], 5).ids_K.tolist() == nearest[15:]


def test_the_same_product_and_duplicates_are_no_recommendation(
    catalogue: Catalogue, ids: list[int], answers: list[Prediction]
) -> None:
    copy, near = add(catalogue, row("copy.jpg", answers[9]), row("resized.jpg", answers[0]))
    similar = SimilarPhotos(catalogue)
    everything = similar.to_photo(ids[0], 30).ids_K.tolist()
    product = [id_ for id_ in everything if id_ not in (copy, near)][:3]
    with catalogue.database.transaction(durable=False) as database:
        database.execute("UPDATE photos SET digest = 'digest of 0.jpg' WHERE id = ?", (copy,))
        database.execute("INSERT INTO products (id, sku, key, name_key) VALUES (1, 'A', 'a', '')")
        database.execute(f"UPDATE photos SET product = 1 WHERE id IN ({', '.join(map(str, [ids[0], *product]))})")
    found = dict(similar.of_each(Query(), 10))
    assert len(found) == 202
    expected = [id_ for id_ in everything if id_ not in (copy, near, *product)]
    assert found[ids[0]].tolist() == expected[:10]
    only = Query(values={"category": "Dress"})
    dresses = dict(similar.of_each(only, 500))
    assert all(catalogue.tags([id_])[id_].category == "Dress" for id_ in [*dresses, *dresses[next(iter(dresses))]])
    stopped = WorkControl()
    stopped.stop()
    with pytest.raises(Cancelled):
        list(similar.of_each(Query(), 10, stopped))


@pytest.fixture
def index(catalogue: Catalogue, ids: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimilarPhotos:
    """A catalogue with an index, of which no search reads all photos."""
    pytest.importorskip("usearch", reason="the extra “index” is not installed")
    monkeypatch.setenv("FASHIONLENS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("fashionlens_gui.catalogue.search.similar._ADDED_AT_ONCE", 64)
    monkeypatch.setattr("fashionlens_gui.catalogue.search.similar._FEW_LISTED", 10)
    events = list(SimilarPhotos(catalogue).build_index(WorkControl()))
    assert [event.done for event in events] == [0, 64, 128, 192, 200] and events[-1].total == 200
    similar = SimilarPhotos(catalogue)
    monkeypatch.setattr(similar, "_read", lambda: pytest.fail("all photos were read"))
    return similar


def test_an_index_finds_what_comparing_all_finds(
    catalogue: Catalogue,
    index: SimilarPhotos,
    ids: list[int],
    answers: list[Prediction],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = SimilarPhotos(catalogue)
    monkeypatch.setattr(exact, "_opened_index", lambda: None)
    few = Query(photos=tuple(ids[3:9]))
    for query, candidates in ((None, 30), (Query(values={"category": "Dress"}), 60), (few, 30)):
        monkeypatch.setattr("fashionlens_gui.catalogue.search.similar.CANDIDATES", candidates)
        common = [
            len({*index.to_photo(id_, 5, query).ids_K.tolist()} & {*exact.to_photo(id_, 5, query).ids_K.tolist()})
            for id_ in ids[:40]
        ]
        assert sum(common) >= 0.95 * 40 * 5
    assert index.to_prediction(answers[0], MODEL, 1).similarity_K.tolist() == [1]
    assert index.main_model() == (MODEL.name, MODEL.fingerprint)


def test_an_index_follows_the_catalogue(
    catalogue: Catalogue, index: SimilarPhotos, ids: list[int], answers: list[Prediction]
) -> None:
    nearest = index.to_photo(ids[0], 3).ids_K.tolist()
    operations.forget(catalogue, nearest[:1])
    assert index.to_photo(ids[0], 2).ids_K.tolist() == nearest[1:]
    operations.undo(catalogue)
    (twin,) = add(catalogue, row("twin.jpg", answers[0]))
    assert twin in index.to_photo(ids[0], 4).ids_K.tolist()
    add(catalogue, row("0.jpg", answers[5]))  # tagged again: it shows something else now
    assert ids[0] in index.to_photo(ids[5], 3).ids_K.tolist()
    assert ids[0] not in index.to_photo(twin, 3).ids_K.tolist()
    everything = index.to_photo(ids[5], 500).ids_K.tolist()
    assert len(everything) == len(set(everything)) == 200
    list(SimilarPhotos(catalogue).build_index(WorkControl()))
    updated = similar_index.PhotoIndex.of(catalogue.file)
    assert updated is not None and len(updated) == 201
    assert twin in updated.candidates(_likeness(catalogue, twin), 3)
    with catalogue.database.transaction(durable=False) as database:
        database.execute("DELETE FROM photos WHERE id = ?", (twin,))
    assert twin not in SimilarPhotos(catalogue).to_photo(nearest[0], 200).ids_K.tolist()


def _likeness(catalogue: Catalogue, photo: int) -> Likeness:
    read = ReadPhotos()
    with catalogue.database.read() as database:
        read.read(database, [photo])
    return read.models[read.key_of[photo]].likeness(0)


def test_without_a_usable_index_all_photos_are_compared(
    catalogue: Catalogue, index: SimilarPhotos, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = index.to_photo(ids[0], 5).ids_K.tolist()
    (file,) = paths.similar_indexes_dir().glob("*.usearch")
    file.write_bytes(b"damaged")
    assert SimilarPhotos(catalogue).to_photo(ids[0], 5).ids_K.tolist() == expected
    monkeypatch.setattr("fashionlens_gui.catalogue.search.similar.is_available", lambda: False)
    monkeypatch.setattr("fashionlens_gui.catalogue.search.similar_index.is_available", lambda: False)
    without = SimilarPhotos(catalogue)
    assert without.to_photo(ids[0], 5).ids_K.tolist() == expected and not without.is_index_due
    with pytest.raises(DataError) as caught:
        list(without.build_index(WorkControl()))
    assert caught.value.code == "index_not_installed"


def test_an_index_is_due_where_there_are_many_photos_and_a_stopped_one_is_continued(
    catalogue: Catalogue, ids: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("usearch", reason="the extra “index” is not installed")
    monkeypatch.setenv("FASHIONLENS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("fashionlens_gui.catalogue.search.similar._ADDED_AT_ONCE", 64)
    monkeypatch.setattr("fashionlens_gui.catalogue.search.similar._MOST_OUTSIDE_INDEX", 100)
    similar = SimilarPhotos(catalogue)
    assert not similar.is_index_due
    monkeypatch.setattr("fashionlens_gui.catalogue.search.similar.MOST_EXACT", 150)
    assert similar.is_index_due
    control = WorkControl()
    with pytest.raises(Cancelled):
        for event in similar.build_index(control):
            if event.done == 64:
                control.stop()
    stopped = similar_index.PhotoIndex.of(catalogue.file)
    assert stopped is not None and len(stopped) == 128
    assert len(similar.to_photo(ids[0], 500).ids_K) == 199
    assert [event.done for event in similar.build_index(WorkControl())] == [128, 192, 200]
    assert not similar.is_index_due
