"""Work of several kinds at once: what comes next is made in other threads while what is there is used."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")
DEPTH = 4
"""So many items are made before they are asked for: more would only take memory."""
TICK = 0.1
"""Seconds after which a thread that waits sees that nobody wants anything any more."""


def ahead(items: Iterable[In], depth: int = DEPTH) -> Iterator[In]:
    """The same items, made in a thread of their own; in order, and with what they raise."""
    ready: queue.Queue[tuple[str, object]] = queue.Queue(depth)
    ended = threading.Event()
    worker = threading.Thread(target=_fill, args=(items, ready, ended), daemon=True, name="ahead")
    worker.start()
    try:
        while (entry := ready.get())[0] == "item":
            yield entry[1]  # type: ignore[misc]
        if isinstance(entry[1], BaseException):
            raise entry[1]
    finally:
        ended.set()
        worker.join()


def _fill(items: Iterable[object], ready: queue.Queue[tuple[str, object]], ended: threading.Event) -> None:
    last: tuple[str, object] = ("end", None)
    try:
        for item in items:
            if not _put(ready, ("item", item), ended):
                return
    except BaseException as error:
        last = ("end", error)
    finally:
        if hasattr(items, "close"):
            items.close()
    _put(ready, last, ended)


def _put(ready: queue.Queue[tuple[str, object]], entry: tuple[str, object], ended: threading.Event) -> bool:
    """Hand over an entry; whether somebody still wants it."""
    while not ended.is_set():
        with suppress(queue.Full):
            ready.put(entry, timeout=TICK)
            return True
    return False


def done_by(workers: Sequence[Callable[[In], Out]], items: Iterable[In]) -> Iterator[Out]:
    """What workers make of items, in the items' order; each worker does one at a time, in a thread of its own."""
    free: queue.SimpleQueue[Callable[[In], Out]] = queue.SimpleQueue()
    for worker in workers:
        free.put(worker)

    def do(item: In) -> Out:
        worker = free.get()
        try:
            return worker(item)
        finally:
            free.put(worker)

    waiting: deque[Future[Out]] = deque()
    with ThreadPoolExecutor(len(workers), "done-by") as pool:
        for item in items:
            waiting.append(pool.submit(do, item))
            if len(waiting) > len(workers) + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
