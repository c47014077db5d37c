"""Refitting a head on corrections: its effect, the holdout and the replay sample."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from fashionlens_gui.messages.improve import kept_because
from tests.trainer.blocks_model import blocks_model, sample
from tests.trainer.synthetic import CLASSES, image_set
from trainer.control import ProgressEvent, WorkControl
from trainer.data.data_paths import DatasetInfo
from trainer.data.split_file import write_split
from trainer.errors import Cancelled, DataError, ModelFileError
from trainer.evaluation.calibration import fit_temperature
from trainer.evaluation.comparison import Comparison, ModelAnswer
from trainer.model_files import model_file, replay_file
from trainer.model_files.heads import with_heads
from trainer.networks.linear_probe import LinearProbe, best_weight_decay, fit_linear_probe
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrections import class_index, holdout_mask
from trainer.training.improve.head_update import HeadComparisons
from trainer.training.improve.improve import HeadOutcome, reason_to_keep, remaining_split
from trainer.training.improve.refit_head import RefitData, RefittedHead, refit_head


def clouds(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings of 4 classes in 8 dimensions that overlap a little."""
    generator = torch.Generator().manual_seed(seed)
    labels_N = torch.arange(count) % 4
    centres_KD = 2.2 * torch.eye(4, 8)
    return centres_KD[labels_N] + torch.randn(count, 8, generator=generator), labels_N


def refitted(head: LinearProbe, material: RefitData) -> LinearProbe:
    return finished(refit_head(head, material, WorkControl(), seed=1)).probe


def finished(work: Generator[ProgressEvent, None, RefittedHead]) -> RefittedHead:
    while True:
        try:
            next(work)
        except StopIteration as end:
            made: RefittedHead = end.value
            return made


def right(head: LinearProbe, embeddings_ND: torch.Tensor, labels_N: torch.Tensor) -> float:
    return float((head.logits(embeddings_ND).argmax(dim=1) == labels_N).float().mean())


@pytest.fixture(scope="module")
def head() -> LinearProbe:
    return fit_linear_probe(*clouds(2_000, seed=1), 4, weight_decay=1e-3)


def test_systematic_relabelling_is_learned(head: LinearProbe) -> None:
    replay_ND, _ = clouds(400, seed=2)
    corrected_CD, labels_C = clouds(160, seed=3)
    test_ND, test_N = clouds(2_000, seed=4)
    renamed = torch.tensor([0, 1, 2, 0])  # class 3 of the model is class 0 here
    new = refitted(head, RefitData(corrected_CD, renamed[labels_C], replay_ND))
    assert right(head, test_ND, renamed[test_N]) < 0.68
    assert right(new, test_ND, renamed[test_N]) > 0.74
    others = test_N != 3
    assert right(new, test_ND[others], test_N[others]) > right(head, test_ND[others], test_N[others]) - 0.02


def test_unsystematic_corrections_hardly_change_the_head(head: LinearProbe) -> None:
    photos_CD, labels_C = clouds(600, seed=3)
    mistaken = head.logits(photos_CD).argmax(dim=1) != labels_C
    assert mistaken.sum() > 50
    test_ND, test_N = clouds(2_000, seed=4)
    new = refitted(head, RefitData(photos_CD[mistaken], labels_C[mistaken], clouds(400, seed=2)[0]))
    assert right(new, test_ND, test_N) > right(head, test_ND, test_N) - 0.03


def test_confirmations_only_keep_the_accuracy(head: LinearProbe) -> None:
    corrected_CD, _ = clouds(60, seed=3)
    test_ND, test_N = clouds(2_000, seed=4)
    confirmed = RefitData(corrected_CD, head.logits(corrected_CD).argmax(dim=1), clouds(400, seed=2)[0])
    assert right(refitted(head, confirmed), test_ND, test_N) > right(head, test_ND, test_N) - 0.02


def test_the_regularization_is_not_chosen_on_copies_of_training_photos(head: LinearProbe) -> None:
    """Random labels, each photo four times: copies in the other fold would make memorizing look good."""
    photos_CD, _ = clouds(24, seed=3)
    nonsense_C = torch.randint(0, 4, (24,), generator=torch.Generator().manual_seed(5))
    copies_CD, copies_C = photos_CD.repeat(4, 1), nonsense_C.repeat(4)
    replay_ND, _ = clouds(400, seed=2)
    new = refitted(head, RefitData(copies_CD, copies_C, replay_ND, torch.arange(24).repeat(4)))
    without_groups = refitted(head, RefitData(copies_CD, copies_C, replay_ND))

    def moved(probe: LinearProbe) -> float:
        return (probe.weight_KD - head.weight_KD).norm().item()

    assert moved(new) < moved(without_groups)


