"""What an exported model says of itself: how faces are prepared for it, what it answers, and what is known of it.

It travels inside the file, as one JSON text under ``KEY`` among the metadata of ONNX. Reading one runs no code: what a
text may name is listed in ``PARTS``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from fer_lab import faces
from fer_lab.errors import ConfigError, FerLabError, StoreError
from fer_lab.faces import Preparation, RawConfig

if TYPE_CHECKING:
    from fer_lab.evaluation import Target

KEY, FORMAT = "fer_lab", 1
"""The name among the metadata, and the number that is raised whenever an older reader would misunderstand a text."""
GENERATED = "trained on generated faces"
"""What is said wherever a model answers that has seen no other ones."""
PIXELS = "uint8"
OF_A_RUN = {"id", "cell", "seed", "source", "profile", "protocol", "dataset", "title", "data"}
"""What is known of the run of every model."""
PARTS = ("FacesConfig", "StepsConfig", "RawConfig", "DlibDetector", "Grey", "ViolaJonesCrop", "EqualiseHistogram",
         "Resize", "ThreeChannels")  # fmt: skip
"""What of ``fer_lab.faces`` a preparation is made of."""
ID, SHA256 = re.compile(r"\w[\w.-]*", re.ASCII), re.compile("[0-9a-f]{64}")
"""The id of a run, which is part of names of files, and the checksum of one."""
KINDS = ("classes", "labels", "values")
"""Of targets, as ``evaluation.make_target`` takes them; who asks a model is spared what else is imported there."""


@dataclass(frozen=True)
class Input:
    """One input of the graph.

    Attributes:
        name: a view of the face, ``landmarks`` or ``blendshapes``.
        kind: ``uint8`` of pixels, ``float32`` of all else.
        shape: of one item: (S, S, C) of a view, (68, 2) px of the landmarks, (52,) of the blendshapes; of a clip with
            its faces first, (T, S, S, C).
        unit: what its numbers are, and from where to where they go, in words.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    unit: str = ""

    @property
    def is_view(self) -> bool:
        """Whether it is pixels."""
        return self.kind == PIXELS


