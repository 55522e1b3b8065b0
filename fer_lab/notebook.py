"""fer_lab in a notebook: data sets, runs, tables and figures, each in a line. docs/notebook.md shows them.

Besides what stands here, the module has a class for each data set of conf/data, made when it is asked for and named as
its adapter is: ``from fer_lab.notebook import SaseFe``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from pytorch_lightning import LightningDataModule

from fer_lab import ledger, report, tables
from fer_lab.configs import compose_data, data_sets, stamp
from fer_lab.configs.known import options_of_data
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.loader import Batches
from fer_lab.engine.build import batches_of
from fer_lab.errors import ConfigError, nearest
from fer_lab.resources import project_folder
from fer_lab.runs import finished_runs, planned, stated_values
from fer_lab.runs.wandb_values import epoch_values
from fer_lab.sources import open_data, open_faces

Root = str | Path | None
"""Where a copy of a data set lies; None: its twin is taken."""


def index(dataset: str, *overrides: str, root: Root = None) -> pd.DataFrame:
    """The index of a data set: one row a video or image, with its labels; what was left out in ``attrs["skipped"]``.

    Args:
        dataset: its name, such as ``sase_fe`` (see ``fer-lab list``).
        overrides: as on the command line, such as ``profile=smoke``.
        root: where a copy lies (of a composite data set: its members' folders); None: the twin.
    """
    return open_data(dataset, [*_place(dataset, root), *overrides])[1].index


class DataSetModule(LightningDataModule):
    """Batches of a data set used alone, as a configuration splits and prepares it.

    Args:
        overrides: as on the command line, such as ``profile=smoke``, ``items=clip`` (by default ``items=frame``) or
            ``batch_size=8``.
        root: where a copy lies (of a composite data set: its members' folders); None: the twin.
    """

    dataset: ClassVar[str]

    def __init__(self, *overrides: str, root: Root = None) -> None:
        super().__init__()
        self.overrides = [*_place(self.dataset, root), "items=frame", *overrides]

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


def read_runs(results: str | Path | None = None) -> pd.DataFrame:
    """The finished runs below a folder of results, a row each: what was run, and the test part at the selected epoch.

    Args:
        results: by default that of the project.

    Raises:
        StoreError: a run is damaged.
    """
    folder = project_folder() / "results" if results is None else Path(results)
    return pd.DataFrame([_row(run) for run in ledger.read_runs(folder / "runs")])


def table(number: str, *overrides: str) -> pd.DataFrame:
    """A printed table beside the finished runs, a row a value: ``printed``, ``mean``, ``low``, ``high``, ``verdict``...

    Args:
        number: of the table, such as ``7.8`` or ``garcia_zapata_2018-7.8``.
        overrides: as on the command line, such as ``profile=smoke`` or ``paths.results=...``. Nothing is trained.
    """
    found = tables.find_table(number)
    runs = finished_runs(planned([f"table={found.slug}", *overrides])) if found.cells else {}
    known = stated_values(found.values, overrides, make=False)
    return pd.DataFrame(tables.value_rows(tables.compare(found, runs, known, stamp(overrides))))


def figure(number: str, *overrides: str) -> Path:
    """Draw a figure of a thesis from today's faces and runs; returns the PNG.

    Args:
        number: of the figure, such as ``6.1`` or ``garcia_zapata_2018-6.1``.
        overrides: as of ``table``.

    Raises:
        ConfigError: there is no such figure, or there are several, or it needs runs or a twin that are not there.
    """
    named = [(f"{one.thesis}-{one.number}", one) for one in report.figures()]
    found = [one for slug, one in named if number in (slug, one.number)]
    if len(found) != 1:
        raise ConfigError(f"{len(found)} figures {number!r}", expected=nearest(number, [slug for slug, _ in named]))
    return report.render(found[0], overrides)


def _place(dataset: str, root: Root) -> list[str]:
    if root is None:
        return []
    composite = "members" in options_of_data()[data_sets()[dataset]]
    return ["source=real", f"paths.{'data' if composite else dataset}={root}"]


def _row(run: ledger.Run) -> dict[str, Any]:
    names = ("id", "cell", "seed", "fold", "source", "profile", "protocol", "dataset", "column", "selected_epoch")
    about = {name: getattr(run, name) for name in names}
    return {**about, "seconds": run.facts["seconds"], **epoch_values(run.scores("test"), ["test"])}


def _class_name(name: str, about: Mapping[str, Any]) -> str:
    """That of the adapter; a composite data set has none, and is called by its own name."""
    target = about.get("dataset", {}).get("_target_", "")
    return str(target.rpartition(".")[2] or name.title().replace("_", ""))


def _classes() -> dict[str, str]:
    """Name of the class -> name of its data set."""
    return {_class_name(name, options_of_data()[option]): name for name, option in data_sets().items()}


def __getattr__(name: str) -> type[DataSetModule]:
    if name not in (known := _classes()):
        raise AttributeError(f"fer_lab.notebook has no {name!r}; data sets: {', '.join(sorted(known))}")
    made = type(name, (DataSetModule,), {"dataset": known[name], "__module__": __name__})
    globals()[name] = made  # one class, however often it is asked for
    return made
