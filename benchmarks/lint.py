"""How much of what is truly in public training code lint finds, and how much it says that is not there:

    python benchmarks/lint.py CLONES [--page docs/lint.md] [--json FILE]

CLONES holds git repositories, CLONES/<owner>/<name> (bare ones, too); each is read at the commit that `linted.yaml`
names, whatever is checked out. What is truly there stands in `linted.yaml`: read by hand, before the linter saw it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from fer_lab.linting import RULES, Finding, lint

TRUTHS = Path(__file__).with_name("linted.yaml")
SETS = ("development", "held-out")
SEEDS = "no-seed"
ENDINGS = (".py", ".ipynb")


@dataclass
class Row:
    """What became of one rule in one repository."""

    repository: str
    commit: str
    set: str
    rule: str
    found: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def clone_of(clones: Path, repository: str) -> Path:
    """The git folder of a repository, checked out or bare."""
    joined = clones / repository.replace("/", "+")
    for path in (clones / repository, joined, joined / "repo"):
        for folder in (path / ".git", path):
            if (folder / "HEAD").is_file():
                return folder
    raise SystemExit(
        f"{repository} is not in {clones}: git clone https://github.com/{repository} {clones / repository}"
    )


def written(git: Path, commit: str, folder: Path, only: str = "") -> None:
    """Write the code of a commit below a folder (all, or what begins so); nothing else of it, and no link."""
    base = ["git", f"--git-dir={git}"]
    listed = subprocess.run([*base, "ls-tree", "-r", "-z", commit], capture_output=True, check=True).stdout.decode()
    for line in filter(None, listed.split("\0")):
        (mode, _, blob), name = line.partition("\t")[0].split(), line.partition("\t")[2]
        path = folder / name
        ours = mode.startswith("100") and name.endswith(ENDINGS) and name.startswith(only)
        if ours and path.resolve().is_relative_to(folder.resolve()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(subprocess.run([*base, "cat-file", "blob", blob], capture_output=True, check=True).stdout)


def holds(truth: dict[str, Any], finding: Finding) -> bool:
    """Whether a finding is the one that a truth speaks of."""
    first, last = truth["lines"]
    same = (truth["rule"], truth["file"], truth.get("cell", 0)) == (finding.rule, finding.file, finding.cell)
    return same and first <= finding.line <= last


def told(truth: dict[str, Any]) -> str:
    cell = f"cell {truth['cell']}:" if "cell" in truth else ""
    return f"{truth['file']}:{cell}{truth['lines'][0]}"


def rows_of(entry: dict[str, Any], findings: Sequence[Finding]) -> Iterator[Row]:
    """A row a rule that is truly there, or was found."""
    truths = entry["truths"]
    for rule in RULES:
        row = Row(entry["repository"], entry["commit"], entry["set"], rule)
        mine = [one for one in findings if one.rule == rule]
        for truth in (one for one in truths if one["rule"] == rule):
            met = any(holds(truth, one) for one in mine)
            (row.found if met else row.missed).append(told(truth))
        row.wrong += [one.place for one in mine if not any(holds(truth, one) for truth in truths)]
        if row.found or row.missed or row.wrong:
            yield row


def measured(clones: Path, entries: Sequence[dict[str, Any]]) -> list[Row]:
    """All rows, of each repository at its commit."""
    rows: list[Row] = []
    for entry in entries:
        with TemporaryDirectory() as folder:
            written(clone_of(clones, entry["repository"]), entry["commit"], Path(folder), entry.get("only", ""))
            findings = lint(Path(folder)).findings
        rows += rows_of(entry, findings)
    return rows


def rates(rows: Iterable[Row]) -> str:
    """Counts, precision and recall as cells of a table; a rate of nothing is no rate."""
    kept = list(rows)
    found, missed, wrong = (sum(len(getattr(row, name)) for row in kept) for name in ("found", "missed", "wrong"))
    precision = f"{found / (found + wrong):.3f}" if found + wrong else "-"
    recall = f"{found / (found + missed):.3f}" if found + missed else "-"
    return f"{found} | {missed} | {wrong} | {precision} | {recall}"


def tables(rows: Sequence[Row], entries: Sequence[dict[str, Any]]) -> str:
    """The tables of the page."""
    return "\n\n".join([_totals(rows, entries), _by_rule(rows), _by_repository(rows, entries)])


def _totals(rows: Sequence[Row], entries: Sequence[dict[str, Any]]) -> str:
    lines = ["| set | repositories | rules | found | missed | wrong | precision | recall |", "|" + "---|" * 8]
    for name in SETS:
        count = sum(entry["set"] == name for entry in entries)
        mine = [row for row in rows if row.set == name]
        lines.append(f"| {name} | {count} | all | {rates(mine)} |")
        lines.append(f"| {name} | {count} | all but `{SEEDS}` | {rates(row for row in mine if row.rule != SEEDS)} |")
    return "\n".join(lines)


def _by_rule(rows: Sequence[Row]) -> str:
    lines = ["| rule | set | found | missed | wrong | precision | recall |", "|" + "---|" * 7]
    for rule in RULES:
        for name in SETS:
            lines.append(f"| `{rule}` | {name} | {rates(row for row in rows if (row.rule, row.set) == (rule, name))} |")
    return "\n".join(lines)


def _by_repository(rows: Sequence[Row], entries: Sequence[dict[str, Any]]) -> str:
    lines = []
    for name in SETS:
        lines += [f"Places, {name}:", "", "| repository | rule | found | missed | wrong |", "|" + "---|" * 5]
        for entry in (one for one in entries if one["set"] == name):
            lines += _lines_of(entry, [row for row in rows if row.repository == entry["repository"]])
        lines.append("")
    return "\n".join(lines).rstrip()


def _lines_of(entry: dict[str, Any], rows: Sequence[Row]) -> Iterator[str]:
    """The lines of one repository, its name in the first."""
    name = f"{entry['repository']}@{entry['commit'][:7]}"
    if not rows:
        yield f"| {name} | nothing | | | |"
    for number, row in enumerate(rows):
        cells = (", ".join(map("`{}`".format, places)) for places in (row.found, row.missed, row.wrong))
        yield f"| {name if number == 0 else ''} | `{row.rule}` | {' | '.join(cells)} |"


def write_page(page: Path, text: str) -> None:
    """Put the tables between their marks on the page of documentation."""
    before, rest = page.read_text().split("<!-- measured -->\n")
    after = rest.split("<!-- end -->")[1]
    page.write_text(f"{before}<!-- measured -->\n{text}\n<!-- end -->{after}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--page", type=Path, help="page whose tables are written anew")
    parser.add_argument("--json", type=Path, help="file for all rows")
    parser.add_argument("--truths", type=Path, default=TRUTHS, help="what is truly there")
    asked = parser.parse_args()
    entries = yaml.safe_load(asked.truths.read_text())
    rows = measured(asked.clones, entries)
    text = tables(rows, entries)
    print(text)
    if asked.page:
        write_page(asked.page, text)
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