@dataclass(frozen=True)
class Score:
    """A metric as it was measured on the test part.

    Attributes:
        name: of the metric; of a share of right answers by class, the class.
        value: in the metric's own scale; None where it has none, as of a class without an item.
        low, high: its 95 % interval over people (or items, where nobody is named); None where there is none.
        items: of how many it is.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    items: int


@dataclass(frozen=True)
class Threshold:
    """What a model must be surer of than this to be wrong no more often than stated; of classes.

    Attributes:
        error: the share of wrong answers that is stated, chosen on validation; None: the fixed 50 % of Rosa Ramos
            2018, ch. 11.
        above: the probability; only surer answers count, all others are no clear expression.
        answered, wrong: on the test part, the share of items that it answers, and of these the share that is wrong;
            None where it answers nothing.
        low, high: the 95 % interval of ``wrong``, over people as of a ``Score``; None where there is none.
        validated: the same two shares on the part that it was chosen on.
    """

    error: float | None
    above: float
    answered: float
    wrong: float | None
    low: float | None = None
    high: float | None = None
    validated: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Contract:
    """What an exported model says of itself.

    Attributes:
        run: of the ledger: ``id, cell, seed, source, profile, protocol, dataset, title`` and ``data``, the signature
            of what it was trained on.
        generated: whether all faces that it has ever seen are generated ones: whoever shows an answer says so.
        target: ``kind, names, scale``, and ``name``, what it is called in the data set.
        faces: how faces are prepared, as ``preparation`` reads it.
        landmarks: SHA-256 of the file that landmarks come from; None where none are looked for.
        inputs: of the graph, in its order.
        length: of how many faces an item is.
        measured: on the test part, the main metric first.
        by_name: of classes the share of right answers of each; of labels and values each one's main metric.
        thresholds: of classes.
        weights: where they come from: ``origin``, ``licence`` and what else is known.
        quantised: what int8 cost, as measured on the test part: ``before``, ``after`` and ``bytes`` of both; None of a
            model in float32.
        licence: under which the model may be used, as far as its weights and data say.
        baseline: what taking a person's own neutral answers into account did on the test part, as
            ``inference.baseline.measured`` says it; None where it could not be measured.
        data: what it was trained, validated and measured on: ``title, reference, twin, terms, request``, the counts
            ``people, videos, items`` by part, how the parts were made, and what they share.
        weak: where it is weak on the test part: ``lowest`` names, ``confused`` pairs of classes, ``groups`` of people.
        calibration: of probabilities: ``ece``, the expected calibration error, and what of it chance makes.
        made: what it was made with: versions, when the run ended.
        graph: SHA-256 of the graph with its weights (``inference.graph``); None of a file that was written before it
            was taken.
    """

    run: Mapping[str, Any]
    generated: bool
    target: Mapping[str, Any]
    faces: Mapping[str, Any]
    landmarks: str | None
    inputs: tuple[Input, ...]
    length: int
    measured: tuple[Score, ...]
    by_name: tuple[Score, ...]
    thresholds: tuple[Threshold, ...]
    weights: Mapping[str, Any]
    licence: str
    quantised: Mapping[str, Any] | None = None
    baseline: Mapping[str, Any] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    weak: Mapping[str, Any] = field(default_factory=dict)
    calibration: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    graph: str | None = None

    @property
    def asked(self) -> Target:
        """What an item is asked for; who asks imports what reads tables."""
        from fer_lab.evaluation import make_target

        return make_target(self.target["kind"], self.target["names"], self.target["scale"])

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes, labels or values, in the order of the answers."""
        return tuple(self.target["names"])

    @property
    def views(self) -> tuple[str, ...]:
        """The views that it is shown."""
        return tuple(one.name for one in self.inputs if one.is_view)

    @property
    def stated(self) -> Mapping[float, float]:
        """The threshold of each share of wrong answers that there is one for."""
        return {one.error: one.above for one in self.thresholds if one.error is not None}

    @property
    def preparation(self) -> Preparation | RawConfig:
        """How faces are prepared, for ``faces.prepare``.

        Raises:
            ConfigError: a value that cannot be used, or a part that is not one of ``PARTS``.
        """
        made: Preparation | RawConfig = made_of(self.faces)
        return made

    def text(self) -> str:
        """It as JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True, allow_nan=False)


def read_contract(text: str | None, name: str) -> Contract:
    """What a file says of itself.

    Args:
        text: under ``KEY`` in its metadata; None where nothing is.
        name: of the file, for the words of a refusal.

    Raises:
        StoreError: there is none, it is damaged, or it is of a newer version.
    """
    if text is None:
        raise StoreError(f"{name} says nothing of faces and classes", expected="a model that `fer-lab export` wrote")
    try:
        given = json.loads(text)
        version = given.pop("format")
        if version == FORMAT:
            contract = _contract(given)
            _ = contract.preparation
            return contract
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, FerLabError) as error:
        raise StoreError(f"{name}: its metadata are damaged: {error}", do="export the run again") from error
    raise StoreError(f"{name} is of format {version}", expected=f"format {FORMAT}, which this version of fer_lab reads",
                     do="update fer_lab, or export the run again")  # fmt: skip


def _contract(given: Mapping[str, Any]) -> Contract:
    """Keys that this version does not know are of a later one that an older reader does not misunderstand."""
    known = {one.name: one for one in fields(Contract)}
    values = {key: _listed(key, value) for key, value in given.items() if key in known}
    needed = {name for name, one in known.items() if one.default is MISSING and one.default_factory is MISSING}
    if missing := sorted(needed - set(values)):
        raise ValueError(f"{', '.join(missing)} is missing")
    contract = Contract(**values)
    _check_inputs(contract.inputs, contract.length)
    if absent := OF_A_RUN - set(contract.run):
        raise ValueError(f"no {', '.join(sorted(absent))} of its run")
    if not isinstance(contract.generated, bool):
        raise ValueError("nothing says whether it has seen generated faces alone")
    _check_words(contract.run)
    _check_checksums(landmarks=contract.landmarks, graph=contract.graph)
    _check_target(contract.target)
    return contract


def _check_words(run: Mapping[str, Any]) -> None:
    """What is printed and becomes part of names of files says nothing to a terminal, and leads nowhere."""
    if not isinstance(run["id"], str) or not ID.fullmatch(run["id"]):
        raise ValueError(f"a run of id {run['id']!r}")
    if wrong := [key for key, value in run.items() if isinstance(value, str) and not value.isprintable()]:
        raise ValueError(f"control characters in the {wrong[0]} of its run")


def _check_checksums(**given: Any) -> None:
    for name, value in given.items():
        if value is not None and not (isinstance(value, str) and SHA256.fullmatch(value)):
            raise ValueError(f"{name} of {value!r}, which is no SHA-256")


def _check_inputs(inputs: tuple[Input, ...], length: int) -> None:
    """An item of several faces has them first in the shape of each input; a graph that is of others is refused."""
    if not inputs or not isinstance(length, int) or length < 1:
        raise ValueError("inputs or length")
    for one in inputs:
        is_whole = not one.is_view or len(one.shape) == 3 + (length > 1)
        if not is_whole or (length > 1 and one.shape[:1] != (length,)):
            raise ValueError(f"an item is of {length} faces, which no input {one.name!r} of {list(one.shape)} has")


def _check_target(target: Mapping[str, Any]) -> None:
    names, scale = target["names"], target["scale"]
    is_named = isinstance(names, list) and bool(names) and all(isinstance(name, str) and name for name in names)
    is_scaled = scale is None or (isinstance(scale, list) and len(scale) == 2)
    if target["kind"] not in KINDS or not is_named or not is_scaled:
        raise ValueError("target")
    if len(set(names)) < len(names) or not all(name.isprintable() for name in names):
        raise ValueError(f"names that are the same, or have control characters: {names}")


def _listed(key: str, value: Any) -> Any:
    makers: Mapping[str, Callable[..., Any]] = {
        "inputs": _input, "measured": _score, "by_name": _score, "thresholds": _threshold
    }  # fmt: skip
    return tuple(makers[key](**one) for one in value) if key in makers else value


def _input(name: str, kind: str, shape: list[int], unit: str = "") -> Input:
    return Input(name, kind, tuple(shape), unit)


def _score(**given: Any) -> Score:
    score = Score(**given)
    _numbers(score.value, score.low, score.high, score.items)
    return score


def _threshold(**given: Any) -> Threshold:
    one = Threshold(**given)
    _numbers(one.error, one.wrong, one.low, one.high, *one.validated.values())
    if not 0 <= one.above <= 1 or not 0 <= one.answered <= 1:
        raise ValueError(f"a threshold of {one.above}, above which {one.answered} is answered")
    return one


def _numbers(*values: Any) -> None:
    """Refuse what is neither a number nor None."""
    if wrong := [value for value in values if value is not None and not isinstance(value, int | float)]:
        raise ValueError(f"{wrong[0]!r} is no number")


def made_of(spec: Any) -> Any:
    """What a configuration of faces describes: a mapping with ``_target_`` is one of ``PARTS`` with its settings.

    Raises:
        ConfigError: it names something else.
    """
    if isinstance(spec, list | tuple):
        return tuple(made_of(one) for one in spec)
    if not isinstance(spec, Mapping):
        return spec
    known = {f"fer_lab.faces.{name}": getattr(faces, name) for name in PARTS}
    target = spec.get("_target_")
    if target not in known:
        raise ConfigError(f"faces are prepared by {target!r}", expected=f"one of {', '.join(known)}")
    return known[target](**{key: made_of(value) for key, value in spec.items() if not key.startswith("_")})
