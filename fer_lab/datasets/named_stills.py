"""Single images whose names say who shows what: a data set of them is its facts, a pattern, and what its codes mean."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import pandas as pd

from fer_lab.datasets import named_stills_twin as twin
from fer_lab.datasets.base import OF_PEOPLE, OF_PICTURES, SUBJECTS, DataSet, TwinScale, choice, join_subjects, skip
from fer_lab.datasets.stills import in_zips
from fer_lab.datasets.twins import BYTES_PER_PIXEL, write_subjects
from fer_lab.errors import ConfigError, DataError, nearest
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.media import IMAGE_SUFFIXES, list_files
from fer_lab.storage import MANIFEST

SEVEN = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
SUBJECT, EXPRESSION, ANGLE = "subject", "expression", "angle"
SEXES: Mapping[str, str] = {"F": "female", "M": "male"}
BESIDE = (SUBJECTS, MANIFEST)
ALIGNED = 45
"""How far to a side a face may be turned to be aligned, degrees; ours: Rosa Ramos 2018 (sec. 6.2.3) gives no number."""


class NamedStills(DataSet):
    """Images in any folder or zip below the root, with the target ``emotion``; names are read without regard to case.

    Args:
        pattern: a regular expression instead of the data set's own, where a copy has other names: of a whole file
            name, with the groups ``subject`` and ``expression`` and those of the attributes that the names tell.
        codes: further codes of expressions -> class, beside or instead of ``codes``; null: known, and left out.

    Attributes:
        pattern, codes: the data set's own; codes in lower case.
        example: a name of this form.
        unsaid: the class of names that tell no expression; '' where all do.
        words: of attributes that names tell by codes: code in upper case -> value in the index.
        cast: who was photographed, ``(group, sex, how many)``.
        grey: whether the twin is grey.
    """

    pattern: str
    codes: Mapping[str, str | None]
    example: str
    unsaid: str = ""
    words: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    cast: Sequence[tuple[str, str, int]]
    grey: bool = False
    targets: Mapping[str, Target] = {"emotion": Classes(SEVEN)}
    attributes: tuple[str, ...] = OF_PEOPLE
    twin_version = 2

    def __init__(self, pattern: str | None = None, codes: Mapping[str, str | None] | None = None) -> None:
        self._pattern = _compiled(pattern or self.pattern, self.attributes)
        further = {str(code).lower(): meaning for code, meaning in (codes or {}).items()}
        for code, meaning in further.items():
            if meaning is not None:
                choice(f"codes.{code}", meaning, self.targets["emotion"].names)
        self._codes = {**self.codes, **further}

    def index(self, root: Path) -> pd.DataFrame:
        """One row an image; target ``emotion``. See ``DataSet.index``.

        Raises:
            DataError: there is no folder, or no image with such a name in it, or two of one name.
        """
        if not root.is_dir():
            raise self.missing(root, "there is no folder")
        skipped: list[dict[str, str]] = []
        return join_subjects(self.make_index(root, list(self._rows(root, skipped)), skipped), root)

    def of_pictures(self, index: pd.DataFrame) -> pd.DataFrame:
        """Labels and attributes do not count: read otherwise, they need no new faces."""
        return index[[name for name in OF_PICTURES if name in index]]

    def _rows(self, root: Path, skipped: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
        files = list_files(root)
        for file in [*files, *in_zips(root, files)]:
            path = PurePosixPath(file)
            if file in BESIDE or path.suffix.lower() == ".zip":
                continue
            try:
                said = self.said(path)
            except DataError as error:
                skipped.append(skip(file, root, error.what))
                continue
            if reason := self._unused(said):
                skipped.append(skip(file, root, reason))
            else:
                yield {"id": path.stem, "path": file, "kind": "image", "fps": None, **said}

    def said(self, path: PurePosixPath) -> dict[str, Any]:
        """What a name tells: subject, emotion and attributes.

        Raises:
            DataError: nothing that is known; ``what`` is the reason.
        """
        match = self._pattern.fullmatch(path.name)
        if path.suffix.lower() not in IMAGE_SUFFIXES or match is None:
            raise DataError(f"not an image named as {self.example}")
        groups = match.groupdict()
        subject, code = groups.pop(SUBJECT).upper(), groups.pop(EXPRESSION, None)
        told = {name: self._word(name, value or "") for name, value in groups.items()}
        return {SUBJECT: subject, "emotion": self._emotion(code), **told}

    def _unused(self, said: Mapping[str, Any]) -> str:
        """Why an image whose name is understood is not used; '' if it is."""
        return ""

    def _emotion(self, code: str | None) -> str:
        if code is None and self.unsaid:
            return self.unsaid
        meaning = self._codes.get(code := (code or "").lower(), "")
        if not meaning:
            known = "no class" if meaning is None else f"none of {', '.join(self._codes)}"
            raise DataError(f"expression {code!r} is {known} (data.dataset.codes says what codes mean)")
        return meaning

    def _word(self, attribute: str, code: str) -> Any:
        words = self.words.get(attribute)
        if words is None:
            return code
        if code.upper() not in words:
            raise DataError(f"{attribute} {code!r} is none of {', '.join(words)}")
        return words[code.upper()]

    @abstractmethod
    def shots(self, sitter: twin.Sitter) -> Sequence[twin.Shot]:
        """The pictures of one person of the twin, as many as were published."""

    def twin_extent(self, scale: TwinScale) -> Mapping[str, Any]:
        """How many people and pictures of them there are, and their size."""
        everyone = self._everyone(scale)
        return {"subjects": len(everyone), "share": twin.share_of(everyone, self.shots, scale), "size": scale.size}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        everyone = self._everyone(scale)
        pictures = twin.share_of(everyone, self.shots, scale) * sum(len(self.shots(sitter)) for sitter in everyone)
        return int(pictures * scale.size**2 * BYTES_PER_PIXEL)

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write the images under the data set's own names, and of ``subjects.csv`` what these do not tell."""
        written = twin.write(root, self.name, self._everyone(scale), self.shots, self.grey, scale, workers)
        people = [(self.said(PurePosixPath(path)), attributes) for path, attributes in written]
        write_subjects(
            root,
            [{SUBJECT: said[SUBJECT], **{k: v for k, v in own.items() if k not in said}} for said, own in people],
        )

    def _everyone(self, scale: TwinScale) -> list[twin.Sitter]:
        return twin.sitters(self.name, self.cast, scale.subjects)