def shifted_clouds(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Photos of another kind than those of :func:`clouds`: all embeddings are moved in one direction."""
    embeddings_ND, labels_N = clouds(count, seed)
    return embeddings_ND + 1.5 * torch.ones(8) / 8**0.5, labels_N


def taught(seed: int) -> tuple[LinearProbe, torch.Tensor, torch.Tensor]:
    """A probe of few photos, calibrated out of fold, and these photos."""
    replay_ND, labels_N = clouds(68, seed)
    decay, out_of_fold_NK = best_weight_decay(replay_ND, labels_N, 4)
    temperature = fit_temperature(out_of_fold_NK, labels_N)
    probe = fit_linear_probe(replay_ND, labels_N, 4, weight_decay=decay)
    return LinearProbe(probe.weight_KD / temperature, probe.bias_K / temperature), replay_ND, labels_N


def test_corrections_of_one_class_do_not_make_the_others_rarer() -> None:
    changes = []
    for seed in range(8):
        probe, replay_ND, labels_N = taught(100 + seed)
        photos_CD, photo_labels_C = shifted_clouds(200, 200 + seed)
        one_class = (photo_labels_C == 0).nonzero().flatten()[:15]
        data = RefitData(photos_CD[one_class], photo_labels_C[one_class], replay_ND, None, labels_N)
        test_ND, test_N = shifted_clouds(2_000, 300 + seed)
        changes.append(right(refitted(probe, data), test_ND, test_N) - right(probe, test_ND, test_N))
    assert np.mean(changes) > -0.01


def test_out_of_fold_answers_are_not_those_of_the_probe_on_its_own_photos() -> None:
    probe, replay_ND, labels_N = taught(5)
    corrected_CD, labels_C = clouds(20, seed=6)
    work = refit_head(probe, RefitData(corrected_CD, labels_C, replay_ND, None, labels_N), WorkControl(), seed=1)
    answers = finished(work).out_of_fold
    assert answers is not None
    assert answers.labels_M.tolist() == [*labels_N.tolist(), *labels_C.tolist()]
    own = F.cross_entropy(probe.logits(replay_ND), labels_N)
    assert F.cross_entropy(answers.old_MK[:68], labels_N) > own + 0.05
    assert F.cross_entropy(answers.new_MK[:68], labels_N) > own + 0.05
    # The probe was not fitted to the corrected photos.
    assert torch.equal(answers.old_MK[68:], probe.logits(corrected_CD))


def test_training_stops_when_asked(head: LinearProbe) -> None:
    control = WorkControl()
    work = refit_head(head, RefitData(*clouds(40, seed=3), clouds(100, seed=2)[0]), control, seed=1)
    next(work)
    control.stop()
    with pytest.raises(Cancelled):
        list(work)


def test_a_fifth_is_held_out_and_stays_held_out_when_more_come() -> None:
    digests = [f"photo {number}" for number in range(1_000)]
    out = holdout_mask(digests, seed=1)
    assert 0.16 < out.mean() < 0.24
    assert (holdout_mask(digests[:400], seed=1) == out[:400]).all()
    assert (holdout_mask([*digests, *digests], seed=1) == np.concatenate([out, out])).all()
    assert (holdout_mask(digests, seed=2) != out).any()
    for count in range(3, 12):
        for seed in range(50):
            few = holdout_mask(digests[:count], seed)
            assert 2 <= few.sum() <= max(count - 2, 2)


def test_copies_of_a_photo_are_in_one_part() -> None:
    digests = [f"photo {number}" for number in range(600)]
    group_N = np.arange(600) // 3
    out = holdout_mask(digests, seed=1, group_N=group_N)
    assert (out.reshape(-1, 3).all(axis=1) | ~out.reshape(-1, 3).any(axis=1)).all()
    assert 0.1 < out.mean() < 0.3


def test_a_corrected_photo_is_no_longer_held_out(tmp_path: Path) -> None:
    files = [tmp_path / f"{letter}.png" for letter in "abcd"]
    for number, file in enumerate(files):
        file.write_bytes(bytes([number]))
    named = [(str(file), "Dress") for file in files]
    write_split(tmp_path / "shop.split.csv", {"train": named[:2], "test": named[2:]})
    trained = {hashlib.blake2b(files[place].read_bytes(), digest_size=16).hexdigest() for place in (0, 3)}
    split = remaining_split(tmp_path / "shop.safetensors", trained)
    assert (split["train"], split["test"]) == (named[:2], named[2:3])
    assert remaining_split(tmp_path / "another.safetensors", trained) == {}


def test_class_index_ignores_case_and_signs() -> None:
    classes = ("T-shirt/top", "Trouser")
    assert class_index("T-shirt/top", classes) == 0
    assert class_index("t shirt top", classes) == 0
    assert class_index("Trousers", classes) is None


def test_a_replay_sample_round_trips_and_rare_classes_are_complete(tmp_path: Path) -> None:
    model = blocks_model(tmp_path / "blocks.safetensors", with_replay=False)
    images = image_set(300)
    rare = torch.cat([(images.labels_N != 2).nonzero().flatten(), torch.tensor([2, 5, 8, 11, 14, 17, 20])])
    made = sample(model, images.subset(rare), image_set(90, seed=9), photos=100)
    assert made.held_out_N.sum() == 30
    assert made.labels_N[~made.held_out_N].bincount().tolist() == [32, 31, 7] or made.labels_N[
        ~made.held_out_N
    ].bincount().tolist() == [31, 32, 7]
    replay_file.save(tmp_path / "kept.replay.safetensors", made)
    kept = replay_file.load(tmp_path / "kept.replay.safetensors")
    assert torch.equal(kept.embeddings_ND, made.embeddings_ND)
    assert torch.equal(kept.labels_N, made.labels_N)
    assert torch.equal(kept.held_out_N, made.held_out_N)
    assert (kept.classes, kept.fingerprint) == (CLASSES, made.fingerprint)


def test_a_damaged_sample_and_photos_of_another_model_are_refused(tmp_path: Path) -> None:
    model = blocks_model(tmp_path / "blocks.safetensors")
    file = replay_file.path_of(model)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match=r"blocks\.replay\.safetensors"):
        replay_file.load(file)
    images = image_set(30)
    with pytest.raises(DataError) as refused:
        sample(
            model,
            type(images)(DatasetInfo(name="x"), images.images_NCHW, images.labels_N, ("a", "b", "c"), images.input),
        )
    assert (refused.value.code, refused.value.parameters) == (
        "not_the_training_photos",
        {"data": DatasetInfo(name="x"), "model": "blocks"},
    )


def comparisons(own: tuple[int, int], known: tuple[int, int], of_own: int = 20, of_known: int = 200) -> HeadComparisons:
    """Both heads on ``of_own`` and ``of_known`` photos; (correct by the old head, correct by the new head)."""

    def compared(right: tuple[int, int], count: int) -> Comparison:
        comparison = Comparison("old", "new", "photos")
        comparison.add_class("Red", frozenset({"Red"}), frozenset({"Red"}))
        for place in range(count):
            sides = [
                ModelAnswer("Red", 0.9, True) if place < each else ModelAnswer("Blue", 0.9, False) for each in right
            ]
            comparison.add(str(place), "Red", sides[0], sides[1])
        return comparison

    return HeadComparisons(compared(own, of_own), compared(known, of_known), compared(known, of_known))


@pytest.mark.parametrize(
    ("own", "replay", "code", "words"),
    [
        ((10, 15), (150, 148), None, ""),
        ((10, 10), (150, 150), None, ""),
        ((10, 15), (150, 130), "worse_on_replay", "though it gets better on your photos"),
        ((10, 10), (150, 130), "worse_on_replay", "It would get worse on what it knew: "),
        ((10, 10), (150, 149), "no_gain_and_worse_on_replay", "It would gain nothing on your own photos"),
        ((10, 9), (150, 160), "worse_on_corrections", "worse even on your own photos: 50.0\u00a0% correct before"),
    ],
)
def test_an_attribute_is_used_when_it_improves_without_significant_forgetting(
    own: tuple[int, int], replay: tuple[int, int], code: str | None, words: str
) -> None:
    found = comparisons(own, replay)
    assert reason_to_keep("colour", found) == code
    sentence = kept_because(HeadOutcome("colour", 20, reason_to_keep("colour", found), comparisons=found))
    assert words in sentence if code else sentence == ""


def test_the_user_decides_about_the_category() -> None:
    assert reason_to_keep("category", comparisons((10, 5), (150, 100))) is None


def test_new_heads_are_on_the_device_of_the_network(tmp_path: Path) -> None:
    network = model_file.load(blocks_model(tmp_path / "blocks.safetensors", with_replay=False)).network.to("meta")
    width = network.head.weight.shape[1]  # type: ignore[union-attr, index]
    changed = with_heads(network, {CATEGORY: LinearProbe(torch.zeros(2, width), torch.zeros(2))})
    assert {parameter.device.type for parameter in changed.parameters()} == {"meta"}
