"""Predicting a video against what cannot be left out: python benchmarks/predict.py [--quick].

A video of a twin at 640 x 360, one face, in turn: what ``fer-lab predict`` does (decode, detect, prepare, the network,
tracking, the table on disk) and a bare loop that only decodes and detects. The network is VGG16 of profile laptop with
weights of chance, which do not change its speed. Of a video of ten minutes what is measured by hand, memory and time a
frame, stands in docs/predict.md.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import mediapipe
import numpy as np
import torch
from measuring import Figure, Found, in_turns, main, ratios, timed
from mediapipe.tasks.python import BaseOptions, vision
from torch import Tensor, nn

from fer_lab import media
from fer_lab.exporting.network import Network
from fer_lab.exporting.onnx_file import onnx_model
from fer_lab.faces import FacesConfig, find_model, landmarks_digest
from fer_lab.generator import Identity, perform, render
from fer_lab.inference.asked import Asked
from fer_lab.inference.contract import OF_A_RUN, PIXELS, Contract, Input
from fer_lab.inference.found import MOST
from fer_lab.inference.predictor import Predictor
from fer_lab.inference.work import Work
from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.models.vgg_face import VGGFace

WIDTH, HEIGHT, FACE, FPS = 640, 360, 320, 25.0
SIZE, SHARE = 64, 0.25
"""Side of a view, px, and width of the network, both of profile laptop."""
EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")


class Laptop(nn.Module):
    """The network between faces and probabilities, as an exported run has it."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.model = VGGFace(len(EMOTIONS), VggBackbone(SHARE, SIZE)).eval()
        self.takes = (Input("face", PIXELS, (SIZE, SIZE, 3)),)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Probabilities (B, classes) of views uint8 (B, S, S, 3)."""
        return self.model(inputs[0].movedim(-1, 1).float() / 255).float().softmax(-1)  # type: ignore[no-any-return]


def write_model(path: Path) -> None:
    """Write it with a contract that says how its faces are prepared, and nothing of what it is worth."""
    network, faces = Laptop().eval(), {"_target_": "fer_lab.faces.FacesConfig", "views": ["face"], "size": SIZE}
    said = Contract(
        run=dict.fromkeys(OF_A_RUN, "benchmark"),
        generated=True,
        target={"kind": "classes", "names": list(EMOTIONS), "scale": None, "name": "expression"},
        faces=faces,
        landmarks=landmarks_digest(FacesConfig(views=("face",), size=SIZE)),
        inputs=network.takes,
        length=1,
        measured=(),
        by_name=(),
        thresholds=(),
        weights={},
        licence="none",
    )
    path.write_bytes(onnx_model(cast(Network, network), said).SerializeToString())


def write_film(path: Path, frames: int) -> None:
    """A twin in the middle of a picture."""
    acted = perform(0, "happiness", fps=FPS, duration=frames / FPS)
    images, _ = render(Identity(0), acted, range(frames), size=FACE, seed=0)
    across, down = (WIDTH - FACE) // 2, (HEIGHT - FACE) // 2
    whole = np.pad(images, ((0, 0), (down, down), (across, across), (0, 0)), constant_values=90)
    media.write_video(path, [n / FPS for n in range(frames)], list(whole), FPS)


def bare_loop(film: Path, landmarker: vision.FaceLandmarker) -> int:
    """Decode and detect, nothing else; in how many frames there was a face."""
    seen = 0
    for frame in media.frames(film.parent, film.name, "video"):
        picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame.image)
        seen += bool(landmarker.detect(picture).face_landmarks)
    return seen


def beside_bare(folder: Path, frames: int, repeats: int) -> dict[str, list[float]]:
    """Seconds of both."""
    film, model = folder / "film.mp4", folder / "model.onnx"
    write_film(film, frames)
    write_model(model)
    number = itertools.count()
    # MediaPipe as its own documentation opens it, looking for as many faces as the command does
    options = vision.FaceLandmarkerOptions(BaseOptions(model_asset_path=str(find_model())), num_faces=MOST)
    with vision.FaceLandmarker.create_from_options(options) as landmarker, closing(Predictor(model)) as predictor:

        def predict() -> int:
            to = folder / str(next(number))
            about = Work(predictor, [film], Asked(to)).do()
            shutil.rmtree(to)
            return int(about["counts"]["faces"])

        def bare() -> int:
            return bare_loop(film, landmarker)

        if (found := predict()) != (seen := bare()):
            raise SystemExit(f"predicting found {found} faces, the bare loop {seen}")
        return in_turns(repeats, predict=lambda: timed(predict), bare=lambda: timed(bare))


def measure(quick: bool) -> Found:
    """Frames a second of both, and the share of the bare loop's that is reached."""
    frames, repeats = (12, 2) if quick else (300, 7)
    with TemporaryDirectory() as folder:
        times = beside_bare(Path(folder), frames, repeats)
    return Found(
        f"{frames} frames of {WIDTH} x {HEIGHT} px with one face, VGG16 at {SHARE:g} of its width on {SIZE} px",
        [
            Figure(
                "fer-lab predict on a video: the speed of bare decode + MediaPipe that is reached",
                ratios(times["bare"], times["predict"]),
                0.8,
            )
        ],
        {"frames a second": {name: rate(frames, own) for name, own in times.items()}},
    )


def rate(frames: int, seconds: Sequence[float]) -> list[float]:
    """Frames a second of each repeat."""
    return [frames / one for one in seconds]


if __name__ == "__main__":
    main(measure, __file__, __doc__)
