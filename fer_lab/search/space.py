"""What a search tries: conf/search/*.yaml, a range for each key of a configuration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import yaml

from fer_lab.configs import compose, written
from fer_lab.errors import ConfigError, nearest
from fer_lab.resources import resource_folder

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

SEARCHED = (
    *("augmentation", "backbone", "batch_size", "epochs", "items.components", "model", "optimizer", "sampling"),
    *("scheduler", "steps", "stored_augmentation", "task", "trainer.gradient_clip_val"),
)
"""Keys, or what stands above them, that a search may try: all others say which items validate, or decide no score."""
KEYS = ("title", "cells", "space")
ENDS = ("low", "high", "log")


@dataclass(frozen=True)
class Choices:
    """Some values."""

    values: tuple[Any, ...]

    @property
    def ends(self) -> tuple[Any, ...]:
        """What is checked before anything is tried."""
        return self.values

    @property
    def words(self) -> str:
        """Said to people."""
        return ", ".join(map(str, self.values))

    def holds(self, value: object) -> bool:
        """Whether it is one of them."""
        return value in self.values

    def distribution(self) -> BaseDistribution:
        """As Optuna has it."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.values)

    def text(self, value: Any) -> str:
        """A value as an override has it."""
        return written(value)


@dataclass(frozen=True)
class Between:
    """Numbers from ``low`` to ``high``, evenly or, with ``log``, by their logarithm; whole ones where both ends are."""

    low: float
    high: float
    log: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """What is checked before anything is tried."""
        return self.low, self.high

    @property
    def words(self) -> str:
        """Said to people."""
        return f"{self.low} to {self.high}{' by logarithm' if self.log else ''}"

    @property
    def whole(self) -> bool:
        """Whether whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def holds(self, value: object) -> bool:
        """Whether it is in between."""
        fits = isinstance(value, int) or (isinstance(value, float) and not self.whole)
        return fits and not isinstance(value, bool) and self.low <= float(str(value)) <= self.high

    def distribution(self) -> BaseDistribution:
        """As Optuna has it."""
        from optuna.distributions import FloatDistribution, IntDistribution

        kind = IntDistribution if self.whole else FloatDistribution
        return kind(self.low, self.high, log=self.log)  # type: ignore[arg-type]

    def text(self, value: Any) -> str:
        """A value as an override has it, of three digits: one that people can type again."""
        return str(value) if self.whole else str(float(f"{value:.3g}"))


@dataclass(frozen=True)
class Space:
    """What a search tries.

    Attributes:
        cells: it is made for them: it holds what each of them has, and what its thesis prints.
        ranges: by key, with dots.
    """

    name: str
    title: str
    cells: tuple[str, ...]
    ranges: Mapping[str, Choices | Between]

    @property
    def points(self) -> float:
        """How many settings there are; infinite where a number is between two others."""
        sizes = [len(one.values) if isinstance(one, Choices) else math.inf for one in self.ranges.values()]
        return math.prod(sizes)

    def grid(self) -> Iterator[dict[str, Any]]:
        """Every setting, where there are finitely many."""
        values = [one.ends for one in self.ranges.values()]
        return (dict(zip(self.ranges, setting, strict=True)) for setting in product(*values))

    def overrides(self, setting: Mapping[str, Any]) -> list[str]:
        """A setting as words of a command line."""
        return [f"{key}={one.text(setting[key])}" for key, one in self.ranges.items()]

    def own(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """What a configuration has of the keys; empty where the space does not hold it."""
        found = {key: value_of(config, key) for key in self.ranges}
        return found if all(one.holds(found[key]) for key, one in self.ranges.items()) else {}

    def check(self, words: list[str]) -> None:
        """Compose the configuration with each end of each range, which checks that there is such a key and value.

        Args:
            words: of the command line, without what is searched.

        Raises:
            ConfigError: names the file, and what it says that does not hold.
        """
        for key, one in self.ranges.items():
            for value in one.ends:
                try:
                    compose([*words, f"{key}={one.text(value)}"])
                except ConfigError as error:
                    raise ConfigError(
                        f"conf/search/{self.name}.yaml, {key}: {error.what}", expected=error.expected, do=error.do
                    ) from error


def value_of(config: Mapping[str, Any], key: str) -> Any:
    """The value of a key with dots; None where it is not there."""
    found: Any = config
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def spaces() -> dict[str, Space]:
    """Every space of conf/search by name.

    Raises:
        ConfigError: a file is not as it must be.
    """
    return {path.stem: _read(path.stem) for path in sorted((resource_folder("conf") / "search").glob("*.yaml"))}


def find_space(name: str) -> Space:
    """A space of conf/search.

    Raises:
        ConfigError: there is none of that name, or its file is not as it must be.
    """
    known = {path.stem for path in (resource_folder("conf") / "search").glob("*.yaml")}
    if name not in known:
        raise ConfigError(f"there is no space {name!r} in conf/search", expected=f"one of {nearest(name, known)}")
    return _read(name)


def _read(name: str) -> Space:
    path = resource_folder("conf") / "search" / f"{name}.yaml"
    try:
        about = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", expected="a YAML file, such as the others") from error
    if not isinstance(about, dict) or set(about) != {*KEYS} or not isinstance(about["space"], dict):
        raise ConfigError(f"{path}", expected=f"the keys {', '.join(KEYS)}, the last with a range for each key")
    ranges = dict(_ranges(about["space"], f"conf/search/{name}.yaml"))
    return Space(name, str(about["title"]), tuple(map(str, about["cells"])), ranges)


def _ranges(about: Mapping[str, Any], file: str, above: str = "") -> Iterator[tuple[str, Choices | Between]]:
    for key, value in about.items():
        place = f"{above}{key}"
        if isinstance(value, Mapping) and not {*value} & {"choices", *ENDS}:
            yield from _ranges(value, file, f"{place}.")
            continue
        if not any(place == one or place.startswith(f"{one}.") for one in SEARCHED):
            raise ConfigError(f"{file}: {place} is not searched", expected=f"a key in {', '.join(SEARCHED)}")
        yield place, _range(value, f"{file}, {place}")


def _range(about: Any, place: str) -> Choices | Between:
    """One range."""
    if isinstance(about, Mapping) and {*about} == {"choices"} and isinstance(about["choices"], list):
        values = tuple(about["choices"])
        if len(values) > 1 and all(isinstance(one, bool | int | float | str | None) for one in values):
            return Choices(values)
    if isinstance(about, Mapping) and {"low", "high"} <= {*about} <= {*ENDS}:
        low, high, log = about["low"], about["high"], about.get("log", False)
        numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (low, high))
        if numbers and isinstance(log, bool) and low < high and (low > 0 or not log):
            return Between(low, high, log)
    raise ConfigError(
        f"{place}: {about!r}", expected="choices: two or more values; or low below high, both above 0 with log: true"
    )
