"""The one refusal of the media package: a file that cannot be read, with the reason."""

from __future__ import annotations

from fer_lab.errors import DataError


class Unreadable(DataError):  # noqa: N818 - the word of the contract; it reads as what it is
    """A video, image or archive that cannot be read as one.

    Args:
        path: the file, relative to the data root where there is one.
        reason: why it cannot be read, in words.
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"cannot read {path}: {reason}",
            expected="a whole, undamaged video or image",
            do="replace or remove the file",
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Travel whole between worker processes."""
        return (Unreadable, (self.path, self.reason))
