"""Train the embedded backbones that ship once more, and say how close they come: `make backbone`.

    python tools/train_backbone.py [--to FOLDER] [smoke] [laptop] [--ship]

They are written into FOLDER/<size>; the package's own, from which all runs start, are replaced with --ship only. That
takes a higher BACKBONE_VERSION where the recipe has changed, and gives other ids to all runs that start from them.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from fer_lab.models import CONTRACT
from fer_lab.pretraining.agreement import agreement
from fer_lab.pretraining.backbone import make_backbone
from fer_lab.pretraining.shipped import FOLDER, SHIPPED
from fer_lab.storage import read_json

NAMES = {name: size for size, name in SHIPPED.items()}


def main() -> None:
    """Train, compare, and replace what ships if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", metavar="size", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--to", type=Path, default=Path("results/backbones"))
    parser.add_argument("--ship", action="store_true", help="put them in the package's place")
    args = parser.parse_args()
    if unknown := set(args.sizes) - set(NAMES):
        parser.error(f"no backbone of size {', '.join(sorted(unknown))} ships; there are {', '.join(NAMES)}")
    for name in args.sizes or NAMES:
        made = args.to / name
        held_out = make_backbone(made, *NAMES[name])
        if (FOLDER / name).is_dir():
            found = agreement(FOLDER / name, made, held_out)
            shipped, now = (read_json(folder / CONTRACT)["accuracy"] for folder in (FOLDER / name, made))
            print(f"{name}: {now:.3f} of {len(held_out.people)} held-out faces are known (shipped: {shipped:.3f}); its")
            print(f"  features and the shipped ones: mean cosine {found.cosine:.4f}, CKA {found.cka:.4f}; in {made}")
        if args.ship:
            shutil.copytree(made, FOLDER / name, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
