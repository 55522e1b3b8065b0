"""Names that keys and groups had once: whoever uses one is told the name of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fer_lab.errors import ConfigError

RENAMED: Mapping[str, str] = {
    "optim": "optimizer",
    "schedule": "scheduler",
    "augment": "augmentation",
    "trunk": "backbone",
    "trunk_store": "backbone_store",
    "model.cell": "model.rnn",
    "model.trunk": "model.backbone",
    "model.classes": "model.num_classes",
}


def refuse_old_names(keys: Iterable[str]) -> None:
    """Refuse keys of a configuration or of a command line that bear a name of before.

    Args:
        keys: with dots, such as ``optim.lr``; a group's choice is its name.

    Raises:
        ConfigError: says the new name.
    """
    for key in keys:
        parts = key.lstrip("+~").replace("/", ".").split(".")
        for count in (1, 2):
            if new := RENAMED.get(".".join(parts[:count])):
                now = ".".join([new, *parts[count:]])
                raise ConfigError(f"{key!r} is called {now!r} now", do=f"write {now}")
