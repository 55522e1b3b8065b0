"""Names replaced by keyed digests: the same name is the same digest, and only whoever has the key can tell which."""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab.errors import StoreError
from fer_lab.storage import locked, make_folder

SALT = "salt"
BYTES = 32
DIGITS = 20
"""Hex digits of a digest: among a million names two are alike with a chance of one in 10^12."""
ID, SUBJECT = "id", "subject"


class Keyed:
    """Digests of names under a key that stays where it is.

    Args:
        salt: the key, 32 bytes.
    """

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._known: dict[tuple[str, str], str] = {}

    def of(self, kind: str, name: str) -> str:
        """The digest of a name; '' stays '': nobody is named."""
        if name and (kind, name) not in self._known:
            message = f"{kind}\0{name}".encode(errors="surrogatepass")
            self._known[kind, name] = hmac.new(self._salt, message, "sha256").hexdigest()[:DIGITS]
        return self._known[kind, name] if name else ""

    def all_of(self, kind: str, names: Iterable[object]) -> list[str]:
        """The digests of names, in their order."""
        return [self.of(kind, str(name)) for name in names]

    def scores(self, every: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
        """The scores of each epoch of a run whose videos and subjects are digests, in the order of these.

        Items are numbered by digest, those of a video in their order: rows in the order of names would tell them to
        whoever has the list of files.
        """
        named = [
            own.assign(video=self.all_of(ID, own["video"]), subject=self.all_of(SUBJECT, own["subject"].fillna("")))
            for own in every
        ]
        items = pd.concat([own[["video", "item"]] for own in named]).drop_duplicates().sort_values(["video", "item"])
        numbers = pd.Series(range(len(items)), index=items["item"].to_numpy())
        moved = (own.assign(item=numbers.loc[own["item"]].to_numpy()) for own in named)
        return [own.sort_values(["part", "item"], ignore_index=True) for own in moved]

    def split(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """The manifest of a split whose ids and subjects are digests, in their order."""
        return {
            **{key: manifest[key] for key in ("protocol", "seed", "leak_share", "inherited", "copies_checked")},
            "notes": list(manifest["notes"]),
            "leaked": sorted(self.all_of(ID, manifest["leaked"])),
            "subjects": {part: sorted(self.all_of(SUBJECT, names)) for part, names in manifest["subjects"].items()},
            "ids": {part: sorted(self.all_of(ID, names)) for part, names in manifest["ids"].items()},
            "dropped": dict(sorted((self.of(ID, name), why) for name, why in manifest["dropped"].items())),
        }


def kept_key(folder: Path) -> Keyed:
    """The key in a folder, made at the first call: what is returned in several files has the same digests.

    Raises:
        StoreError: it cannot be written or read.
    """
    path = make_folder(folder) / SALT
    try:
        if not path.exists():
            _make_key(path)
        return Keyed(_whole(bytes.fromhex(path.read_text())))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"cannot read the key in {path}: {error}",
            expected=f"{BYTES} bytes in hex",
            do="see who owns it; if nothing has been returned under it, remove it, and another one is made",
        ) from error


def _make_key(path: Path) -> None:
    """Write a key, whole or not at all; one that another process has made meanwhile stays."""
    with locked(path):
        if path.exists():
            return
        handle, part = tempfile.mkstemp(prefix=f".{SALT}.", dir=path.parent)  # for its owner alone
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(BYTES))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            Path(part).unlink(missing_ok=True)


def _whole(salt: bytes) -> bytes:
    """A key that was broken off while it was written would be none."""
    if len(salt) != BYTES:
        raise ValueError(f"{len(salt)} bytes, not {BYTES}")
    return salt
