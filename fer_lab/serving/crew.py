"""Threads that look for faces: each has a finder of its own, as one may not be asked by two threads at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from weakref import WeakValueDictionary

from fer_lab.faces import Face, FacesConfig, NoFace, RawConfig
from fer_lab.inference.contract import Contract
from fer_lab.inference.found import Finder
from fer_lab.media.images import image, is_animated, opened_image
from fer_lab.media.unreadable import Unreadable


@dataclass(frozen=True)
class Looked:
    """What was seen in a picture.

    Attributes:
        width, height: px, upright.
        found: the largest face first; of one that cannot be used, why.
        is_animation: whether it has more pictures than the first one, which was looked at.
    """

    width: int
    height: int
    found: Sequence[Face | NoFace]
    is_animation: bool = False


class Crew:
    """So many finders of one preparation, and as many threads.

    Args:
        contract: of a model that is shown such faces.
        faces: looked for in a picture.
        threads: at the most; one, where what finds faces is shared by all of a process.

    Raises: as ``Finder``.
    """

    def __init__(self, contract: Contract, faces: int, threads: int) -> None:
        count = threads if _is_own(contract) else 1
        self.faces = faces
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="faces")
        self._free: SimpleQueue[Finder] = SimpleQueue()
        for finder in self._pool.map(lambda _: Finder(contract, faces), range(count)):
            self._free.put(finder)

    @property
    def pool(self) -> ThreadPoolExecutor:
        """Where ``look`` is to be called."""
        return self._pool

    def look(self, data: bytes, pixels: int) -> Looked:
        """Decode a picture and find its faces.

        Args:
            data: of an image file.
            pixels: that it may have, by its header.

        Raises:
            Unreadable: it is none, damaged or too large.
        """
        with opened_image(data, "the picture") as header:
            if header.width * header.height > pixels:
                raise Unreadable("the picture", f"{header.width} x {header.height} px; the limit is {pixels} px")
            is_animation = is_animated(header)
        picture = image(data, "the picture")
        finder = self._free.get()
        try:
            return Looked(picture.shape[1], picture.shape[0], finder(picture), is_animation)
        finally:
            self._free.put(finder)


class Crews:
    """Crews of all models: those that want faces alike share one, also across a reload.

    Args:
        faces: looked for in a picture.
        threads: of each.
    """

    def __init__(self, faces: int, threads: int) -> None:
        self.faces, self.threads = faces, threads
        self._known: WeakValueDictionary[str, Crew] = WeakValueDictionary()

    def of(self, contract: Contract) -> Crew:
        """The crew of a model.

        Raises: as ``Finder``.
        """
        key = json.dumps([contract.faces, contract.landmarks], sort_keys=True)
        crew = self._known.get(key) or Crew(contract, self.faces, self.threads)
        self._known[key] = crew
        return crew


def _is_own(contract: Contract) -> bool:
    """Whether each finder has a detector of its own; dlib's and OpenCV's are opened once a process."""
    how = contract.preparation
    return isinstance(how, RawConfig) or (isinstance(how, FacesConfig) and how.detector is None)
