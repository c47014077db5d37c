"""Reading ahead in threads, and the slices of a batch loop."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from trainer.control import WorkControl, batches
from trainer.errors import Cancelled, PhotoError
from trainer.read_ahead import ReadAhead, read_ahead


def test_values_come_in_the_order_of_the_items_however_long_each_takes() -> None:
    def read(item: int) -> int:
        time.sleep(0.002 * (item % 3))
        return item * item

    assert list(read_ahead(range(50), read, WorkControl(), in_flight=5)) == [(n, n * n) for n in range(50)]


def test_no_more_items_are_taken_than_may_be_in_flight() -> None:
    taken = []

    def items() -> object:
        for item in range(20):
            taken.append(item)
            yield item

    for item, _ in read_ahead(items(), str, WorkControl(), in_flight=4):  # type: ignore[call-overload]
        assert len(taken) <= item + 1 + 4
    assert len(taken) == 20


def test_an_error_of_a_photo_takes_its_place_and_any_other_is_raised() -> None:
    def read(item: int) -> int:
        if item == 1:
            raise PhotoError("photo_missing", name="1.jpg")
        if item == 3:
            raise ZeroDivisionError
        return item

    found = []
    with pytest.raises(ZeroDivisionError):
        found.extend(value for _, value in read_ahead(range(5), read, WorkControl()))
    found = []
    for _, value in read_ahead(range(3), read, WorkControl()):
        found.append(value.code if isinstance(value, PhotoError) else value)
    assert found == [0, "photo_missing", 2]


def test_stopping_raises_and_no_thread_is_left() -> None:
    before, control = threading.active_count(), WorkControl()
    work = read_ahead(range(1000), str, control, in_flight=8)
    assert next(work) == (0, "0")
    control.stop()
    with pytest.raises(Cancelled):
        next(work)
    assert threading.active_count() == before


def test_a_read_that_hangs_does_not_hold_up_the_stop() -> None:
    answer, control = threading.Event(), WorkControl()
    work = read_ahead(range(3), lambda item: answer.wait(20), control)
    threading.Timer(0.1, control.stop).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        next(work)
    assert time.monotonic() - began < 15  # the read takes 20 s
    answer.set()


def test_items_are_read_while_more_are_put_in() -> None:
    with closing(ReadAhead(lambda item: -item, WorkControl(), in_flight=2)) as ahead:
        assert ahead.take(0.01) is None
        for item in range(1, 6):
            ahead.put(item)
        assert len(ahead) == 5
        assert [ahead.take(5) for _ in range(5)] == [(item, -item) for item in range(1, 6)]
        assert len(ahead) == 0


def test_batches_cover_all_items_and_stop_between_two() -> None:
    assert list(batches(7, 3)) == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert list(batches(0, 3)) == []
    control = WorkControl()
    loop = batches(7, 3, control)
    next(loop)
    control.stop()
    with pytest.raises(Cancelled):
        next(loop)
