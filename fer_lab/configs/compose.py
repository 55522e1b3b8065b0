"""Configurations, composed by Hydra and checked, as plain values."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fer_lab import tables
from fer_lab.configs.grammar import unreadable
from fer_lab.configs.known import option_of, top_keys, with_places
from fer_lab.configs.names import refuse_old_names
from fer_lab.configs.unknown import nearest_key, unknown_key, unknown_option
from fer_lab.configs.values import check_values, refuse_other_names
from fer_lab.errors import ConfigError, nearest
from fer_lab.resources import resource_folder

LATE = re.compile(r"(seed|fold)=[0-9]+")
"""What differs between the runs of a cell: no group is chosen by it, so the runs of a cell are composed once."""

LAUNCHER = re.compile(r"[+~]{0,2}hydra[./]launcher\b")


def compose(overrides: Sequence[str]) -> dict[str, Any]:
    """The resolved configuration of one run, also from within a running Hydra job; not to be changed."""
    given, data = with_places([str(item) for item in overrides]), os.environ.get("FER_LAB_DATA")
    late = tuple(item for item in given if LATE.fullmatch(item))
    return _resolved(tuple(item for item in given if item not in late), late, data)


def compose_data(dataset: str, overrides: Sequence[str]) -> dict[str, Any]:
    """The configuration of a data set alone, without items or a model.

    Args:
        dataset: its name, or an option of ``data``.
        overrides: further ones.

    Raises:
        ConfigError: there is no such data set.
    """
    return compose([f"data={option_of(dataset)}", *overrides])


def compose_launcher(overrides: Sequence[str]) -> dict[str, Any]:
    """How a command line wants its sweep launched: ``hydra.launcher``, in which interpolations stand as they are.

    Raises:
        ConfigError: there is no such launcher, or it has no such key.
    """
    own = [item for item in overrides if LAUNCHER.match(item)]
    try:
        with _fresh_hydra(), initialize_config_dir(str(resource_folder("conf")), version_base="1.3"):
            composed = hydra_compose("config", own, return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, ValueError, TypeError) as error:
        raise _explained_launcher(error, own) from error
    settings = OmegaConf.to_container(composed.hydra.launcher)
    assert isinstance(settings, dict)
    return {str(key): value for key, value in settings.items()}


def _explained_launcher(error: Exception, own: Sequence[str]) -> ConfigError:
    if (key := unknown_key(error)) is None:
        return _explained(error, tuple(own), None)
    others = [item for item in own if item.split("=")[0] != key]
    return nearest_key(key, {"hydra": {"launcher": compose_launcher(others)}})


@lru_cache(maxsize=2048)
def _resolved(overrides: tuple[str, ...], late: tuple[str, ...], data: str | None) -> dict[str, Any]:
    """A configuration in which the values of ``LATE`` are put once Hydra has composed the rest."""
    keys = [item.split("=")[0] for item in overrides]
    refuse_old_names(keys)
    refuse_other_names(keys)
    try:
        config = _compose(overrides, data)
        return resolve(OmegaConf.merge(config, OmegaConf.from_dotlist(list(late))) if late else config)
    except (HydraException, OmegaConfBaseException, ValueError, TypeError) as error:
        # ValueError, TypeError: null or a list of numbers for a group, a key in a list
        raise _explained(error, (*overrides, *late), data) from error


@lru_cache(maxsize=512)
def _compose(overrides: tuple[str, ...], data: str | None) -> DictConfig:
    """Composed once a process, as Hydra takes a fifth of a second and parents and tables ask again and again.

    ``data`` is the environment variable that conf/paths reads.
    """
    tables.register()
    with _fresh_hydra(), initialize_config_dir(str(resource_folder("conf")), version_base="1.3"):
        return hydra_compose("config", list(overrides))


def _explained(error: Exception, overrides: tuple[str, ...], data: str | None) -> ConfigError:
    """What is wrong with overrides that Hydra refuses, with the nearest names that there are."""
    if refused := unreadable(overrides):
        return refused
    if isinstance(error, MissingConfigException) and (refused := unknown_option(error)):
        return refused
    if (key := unknown_key(error)) is None:
        return ConfigError(f"{' '.join(overrides)}: {error}", expected="options and keys of conf/")
    others = tuple(item for item in overrides if item.split("=")[0] != key)
    return nearest_key(key, _resolved(others, (), data))


def resolve(config: Any) -> dict[str, Any]:
    """A configuration as plain values.

    Raises:
        ConfigError: it has a top-level key that nothing reads (a misspelt one).
    """
    plain: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
    known = top_keys()
    refuse_old_names([*plain, *(f"model.{key}" for key in plain.get("model") or ())])
    for key in plain:
        if key not in known:
            raise ConfigError(
                f"unknown key {key!r}", expected=f"one of the configuration's; nearest: {nearest(key, known)}"
            )
    check_values(plain)
    return plain


@contextmanager
def _fresh_hydra() -> Iterator[None]:
    running = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        yield
    finally:
        GlobalHydra.instance().clear()
        if running is not None:
            GlobalHydra.instance().initialize(running)
