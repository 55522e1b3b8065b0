"""What is true of rendered frames, kept beside them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import DataError
from fer_lab.storage import write_bytes


@dataclass(frozen=True)
class Truth:
    """Ground truth of n frames.

    Args:
        landmarks: (n, 68, 2) float32 px, x and y, the iBUG order; (0, 0) is the corner of the picture.
        visible: (n, 68) bool: inside the picture and not hidden behind the face itself.
        pose: (n, 3) float32 yaw, pitch, roll in degrees.
        action_units: (n, K) float32 activations, in the order of `AU_NAMES`.
    """

    landmarks: NDArray[np.float32]
    visible: NDArray[np.bool_]
    pose: NDArray[np.float32]
    action_units: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.landmarks)

    def save(self, path: Path) -> None:
        """Write an ``.npz`` file, whole or not at all.

        Raises:
            StoreError: it cannot be written.
        """
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **{field.name: getattr(self, field.name) for field in fields(self)})
        write_bytes(Path(path), buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> Truth:
        """Read what `save` wrote.

        Raises:
            DataError: the file is missing, damaged, or holds something else.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(**{field.name: file[field.name] for field in fields(cls)})
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise DataError(
                f"cannot read the truth {path}: {error}",
                expected=f"an .npz file with {', '.join(field.name for field in fields(cls))}",
                do="delete the twin's folder: it is written anew",
            ) from error
