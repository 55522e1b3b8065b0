"""The figures of docs/scaling.md, from the results of the benchmarks of size: python benchmarks/scale_page.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fer_lab.storage import read_json, write_bytes

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
COMMANDS = {
    "open": "read all records, tell stamps and variants apart",
    "runs": "`fer-lab runs`",
    "runs_of_one_experiment": "`fer-lab runs experiment=...`",
    "status": "`fer-lab status`",
    "claims": "`fer-lab claims` of one thesis",
    "render_every_table": "compare and render every table",
}
STEPS = ("read", "filter", "split", "check_split", "sign_again", "sign_first")


def read(name: str) -> dict[str, Any]:
    """The result of a benchmark."""
    found: dict[str, Any] = read_json(ROOT / "results" / "benchmarks" / f"scale_{name}.json")
    return found


def lines() -> Iterator[str]:
    """What stands between the marks of the page."""
    faces, index, ledger = read("faces"), read("index"), read("ledger")
    yield f"**Faces** (`results/benchmarks/scale_faces.json`: {faces['what']}; {faces['workers']} worker):\n"
    yield "| frames | processor time a frame | in all | most memory | store | load |\n|---|---|---|---|---|---|"
    for kind in ("noise", "twins"):
        for one in faces.get(kind, []):
            yield (f"| {one['frames']:,} of {kind} | {one['cpu_ms_a_frame']:.2f} ms | {one['cpu_seconds']:.0f} s "
                   f"| {one['memory_gb']:.2f} GB | {one['store_gb']:.2f} GB | {one['load']} |")  # fmt: skip
    yield f"\nOf noise, a frame of the last costs {faces['last_to_first_cpu_a_frame']:.2f} times one of the first.\n"
    yield f"**An index** (`results/benchmarks/scale_index.json`: {index['what']}): processor time of each step, s.\n"
    yield f"| {' | '.join(STEPS)} | all but the first signature | most memory | load |\n|{'---|' * (len(STEPS) + 3)}"
    cells = [f"{index['cpu_seconds'][step]:.2f}" for step in STEPS]
    yield f"| {' | '.join(cells)} | {index['all_cpu_seconds']:.1f} | {index['memory_gb']:.2f} GB | {index['load']} |"
    yield f"\n**A ledger** (`results/benchmarks/scale_ledger.json`: {ledger['what']}): processor time, s, and memory.\n"
    yield "| runs | command | nothing remembered | again | most memory | load |\n|---|---|---|---|---|---|"
    for runs in (key for key in sorted(ledger) if key.endswith("_runs")):
        for name, words in COMMANDS.items():
            if one := ledger[runs].get(name):
                first, again = one["first"], one["again"]
                memory = max(first["memory_gb"], again["memory_gb"])
                yield (f"| {int(runs.split('_')[0]):,} | {words} | {first['cpu_seconds']:.1f} "
                       f"| {again['cpu_seconds']:.1f} | {memory:.2f} GB | {first['load']} |")  # fmt: skip


def main() -> None:
    """Write them into the page."""
    page = ROOT / "docs" / "scaling.md"
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    write_bytes(page, f"{before}{BEGIN}\n{chr(10).join(lines())}\n{END}{after}".encode())


if __name__ == "__main__":
    main()
