"""What the networks out of packages do: python benchmarks/packaged_weights.py speed|rounding|graph|people|sizes.

Behind it NAME:PX, which networks, and the side that they see. speed: pictures a second of one core. rounding: what bf16
does to features. graph: FaceRes against its package's own graph, node by node (fetches the package). people: whether
pictures of one person are alike, on the real wild faces whose files name somebody (FER_LAB_DATA). sizes: a linear layer
on FER2013's Training, a tenth of which is held out by the pictures' hashes, copies together; PICTURES=5000 of them;
nothing of its test parts is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from compared import Picture
from pictures import wild
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn import functional as F

from fer_lab.datasets.fer2013 import Fer2013
from fer_lab.media import image, read_bytes
from fer_lab.models.dlib_resnet import DlibResNet
from fer_lab.models.efficientnet_lite0 import EfficientNetLite0
from fer_lab.models.faceres import FaceRes
from fer_lab.models.fine_tuned import FineTuned
from fer_lab.models.packaged import PackagedBackbone
from fer_lab.models.weights import load_backbone
from fer_lab.packages import take, tfjs

KINDS: dict[str, type[PackagedBackbone]] = {one.comes_with: one for one in (FaceRes, EfficientNetLite0, DlibResNet)}
ASKED = ("faceres:112", "faceres:224", "efficientnet_lite0:112", "efficientnet_lite0:224", "dlib_resnet:150")
PICTURES, EPOCHS, MOST = 32, 30, int(os.environ.get("PICTURES", "5000"))
"""Pictures that speed is measured on; epochs of the linear layer; pictures of FER2013 for it, the held-out ones too."""


def backbone(asked: str, weights: bool = True) -> PackagedBackbone:
    """A network by its name and the side that it sees, with its weights or without."""
    name, side = asked.split(":")
    made = KINDS[name](int(side), name if weights else None)
    load_backbone(FineTuned(7, made, layers=1))
    return made.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@torch.inference_mode()
def features(made: PackagedBackbone, images: Tensor) -> Tensor:
    """Of images uint8 (n, C, S, S)."""
    return torch.cat([made(part.float() / 255) for part in images.split(64)])


def speed(asked: str) -> str:
    """Pictures of 48 px a second of processor time."""
    made, images = backbone(asked, weights=False), torch.randint(256, (PICTURES, 1, 48, 48), dtype=torch.uint8)
    features(made, images)
    began = time.process_time()
    features(made, images)
    return f"{PICTURES / (time.process_time() - began):.0f} pictures a second"


def graph() -> str:
    """The largest difference between FaceRes's features and those of its package's graph, on noise."""
    with tempfile.TemporaryDirectory() as folder:
        (out := Path(folder, "out")).mkdir()
        package = FaceRes.known().package
        assert package is not None
        take(package, out, why="the graph is in the package")
        nodes = json.loads((out / "faceres-deep.json").read_text())["modelTopology"]["node"]
        known = {
            name: torch.from_numpy(value.copy()) for name, value in tfjs.tensors(out / "faceres-deep.json").items()
        }
    images = torch.rand(2, 3, 224, 224)
    mean = torch.tensor(FaceRes.known().preprocessing["mean"]).view(3, 1, 1)
    known["input_1"] = (images * 255).flip(1) - mean
    for node in nodes:
        given = [known[name] for name in node.get("input", ()) if name in known]
        if node["op"] == "Mean":
            break
        if node["op"] in NODES:
            known[node["name"]] = NODES[node["op"]](node, *given)
    with torch.inference_mode():
        found = backbone("faceres:224")(images)
    return f"largest difference {(found - given[0].mean((2, 3))).abs().max():.1e}, of values up to {found.max():.2f}"


def _convolved(node: dict[str, Any], maps: Tensor, filters: Tensor) -> Tensor:
    """TensorFlow's SAME convolution of maps (B, C, h, w) with filters (h, w, in, out)."""
    stride, deep = int(node["attr"]["strides"]["list"]["i"][1]), node["op"] != "Conv2D"
    missing = [max(0, (-(-side // stride) - 1) * stride + filters.shape[0] - side) for side in maps.shape[2:]]
    (top, bottom), (left, right) = ((n // 2, n - n // 2) for n in missing)
    turned = filters.permute(2, 3, 0, 1) if deep else filters.permute(3, 2, 0, 1)
    return F.conv2d(F.pad(maps, (left, right, top, bottom)), turned, stride=stride, groups=len(turned) if deep else 1)


def _by_channel(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1) if values.dim() == 1 else values


NODES: dict[str, Callable[..., Tensor]] = {
    "Conv2D": _convolved,
    "DepthwiseConv2dNative": _convolved,
    "Add": lambda node, a, b: a + _by_channel(b),
    "Mul": lambda node, a, b: a * _by_channel(b),
    "Relu": lambda node, a: a.relu(),
    "Minimum": lambda node, a, b: torch.minimum(a, b),
    "Maximum": lambda node, a, b: torch.maximum(a, b),
}
"""What a node of the graph computes."""


def people(asked: str) -> str:
    """How often two pictures of one person are nearer than two of two people: the area under the curve, by cosine."""
    images, who = _wild()
    same = who[:, None] == who[None]
    above = np.triu_indices(len(who), 1)
    said = [f"{len(who)} pictures of {len(set(who))} people"]
    for weights in (True, False):
        torch.manual_seed(0)
        found = F.normalize(features(backbone(asked, weights), images).double()).numpy()
        area = roc_auc_score(same[above], (found @ found.T)[above])
        said.append(f"{'its weights' if weights else 'random ones'} {area:.3f}")
    return ", ".join(said)


def _wild() -> tuple[Tensor, np.ndarray[Any, Any]]:
    """The middle of the real wild faces of whom there are two or more, in grey, 112 px; and their names."""
    with tempfile.TemporaryDirectory() as folder:
        known = [one for one in wild(Path(os.environ["FER_LAB_DATA"]), Path(folder)) if one.person]
        often = Counter(one.person for one in known)
        kept = [one for one in known if often[one.person] > 1]
        return torch.stack([_middle(one) for one in kept]), np.array([one.person for one in kept])


def _middle(one: Picture) -> Tensor:
    pixels = torch.from_numpy(image(one.path.read_bytes(), one.path.name).copy()).permute(2, 0, 1).float()
    height, width = pixels.shape[1:]
    part = pixels.mean(0, keepdim=True)[:, height // 5 : height - height // 5, width // 5 : width - width // 5]
    return F.interpolate(part[None], (112, 112), mode="bilinear", antialias=True)[0].clamp(0, 255).byte()


def sizes(asked: str) -> str:
    """Accuracy on the tenth of FER2013's Training that is held out."""
    images, classes, held = _fer2013()
    began = time.process_time()
    found = features(backbone(asked), images)
    took = time.process_time() - began
    return f"{len(images) / took:.0f} pictures a second; {_probed(found, classes, held)}"


def _fer2013() -> tuple[Tensor, Tensor, Tensor]:
    root = Path(os.environ["FER_LAB_DATA"]) / "fer2013"
    index = Fer2013().index(root)
    index = index[index["id"].str.startswith("Training/")].sample(MOST, random_state=0)
    pixels = [image(read_bytes(root, path), path)[..., :1] for path in index["path"]]
    held = [int(hashlib.sha256(one.tobytes()).hexdigest()[:8], 16) % 10 == 0 for one in pixels]
    images = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)
    return images, torch.tensor(index["emotion"].astype("category").cat.codes.to_numpy()).long(), torch.tensor(held)


def _probed(found: Tensor, classes: Tensor, held: Tensor) -> str:
    """A linear layer on standardised features: Adam at 0.001 along half a cosine, batches of 64, the last epoch."""
    torch.manual_seed(0)
    train = torch.nonzero(~held).flatten()
    mean = found[train].mean(0)
    given = (found - mean) / (found[train] - mean).square().mean().sqrt()
    layer = torch.nn.Linear(given.shape[1], 7)
    optimizer = torch.optim.Adam(layer.parameters(), 1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for _ in range(EPOCHS):
        for rows in train[torch.randperm(len(train))].split(64):
            optimizer.zero_grad()
            F.cross_entropy(layer(given[rows]), classes[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        schedule.step()
    right = (layer(given[held]).argmax(1) == classes[held]).float()
    error = float((right.mean() * (1 - right.mean()) / len(right)).sqrt())
    return f"accuracy {right.mean():.3f}, standard error {error:.3f}, on {len(right)} held out of {len(held)}"


def rounding(asked: str) -> str:
    """Root mean square of what bf16 changes of features, as a share of what they differ by from face to face."""
    made, (images, _) = backbone(asked), _wild()
    exact = features(made, images[:24])
    made.precision = None  # type: ignore[misc]
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        rounded = super(PackagedBackbone, made).forward(images[:24].float() / 255).float()
    return f"{((rounded - exact).square().mean() / (exact - exact.mean(0)).square().mean()).sqrt():.2f}"


def main(words: Sequence[str]) -> None:
    """One line a network and side."""
    torch.set_num_threads(1)
    what = {"speed": speed, "people": people, "sizes": sizes, "rounding": rounding}
    if words[:1] == ["graph"]:
        print(graph())
        return
    if not words or words[0] not in what:
        raise SystemExit(__doc__)
    for asked in words[1:] or ASKED:
        print(f"{asked}: {what[words[0]](asked)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
