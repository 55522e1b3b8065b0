"""Packages made by hand, and clients of registries stood in for by scripts."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

FILES: Mapping[str, bytes] = {"models/net.json": b"{}", "models/net.bin": b"\0\1\2\3"}
SUMS: Mapping[str, str] = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}


def tarball(path: Path, files: Mapping[str, bytes] = FILES) -> Path:
    """As npm packs: everything below ``package/``."""
    with tarfile.open(path, "w:gz") as made:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
    return path


def wheel(folder: Path, files: Mapping[str, bytes] = FILES, name: str = "own_net", version: str = "1.2.3") -> Path:
    """A wheel that pip takes for one."""
    path, about = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    texts = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w") as made:
        for place, data in {**files, **texts}.items():
            made.writestr(place, data)
    return path


def client(folder: Path, archive: Path | None, end: str = "") -> str:
    """A program that lays an archive where its last word says, and notes how it was called."""
    script = folder / "client"
    copy = f'cp {archive} "${{@: -1}}"/' if archive else ""
    script.write_text(f'#!/bin/bash\necho "$@" >> {folder}/calls\n{end}\n{copy}\n')
    script.chmod(0o755)
    return str(script)


def calls(folder: Path) -> list[str]:
    """How it was called."""
    return (folder / "calls").read_text().splitlines() if (folder / "calls").is_file() else []
