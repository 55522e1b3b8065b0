"""Data sets as LightningDataModules of their own, a class each; the one part of the package that imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from pytorch_lightning import LightningDataModule

from fer_lab.configs import compose_data, data_sets
from fer_lab.configs.known import options_of_data
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.loader import Batches
from fer_lab.engine.build import batches_of
from fer_lab.notebook.words import Root, overrides_of, place_of
from fer_lab.sources import open_data, open_faces


class DataSetModule(LightningDataModule):
    """Batches of a data set used alone, as a configuration splits and prepares it.

    Args:
        overrides: as on the command line, such as ``"profile=smoke"``, ``"items=clip"`` (by default ``items=frame``).
        root: where a copy lies (of a composite data set: its members' folders); None: the twin.
        settings: overrides whose key is one word, such as ``batch_size=8``.

    Raises:
        ConfigError: an override is not text of the form ``key=value``.
    """

    dataset: ClassVar[str]

    def __init__(self, *overrides: str, root: Root = None, **settings: object) -> None:
        super().__init__()
        self.overrides = [*place_of(self.dataset, root), "items=frame", *overrides_of(overrides, settings)]

    def prepare_data(self) -> None:
        """Draw the twin and find the faces, if they are not in the cache."""
        config, source = open_data(self.dataset, self.overrides)
        open_faces(source, config)

    def setup(self, stage: str | None = None) -> None:
        """Split the data and lay out the items of all parts; also prepares them where nobody has.

        Raises:
            ConfigError: the overrides do not fit the data set.
            DataError: the data are not there, or a clean split would leak.
        """
        config, source = open_data(self.dataset, self.overrides)
        if config["faces"]["views"] == ["raw"] and not any("items.views=" in item for item in self.overrides):
            config = compose_data(self.dataset, [*self.overrides, "faces=raw", "items.views=[raw]"])
        self.batches: FaceDataModule = batches_of(config, source, open_faces(source, config))

    def train_dataloader(self) -> Batches:
        """Training items: dicts of ``inputs, target, item``, in an order that is a function of (seed, epoch)."""
        return self.batches.train_dataloader()

    def val_dataloader(self) -> Batches:
        """Validation items in their order."""
        return self.batches.val_dataloader()

    def test_dataloader(self) -> Batches:
        """Test items in their order."""
        return self.batches.test_dataloader()


def _class_name(name: str, about: Mapping[str, Any]) -> str:
    """That of the adapter; a composite data set has none, and is called by its own name."""
    target = about.get("dataset", {}).get("_target_", "")
    return str(target.rpartition(".")[2] or name.title().replace("_", ""))


@lru_cache(maxsize=1)
def classes() -> Mapping[str, type[DataSetModule]]:
    """Name of the adapter, such as ``SaseFe`` -> the class of its data set, one for each of conf/data."""
    named = {_class_name(name, options_of_data()[option]): name for name, option in data_sets().items()}
    about = {"__module__": "fer_lab.notebook", "__doc__": DataSetModule.__doc__}
    return {title: type(title, (DataSetModule,), {"dataset": name, **about}) for title, name in named.items()}
