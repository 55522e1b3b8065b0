"""Zip files as they are written here, and as they are read when they come from somebody else.

Nothing of a foreign one is written anywhere by its name, nor executed: members are read by name, into memory, within
limits that hold whatever its directory says.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from fer_lab.errors import StoreError
from fer_lab.storage import make_folder

MOMENT = (1980, 1, 1, 0, 0, 0)
"""The time of every member: the same content is the same file, whenever and by whomever it is written."""
MEMBERS = 200_000
LARGEST = 2**30
"""Bytes of one member, unpacked."""
IN_ALL = 2**35
RATIO = 500
"""Bytes that a packed byte may become: text and scores pack a hundredfold at most."""
SMALL = 2**20
"""Bytes unpacked up to which no ratio is asked for."""
SENT = "see whether it is the file that was meant, or have it sent again"


def write_zip(path: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write a zip, whole or not at all.

    Args:
        path: its place; what stood there is replaced.
        files: names and content, in the order in which they are written.

    Raises:
        StoreError: it cannot be written.
    """
    make_folder(path.parent)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files:
                about = zipfile.ZipInfo(name, MOMENT)
                about.create_system, about.external_attr = 3, (stat.S_IFREG | 0o644) << 16
                archive.writestr(about, data, zipfile.ZIP_DEFLATED)
        os.replace(part, path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}", do="free some space, or point elsewhere") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


class Archive:
    """A zip that somebody has sent.

    Args:
        path: the file.
        allowed: what a member may be called, whole.

    Raises:
        StoreError: it is no zip; or a member has another name, is there twice, is a link or a folder, is encrypted, or
            is larger than it may be: all such members are counted, the first are named.
    """

    def __init__(self, path: Path, allowed: re.Pattern[str]) -> None:
        self.path = path
        try:
            self._archive = zipfile.ZipFile(path)
            members = self._archive.infolist()
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise StoreError(f"{path} cannot be read: {error}", expected="a zip file", do=SENT) from error
        self._members = {member.filename: member for member in members}
        self._check(members, allowed)

    def _check(self, members: list[zipfile.ZipInfo], allowed: re.Pattern[str]) -> None:
        if len(members) > MEMBERS or sum(member.file_size for member in members) > IN_ALL:
            raise StoreError(
                f"{self.path} holds {len(members)} files of {sum(member.file_size for member in members)} bytes",
                expected=f"at most {MEMBERS} of {IN_ALL} bytes",
            )
        seen, wrong = set[str](), list[str]()
        for member in members:
            reasons = [*_unfit(member, allowed), *(["is there twice"] if member.filename in seen else [])]
            wrong += [f"{member.filename[:100]!r} {reasons[0]}"] if reasons else []
            seen.add(member.filename)
        if wrong:
            raise StoreError(
                f"{self.path} is refused, {len(wrong)} of its files are nothing that is read: {'; '.join(wrong[:5])}"
                f"{'; ...' if len(wrong) > 5 else ''}",
                expected="the file that was handed out, as it was",
                do=SENT,
            )

    @property
    def names(self) -> frozenset[str]:
        """What its members are called."""
        return frozenset(self._members)

    def read(self, name: str) -> bytes:
        """A member, unpacked.

        Raises:
            StoreError: there is none, it is damaged, or it is longer than the directory says.
        """
        try:
            with self._archive.open(self._members[name]) as file:
                data = file.read(self._members[name].file_size + 1)
        except KeyError:
            raise StoreError(f"{self.path} has no {name}", expected="the file that was handed out, as it was") from None
        except Exception as error:  # whatever zlib, lzma and zipfile raise of damaged members
            raise StoreError(f"{self.path}: {name} is damaged: {error}", do="have it sent again") from error
        if len(data) > self._members[name].file_size:
            raise StoreError(f"{self.path}: {name} is longer than it says")
        return data

    def check_files(self, files: Mapping[str, Any], but: str) -> None:
        """Compare all members, but for the one that says their checksums, with these.

        Args:
            files: name -> SHA-256 (hex).
            but: the name of that one.

        Raises:
            StoreError: names what is missing, what is too much and what is not as it was written.
        """
        there = self.names - {but}
        wrong = [f"{name} is missing" for name in sorted(set(files) - there)]
        wrong += [f"{name} is no file of it" for name in sorted(there - set(files))]
        both = sorted(there & set(files))
        wrong += [f"{n}: its checksum differs" for n in both if hashlib.sha256(self.read(n)).hexdigest() != files[n]]
        if wrong:
            raise StoreError(
                f"{self.path} is refused, {len(wrong)} of its files are not as they were written: "
                f"{'; '.join(wrong[:5])}{'; ...' if len(wrong) > 5 else ''}",
                do="have it sent again, or made again",
            )


def _unfit(member: zipfile.ZipInfo, allowed: re.Pattern[str]) -> list[str]:
    """Why a member is nothing that is read; empty for one that is."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    reasons = {
        "is no file of it": allowed.fullmatch(member.filename) is None,
        "is no plain file": member.is_dir() or kind not in (0, stat.S_IFREG),
        "is encrypted": bool(member.flag_bits & 1),
        f"is larger than {LARGEST} bytes": member.file_size > LARGEST,
        f"unpacks to more than {RATIO} times its size": (
            member.file_size > max(SMALL, RATIO * max(1, member.compress_size))
        ),
        "is packed in another way": member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
    }
    return [reason for reason, holds in reasons.items() if holds]
