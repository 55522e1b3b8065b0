"""The index of a composite data set, from those of its members. Imports no torch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from fer_lab.datamodules.selection import selected
from fer_lab.datasets import ORIGIN, UNTIL
from fer_lab.errors import ConfigError


def common_root(roots: Sequence[Path]) -> Path:
    """The deepest folder below which all of some folders or zips lie."""
    return Path(os.path.commonpath([root.absolute() for root in roots]))


def joined_index(
    about: Mapping[str, Any],
    attributes: Sequence[str],
    root: Path,
    indices: Mapping[str, tuple[Path, pd.DataFrame]],
) -> pd.DataFrame:
    """One index over those of the members, with the column ``origin``: ids and subjects are ``<member>/<own>``.

    A member's rows are those that its ``only`` and ``regroup`` leave; its ``target`` gives the composite's. Labels that
    are none of the composite's classes are left out and listed in ``attrs["skipped"]``, with what the members skipped.
    Where one member is cut, ``until`` is 1 for the others.

    Args:
        about: the configuration of the composite: ``target, classes, members``.
        attributes: further columns, where a member has them.
        root: to which its paths are to be relative.
        indices: root and index of each member, by its name.

    Raises:
        ConfigError: a member has a split or the composite a cut, which would not count, or a member has not its label
            column.
        DataError: a member whose ``only`` and ``regroup`` leave no row.
    """
    rows = [_rows(about, name, attributes, root, *indices[name]) for name in sorted(indices, key="{}/".format)]
    whole = pd.concat(rows, ignore_index=True)
    if UNTIL in whole:
        whole[UNTIL] = whole[UNTIL].fillna(1.0)
    known = whole[about["target"]].isin(about["classes"])
    skipped = [entry for part in rows for entry in part.attrs["skipped"]]
    skipped += [
        {"id": str(row["id"]), "reason": f"{row[about['target']]} is no class of {about['name']}"}
        for row in whole[~known].to_dict("records")
    ]
    index: pd.DataFrame = whole[known].reset_index(drop=True)
    index.attrs["skipped"] = sorted(skipped, key=lambda entry: entry["id"])
    return index


def _rows(
    about: Mapping[str, Any], name: str, attributes: Sequence[str], root: Path, own_root: Path, own: pd.DataFrame
) -> pd.DataFrame:
    """What a member gives, in the composite's columns."""
    member, target = about["members"][name], about["target"]
    if about.get("cut"):
        raise ConfigError(f"data.cut={about['cut']!r}", expected=f"the members' own: data.members.{name}.cut")
    if member.get("split"):
        raise ConfigError(f"data.members.{name}.split is set", expected="null: the composite's own split counts")
    if member["target"] not in own:
        raise ConfigError(f"data.members.{name}.target={member['target']!r}", expected=f"one of {list(own)}")
    used = selected(own, member["target"], member.get("regroup"), member.get("only"))
    folder = PurePosixPath(own_root.absolute().relative_to(root).as_posix())
    subject = used["subject"].fillna("").astype(str)
    made = pd.DataFrame(
        {
            "id": f"{name}/" + used["id"],
            "path": [(folder / path).as_posix() for path in used["path"]],
            "kind": used["kind"],
            "subject": (f"{name}/" + subject).where(subject != "", ""),
            "fps": used["fps"],
            target: used[member["target"]],
            ORIGIN: name,
            **{column: used[column] for column in (*attributes, UNTIL) if column in used},
        }
    )
    made.attrs["skipped"] = [{**entry, "id": f"{name}/{entry['id']}"} for entry in own.attrs["skipped"]]
    return made
