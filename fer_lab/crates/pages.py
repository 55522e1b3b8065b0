"""The two pages of a crate that people read: README.md, and the preview that RO-Crate asks for."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from fer_lab.crates.content import Content
from fer_lab.crates.entities import crate_name, moment, split_text, split_title, stamp_sentence, summary, table_title


def readme(content: Content) -> str:
    """What is where, how it is checked, what is not there."""
    return _rendered("README.md.j2", content)


def preview(content: Content) -> str:
    """The crate as a page without scripts: each table, split and run with its stamp."""
    known = {(one.name, one.source): one for one in content.data}
    splits = [(split, known[split.dataset, split.source]) for split in content.splits]
    return _rendered(
        "preview.html.j2",
        content,
        name=crate_name(content),
        day=moment(content.moment)[:10],
        tables=[
            (table, table_title(table), stamp_sentence(table.stamp).removeprefix("Stamp: ")) for table in content.tables
        ],
        claims=[name for name in content.files if name.startswith("claims/")],
        splits=[(split, split_title(split, data), split_text(split, data)) for split, data in splits],
    )


def _rendered(template: str, content: Content, **values: Any) -> str:
    environment = Environment(
        loader=PackageLoader("fer_lab.crates"),
        autoescape=".html" in template,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(content=content, summary=summary(content), **values)
