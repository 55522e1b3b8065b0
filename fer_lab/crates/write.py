"""Write a crate: whole or not at all, and the same bytes of the same results."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from fer_lab.crates.content import Content, gather
from fer_lab.crates.croissant import NAME, croissant
from fer_lab.crates.describe import describe
from fer_lab.crates.entities import MANIFEST, README, split_text, split_title
from fer_lab.crates.pages import preview, readme
from fer_lab.crates.secrets import places_of, refuse_places
from fer_lab.errors import ConfigError
from fer_lab.parcels.archive import write_zip
from fer_lab.storage import file_digest, locked, make_folder, publish, require_space, write_bytes

METADATA, PREVIEW = "ro-crate-metadata.json", "ro-crate-preview.html"


def write_crate(folder: Path, theses: Sequence[str], overrides: Sequence[str], author: str = "") -> Content:
    """Write a crate into a folder that is new or empty; says what it holds.

    Args:
        folder: its place.
        theses, overrides, author: as ``gather``.

    Raises:
        ConfigError: the folder is not empty, or an extra is not installed; as ``gather``.
        StoreError: it cannot be written, and nothing is; as ``gather``.
    """
    folder = folder.absolute()
    _refuse_to_replace(folder)
    content = gather(theses, overrides, author)
    texts = dict(_written(content))
    refuse_places({**content.files, **texts}, places_of(overrides))
    require_space(folder.parent, sum(map(content.size, content.files)), "the crate")
    with _locked(folder), publish(folder, manifest=False) as part:
        _refuse_to_replace(folder)  # another writer may have been there meanwhile
        for name, source in content.files.items():
            _put(part / name, source)
        for name, data in texts.items():
            _put(part / name, data)
        _describe(part, content, texts)
    return content


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder that lies among somebody's own files, and leave none there."""
    with locked(folder):
        try:
            yield
        finally:
            folder.with_name(f"{folder.name}.lock").unlink(missing_ok=True)


def _refuse_to_replace(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise ConfigError(f"{folder} is there and not empty", expected="a folder that is new or empty",
                          do="name another one; fer-lab crate --check looks at one that is there")  # fmt: skip


def _written(content: Content) -> Iterator[tuple[str, bytes]]:
    """What is written for a crate, by name: its pages, and the descriptions of splits."""
    known = {(one.name, one.source): one for one in content.data}
    for split in content.splits:
        data = known[split.dataset, split.source]
        title, about = split_title(split, data), split_text(split, data)
        yield f"{split.name}/{NAME}", croissant(split, title, about, data.cite)
    yield README, readme(content).encode()
    yield PREVIEW, preview(content).encode()


def _put(path: Path, source: bytes | Path) -> None:
    make_folder(path.parent)
    if isinstance(source, Path):
        shutil.copyfile(source, path)
    else:
        path.write_bytes(source)


def _describe(part: Path, content: Content, texts: Mapping[str, bytes]) -> None:
    """Write the description and the checksums of what lies in a folder."""
    known = {name: (content.size(name), content.digest(name)) for name in content.files}
    known |= {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in texts.items()}
    described = {name: about for name, about in sorted(known.items()) if name != PREVIEW}
    crate = describe(content, described | {MANIFEST: (0, "")})
    crate.metadata.write(part)
    known[METADATA] = (part / METADATA).stat().st_size, file_digest(part / METADATA)
    lines = [f"{digest}  {name}\n" for name, (_, digest) in sorted(known.items())]
    write_bytes(part / MANIFEST, "".join(lines).encode())


def write_crate_zip(folder: Path) -> Path:
    """The same as one file beside the folder, all in a folder of its name.

    Raises:
        StoreError: it cannot be written.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    path = folder.absolute().with_name(f"{folder.absolute().name}.zip")
    write_zip(path, ((name, (folder / name).read_bytes()) for name in names))
    return path
