"""Read the ledger, write the site: whole or not at all."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

from fer_lab import audit, tables
from fer_lab.configs import results_folder
from fer_lab.environment import describe_machine
from fer_lab.errors import ConfigError
from fer_lab.ledger import STAMP, read_stamps
from fer_lab.media import write_image
from fer_lab.report.site import words
from fer_lab.report.site.cell_pages import cell_pages
from fer_lab.report.site.evidence_pages import evidence_pages
from fer_lab.report.site.first import first_page
from fer_lab.report.site.kept import SHELF
from fer_lab.report.site.kept_claims import read_kept_claims
from fer_lab.report.site.leaderboard import leaderboard_page
from fer_lab.report.site.left_out import LeftOut
from fer_lab.report.site.overview import FIGURES, overview_pages
from fer_lab.report.site.page import Page
from fer_lab.report.site.reading import read_sections
from fer_lab.report.site.reference import read_references, reference_folder, reference_pages
from fer_lab.report.site.run_pages import run_pages
from fer_lab.report.site.section import Section
from fer_lab.report.site.table_pages import table_pages
from fer_lab.sources import blocked_cells
from fer_lab.storage import locked, make_folder, publish

TEMPLATES = Path(__file__).parents[1] / "templates"
FACE = 144
"""Pixels of the largest face shown."""
ASSETS = ("style.css", "theme.js", "filter.js", "icon.svg")


@dataclass(frozen=True)
class Site:
    """A site that was written: its folder, stamps, pages, and the runs and tables that each stamp leaves out."""

    folder: Path
    stamps: Sequence[Mapping[str, str]]
    pages: int
    excluded: Mapping[str, Sequence[LeftOut]]
    unread: Mapping[str, Mapping[str, str]]

    @property
    def index(self) -> Path:
        """The page to open."""
        return self.folder / "index.html"


def build(overrides: Sequence[str] = (), folder: Path | None = None) -> Site:
    """Write the report of all finished runs.

    Args:
        overrides: ``paths.results=`` names the results to read; ``source=``, ``profile=`` and ``protocol=`` leave out
            the runs of others.
        folder: where the site goes, ``<paths.results>/report`` by default; what stands there is replaced once the new
            one is whole.

    Raises:
        StoreError: it cannot be written.
    """
    results = results_folder(list(overrides))
    target = (folder or results / "report").absolute()
    _refuse_to_replace(target)
    found = read_stamps(results / "runs")
    there = [dict(zip(STAMP, stamp, strict=True)) for stamp in found]
    sections = read_sections(
        results, found, [stamp for stamp in there if _asked(stamp, overrides)], _blocked(there, overrides)
    )
    pages = list(_pages(sections, results))
    with locked(target), publish(target) as part:
        write(pages, sections, results, part, in_results=folder is None)
    SHELF.clear()
    excluded = {section.name: section.excluded for section in sections}
    unread = {section.name: section.unread for section in sections}
    return Site(target, [s.stamp for s in sections], len(pages), excluded, unread)


def _refuse_to_replace(target: Path) -> None:
    """A site replaces a site, or nothing."""
    if target.exists() and not (target / "theme.js").is_file() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(f"{target} is no report", expected="a folder that is new, empty or an earlier report",
                          do="name another one with --to")  # fmt: skip


def _blocked(there: Sequence[Mapping[str, str]], overrides: Sequence[str]) -> dict[str, str]:
    """The cells whose real data are not there, if any stamp is of real data, and what is missing."""
    paths = [item for item in overrides if item.startswith("paths.")]
    real = any(stamp["source"] == "real" for stamp in there)
    return blocked_cells(tables.cells(), ["source=real", *paths]) if real else {}


def _asked(stamp: Mapping[str, str], overrides: Sequence[str]) -> bool:
    """Whether the command line asks for a stamp; without a word of it, for all."""
    asked = dict(item.split("=", 1) for item in overrides if "=" in item)
    return all(stamp[key] in asked[key].split(",") for key in stamp if key in asked)


def _pages(sections: Sequence[Section], results: Path) -> Iterator[Page]:
    references, findings = read_references(results), audit.findings()
    yield first_page(sections, references, findings)
    yield from overview_pages(sections, results, findings)
    said = read_kept_claims(reference_folder(results))
    yield from reference_pages(references, said)
    yield leaderboard_page(said)
    for section in sections:
        for pages in (table_pages, cell_pages, run_pages, evidence_pages):
            yield from pages(section)


def write(pages: Iterable[Page], sections: Sequence[Section], results: Path, folder: Path, in_results: bool) -> None:
    """Write pages, stylesheet, script and pictures below a folder."""
    environment = _environment()
    pages = list(pages)
    known = {page.path for page in pages}
    made = _made(sections)
    for name in ASSETS:
        shutil.copy(TEMPLATES / name, folder / name)
    for page in pages:
        values = {**page.values, **made, **_frame(page, sections, known), "folder": _ledger(page, in_results)}
        path = folder / page.path
        make_folder(path.parent)
        path.write_text(environment.get_template(page.template).render(values), encoding="utf-8")
        for name, image in page.images.items():
            make_folder((folder / name).parent)
            write_image(folder / name, _small(image))
    for path in sorted((results / FIGURES).glob("*/*.png")):
        shutil.copy(path, make_folder(folder / FIGURES / path.parent.name) / path.name)
    if (results / FIGURES / ".gitignore").is_file() or any(_stays_here(section) for section in sections):
        (folder / ".gitignore").write_text("*\n")  # faces that may not be shown


def _made(sections: Sequence[Section]) -> dict[str, Any]:
    """What every page says of the build: how many runs, when, and with which code."""
    return {
        "total": sum(len(section.singles) for section in sections),
        "built": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": words.commit_text(describe_machine()),
    }


def _stays_here(section: Section) -> bool:
    """Whether a page of it shows faces that may not be published."""
    shown = [found.faces for found in section.measured.values()]
    return any(faces is not None and not faces.publishable for faces in shown)


def _small(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face of at most ``FACE`` pixels a side."""
    step = -(-max(image.shape[:2]) // FACE)
    h, w = (side // step * step for side in image.shape[:2])
    blocks = image[:h, :w].reshape(h // step, step, w // step, step, -1)
    small: NDArray[np.uint8] = blocks.mean(axis=(1, 3)).round().astype(np.uint8)
    return small


def _frame(page: Page, sections: Sequence[Section], known: set[str]) -> dict[str, Any]:
    """What every page has around its content."""
    name = page.section or (sections[0] if sections else None)
    within = ["claims", "leaks", "selection", "calibration"] if name else []
    others = {} if page.section is None else {
        " · ".join(s.stamp.values()): page.path.replace(page.section.name, s.name, 1)
        for s in sections if s is not page.section
    }  # fmt: skip
    menu = [("Overview", "index.html"), *((item.capitalize(), f"{name.name}/{item}.html") for item in within if name)]
    return {
        "path": page.path,
        "heading": page.heading,
        "section": page.section,
        "sections": sections,
        "root": "../" * page.path.count("/"),
        "way": page.way,
        "menu": [*menu, ("Audit", "audit.html"), ("Figures", "figures.html"),
                 ("Leaderboard", "leaderboard.html"),
                 *([("Left out", f"{name.name}/excluded.html")] if name else [])],
        "beside": [(stamp, target) for stamp, target in others.items() if target in known],
    }  # fmt: skip


def _ledger(page: Page, in_results: bool) -> str | None:
    """The run's own folder, as seen from its page, where the site lies beside the ledger."""
    if not in_results or page.template != "run.html.j2":
        return None
    return "../" * page.path.count("/") + f"../runs/{page.values['run'].id}/"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fer_lab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=words.clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "tone": words.tone,
        "whole": words.whole,
        "number": words.number,
        "percent": words.percent,
        "counted": words.counted,
        "capital": words.capital,
    }
    return environment
