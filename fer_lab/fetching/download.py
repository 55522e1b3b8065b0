"""Fetch the images of a list into a folder, each once, whatever interrupts it."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.fetching.client import Answer, Connect, client, publicly
from fer_lab.fetching.journal import Entry, Journal
from fer_lab.fetching.limits import Limits
from fer_lab.fetching.outcomes import PASSING, Failure, Outcome
from fer_lab.fetching.pictures import as_jpeg
from fer_lab.fetching.schedule import Lane, Schedule
from fer_lab.fetching.urls import file_name
from fer_lab.phases import phase
from fer_lab.storage import locked_now, make_folder

IMAGES, JOURNAL, PART = "images", "journal.jsonl", ".part-"
"""Within the folder: the images, by ``file_name``; what became of each URL; how names of files in the making begin."""

WRITERS = 16
"""Threads that check and write: while one waits for a busy disk, the others go on."""


def download(
    urls: Sequence[str], folder: Path, limits: Limits, again: bool = False, connect: Connect = publicly
) -> dict[str, Entry]:
    """Fetch what is not there yet, and say what became of each URL, in the order given.

    An image has its name only when it is whole, and its line in the journal before. Whoever is killed goes on from
    there: what has its name is not fetched again, and what has failed stays so unless ``again`` is asked for.

    Args:
        urls: each fit (``unfit``), and once.
        folder: for images and journal; made if need be. One process at a time.
        limits: to keep to.
        again: try those again that have failed before.
        connect: how connections are made; a twin's lead to its own server, whatever a URL says.

    Raises:
        StoreError: the folder cannot be written, or its journal is damaged; LockedError: another one downloads there.
    """
    images = make_folder(folder / IMAGES)
    with locked_now(folder / JOURNAL):
        for left in images.glob(f"{PART}*"):
            left.unlink()
        journal = Journal(folder / JOURNAL)
        try:
            wanted = [url for url in urls if _is_wanted(journal.entries.get(url), images, again)]
            asyncio.run(_Download(wanted, images, journal, limits, len(urls)).run(connect))
        finally:
            journal.close()
    return {url: journal.entries[url] for url in urls}


def _is_wanted(entry: Entry | None, images: Path, again: bool) -> bool:
    """Whether a URL has no class yet, has one that may change, or has lost its file."""
    if entry is None or entry.outcome != Outcome.SAVED:
        return entry is None or again
    file = images / file_name(entry.url)
    return not file.is_file() or file.stat().st_size != entry.size


class _Download:
    """One call of ``download``: its workers share a schedule, a client, a journal and a few threads that write."""

    def __init__(self, urls: Sequence[str], images: Path, journal: Journal, limits: Limits, total: int) -> None:
        self.images, self.journal, self.limits = images, journal, limits
        self.schedule = Schedule(urls, limits.per_host, limits.pause)
        self.total, self.done, self.failed = total, total - len(urls), 0
        self.parts = 0

    async def run(self, connect: Connect) -> None:
        workers = self.limits.connections
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(workers))  # it looks up names, and waits
        try:
            with ThreadPoolExecutor(WRITERS) as self.writing:
                async with client(self.limits, connect) as self.client, asyncio.TaskGroup() as group:
                    for _ in range(workers):
                        group.create_task(self._work())
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    async def _work(self) -> None:
        while lane := await self.schedule.take():
            try:
                lane.host.pause = max(lane.host.pause, await self.client.pause(lane.url))
                await self._save(lane, await self.client.fetch(lane.url))
            except Failure as failure:
                if self._is_retried(lane, failure):
                    continue
                self.journal.note(Entry(lane.url, failure.outcome, failure.detail, tries=lane.tried + 1))
                self.failed += 1
            self.schedule.done(lane)
            self.done += 1
            phase("fetching", self.done, self.total, f"URLs, {self.failed} failed")

    def _is_retried(self, lane: Lane, failure: Failure) -> bool:
        """Whether a URL is tried once more, for which its lane, and a host that asks for it, wait."""
        limits = self.limits
        if failure.wait <= limits.patience:
            self.schedule.hold(lane, failure.wait)
        if failure.outcome not in PASSING or lane.tried >= limits.retries or failure.wait > limits.patience:
            return False
        pause = limits.backoff * 2**lane.tried * random.uniform(0.5, 1.5)
        self.schedule.again(lane, max(failure.wait, pause))
        return True

    async def _save(self, lane: Lane, answer: Answer) -> None:
        self.parts += 1
        part = self.images / f"{PART}{self.parts}"
        loop = asyncio.get_running_loop()
        size, form = await loop.run_in_executor(self.writing, _write, part, answer.data, lane.url, self.limits)
        entry = Entry(lane.url, Outcome.SAVED, "", form, size, lane.tried + 1, answer.places)
        self.journal.note(entry)  # first: a file that has its name has its line
        os.replace(part, self.images / file_name(lane.url))


def _write(part: Path, data: bytes, url: str, limits: Limits) -> tuple[int, str]:
    """Write an image to disk as JPEG; its bytes, and what it was."""
    kept, form = as_jpeg(data, url, limits.max_pixels)
    try:
        with part.open("wb") as file:
            file.write(kept)
            file.flush()
            os.fdatasync(file.fileno())
    except OSError as error:
        raise StoreError(f"cannot write {part}: {error}", do="free some space, and call it again") from error
    return len(kept), form
