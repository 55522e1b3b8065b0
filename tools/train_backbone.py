"""Train the embedded backbones that ship once more, and say how close they come: `make backbone`.

    python tools/train_backbone.py [--to FOLDER] [vgg16/smoke] [alexnet/laptop_objects] ... [--ship]

They are written into FOLDER/<architecture>/<size>; the package's own, from which all runs start, are replaced with
--ship only. That takes a higher version (`models.MADE_HERE`) where the recipe has changed, and gives other ids to all
runs that start from them.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from pkgutil import resolve_name

from fer_lab.models import CONTRACT
from fer_lab.pretraining.agreement import agreement
from fer_lab.pretraining.backbone import make_backbone
from fer_lab.pretraining.shipped import FOLDER, SHIPPED
from fer_lab.storage import read_json

NAMES = {name: about for about, name in SHIPPED.items()}


def main() -> None:
    """Train, compare, and replace what ships if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--to", type=Path, default=Path("results/backbones"))
    parser.add_argument("--ship", action="store_true", help="put them in the package's place")
    args = parser.parse_args()
    if unknown := set(args.names) - set(NAMES):
        parser.error(f"no backbone {', '.join(sorted(unknown))} ships; there are {', '.join(NAMES)}")
    for name in args.names or NAMES:
        made = args.to / name
        architecture, width, image_size, task = NAMES[name]
        backbone = resolve_name(architecture)(width=width, image_size=image_size, weights=task)
        held_out = make_backbone(made, backbone)
        print(f"{name}: {_known(made):.3f} of {len(held_out.classes)} held-out images are known; in {made}")
        if (FOLDER / name).is_dir():
            found = agreement(FOLDER / name, made, type(backbone), held_out)
            print(f"  shipped: {_known(FOLDER / name):.3f}; both see: cosine {found.cosine:.4f}, CKA {found.cka:.4f}")
        if args.ship:
            shutil.copytree(made, FOLDER / name, dirs_exist_ok=True)


def _known(folder: Path) -> float:
    """Share of held-out images, as a backbone's contract says."""
    return float(read_json(folder / CONTRACT)["accuracy"])


if __name__ == "__main__":
    main()