class SeenFromSides(NamedStills):
    """Images whose names tell the angle: ``angle``, degrees, below 0 where the left side of the face is seen.

    Args:
        pattern, codes: as of all named stills.
        angles: those that are used; all others are listed. None: up to 45 degrees, as others cannot be aligned.
    """

    def __init__(
        self,
        pattern: str | None = None,
        codes: Mapping[str, str | None] | None = None,
        angles: Sequence[int] | None = None,
    ) -> None:
        super().__init__(pattern, codes)
        published = sorted(set(self.words[ANGLE].values()))
        for angle in angles or ():
            if angle not in published:
                raise ConfigError(f"data.dataset.angles: {angle}", expected=f"some of {', '.join(map(str, published))}")
        self.angles = tuple(angles) if angles is not None else tuple(a for a in published if abs(a) <= ALIGNED)

    def _unused(self, said: Mapping[str, Any]) -> str:
        if said.get(ANGLE, 0) in self.angles:
            return ""
        return f"seen from {said[ANGLE]} degrees (data.dataset.angles: {', '.join(map(str, self.angles))})"

    def expected(self, index: pd.DataFrame) -> Mapping[str, int]:
        """The published counts, of images those at the angles that are used."""
        whole, images = set(self.words[ANGLE].values()), self.published.get("images", 0)
        return {**self.published, **({"images": images * len(self.angles) // len(whole)} if images else {})}


def _compiled(pattern: str, attributes: Sequence[str]) -> re.Pattern[str]:
    """The pattern of file names.

    Raises:
        ConfigError: it is none, or its groups are not those that are needed and known.
    """
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ConfigError(f"data.dataset.pattern={pattern!r}: {error}", expected="a regular expression") from error
    if SUBJECT not in compiled.groupindex:
        raise ConfigError(f"data.dataset.pattern={pattern!r}", expected=f"a group (?P<{SUBJECT}>...)")
    known = (SUBJECT, EXPRESSION, *attributes)
    for name in compiled.groupindex:
        if name not in known:
            raise ConfigError(f"data.dataset.pattern: group {name!r}", expected=f"one of {nearest(name, known)}")
    return compiled
