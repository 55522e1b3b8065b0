"""All benchmarks that give a ratio, one after the other: python benchmarks/run_all.py [--only loader,faces] [--quick].

Each is a process of its own and writes its file in results/benchmarks; docs/benchmarks.md is rendered from these at the
end. One that fails is named, and the others go on.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from measuring import ROOT

BENCHMARKS = ("loader", "training_step", "run_cost", "faces", "serving", "predict", "backbone_store", "table")
"""In the order in which they run: the shortest first."""


def chosen(words: str) -> list[str]:
    """The benchmarks of a list of names with commas; all of them of an empty one."""
    names = [name for name in words.split(",") if name]
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        raise SystemExit(f"no benchmark {', '.join(unknown)}\n  expected: some of {', '.join(BENCHMARKS)}")
    return names or list(BENCHMARKS)


def run(name: str, *words: str) -> bool:
    """Whether a benchmark came to its end."""
    began = time.perf_counter()
    print(f"{name} ...", flush=True)
    done = subprocess.run(
        [sys.executable, f"benchmarks/{name}.py", *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=False
    )
    print(f"{name}: {'failed' if done.returncode else 'done'} after {time.perf_counter() - began:.0f} s", flush=True)
    return not done.returncode


def main() -> int:
    """Run, render; 1 where one failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--only", default="", help="names with commas between")
    parser.add_argument("--quick", action="store_true", help="in miniature; writes nothing")
    args = parser.parse_args()
    names = chosen(args.only)
    if (load := os.getloadavg()[0]) > 0.5:
        print(f"the machine is at work (load {load:.1f}): what is measured now is slower than it could be", flush=True)
    failed = [name for name in names if not run(name, *(["--quick"] if args.quick else []))]
    if not args.quick:
        subprocess.run([sys.executable, "tools/render_numbers.py"], cwd=ROOT, check=True)
    print(f"failed: {', '.join(failed)}" if failed else "all are done", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
