"""What waits is answered together: a network is asked one question at a time, of all faces that are there by then."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fer_lab.evaluation.arrays import Singles

Inputs = Mapping[str, NDArray[np.generic]]
LARGEST = 32
"""Faces of one question, unless a single picture has more."""


@dataclass(frozen=True)
class _Asked:
    inputs: Inputs
    count: int
    answer: asyncio.Future[Singles]


class Batches:
    """The questions to one model.

    Args:
        predict: of the model.
        told: called with the number of faces of each question and the seconds that it took.
    """

    def __init__(self, predict: Callable[[Inputs], Singles], told: Callable[[int, float], None]) -> None:
        self._predict, self._told = predict, told
        self._waiting: deque[_Asked] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._running: asyncio.Task[None] | None = None

    async def answer(self, inputs: Inputs, count: int) -> Singles:
        """What the model answers of so many faces, (count, names).

        Raises:
            Exception: whatever the model raises of these faces.
        """
        asked = _Asked(inputs, count, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await asked.answer

    async def _run(self) -> None:
        """Until nobody waits."""
        try:
            while self._waiting:
                await self._answer(self._take())
        finally:
            self._running = None

    async def _answer(self, taken: list[_Asked]) -> None:
        """Where it fails, each is asked about alone: nobody is refused for the faces of others."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            answers = await loop.run_in_executor(self._thread, self._ask, taken)
        except Exception as error:  # those who wait are told, and the next are asked about
            if len(taken) == 1:
                _fail(taken, error)
                return
            for one in taken:
                await self._answer([one])
            return
        self._told(len(answers), loop.time() - began)
        _hand_out(taken, answers)

    def _take(self) -> list[_Asked]:
        taken = [self._waiting.popleft()]
        count = taken[0].count
        while self._waiting and count + self._waiting[0].count <= LARGEST:
            taken.append(self._waiting.popleft())
            count += taken[-1].count
        return taken

    def _ask(self, taken: list[_Asked]) -> Singles:
        if len(taken) == 1:
            return self._predict(taken[0].inputs)
        return self._predict({name: np.concatenate([one.inputs[name] for one in taken]) for name in taken[0].inputs})


def _hand_out(taken: list[_Asked], answers: NDArray[Any]) -> None:
    start = 0
    for one in taken:
        if not one.answer.done():  # who asked may have given up
            one.answer.set_result(answers[start : start + one.count])
        start += one.count


def _fail(taken: list[_Asked], error: Exception) -> None:
    for one in taken:
        if not one.answer.done():
            one.answer.set_exception(error)
