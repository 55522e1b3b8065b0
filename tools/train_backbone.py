"""Train the embedded backbones that ship once more, and say how close they come: `make backbone`.

    python tools/train_backbone.py [--to FOLDER] [vgg16/smoke] [inception_v2/laptop] ... [--ship]

They are written into FOLDER/<architecture>/<size>; the package's own, from which all runs start, are replaced with
--ship only. That takes a higher BACKBONE_VERSION where the recipe has changed, and gives other ids to all runs that
start from them.
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
        architecture, width, image_size = NAMES[name]
        backbone = resolve_name(architecture)(width=width, image_size=image_size)
        held_out = make_backbone(made, backbone)
        if (FOLDER / name).is_dir():
            found = agreement(FOLDER / name, made, type(backbone), held_out)
            shipped, now = (read_json(folder / CONTRACT)["accuracy"] for folder in (FOLDER / name, made))
            print(f"{name}: {now:.3f} of {len(held_out.people)} held-out faces are known (shipped: {shipped:.3f}); its")
            print(f"  features and the shipped ones: mean cosine {found.cosine:.4f}, CKA {found.cka:.4f}; in {made}")
        if args.ship:
            shutil.copytree(made, FOLDER / name, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
