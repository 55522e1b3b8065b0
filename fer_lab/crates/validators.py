"""What the kept validators say of a crate: roc-validator of its description, mlcroissant of its splits.

Nothing is fetched. RO-Crate's context, which the validator would ask the network for, is the copy that ``rocrate`` has.
"""

from __future__ import annotations

import io
import logging
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from fer_lab.crates.croissant import NAME, check_croissant
from fer_lab.crates.extra import needed

PROFILES = {"ro-crate-1.3": True, "process-run-crate-0.5": False}
"""Profile -> whether those that it builds on are checked with it: Process Run Crate 0.5 builds on RO-Crate 1.1."""
CONTEXT, SHIPPED = "https://w3id.org/ro/crate/1.3/context", "data/ro-crate.jsonld"
REQUIRED = "REQUIRED"


@dataclass(frozen=True)
class Said:
    """What a validator says of something.

    Attributes:
        what: the profile, or the split.
        by: the library, with its version.
        errors: what is required and does not hold; empty: it is valid.
        advice: what is recommended and does not hold -> how often.
        note: what was read.
    """

    what: str
    by: str
    errors: tuple[str, ...]
    advice: dict[str, int]
    note: str = ""


def validate(folder: Path, advice: bool = True) -> Iterator[Said]:
    """Ask each validator.

    Args:
        folder: of the crate.
        advice: whether roc-validator is asked for what is recommended, too, which takes it twice as long.

    Raises:
        ConfigError: one is not installed.
    """
    with _context() as cache:
        for profile, inherited in PROFILES.items():
            yield _profile(folder, profile, inherited, cache, REQUIRED if not advice else "RECOMMENDED")
    for path in sorted(folder.glob(f"splits/*/{NAME}")):
        errors, warnings, items = check_croissant(path)
        name = path.parent.relative_to(folder).as_posix()
        yield Said(name, _named("mlcroissant"), tuple(errors), dict.fromkeys(warnings, 1), f"{items} items read")


def _named(package: str) -> str:
    from importlib.metadata import version

    return f"{package} {version(package)}"


def _profile(folder: Path, profile: str, inherited: bool, cache: Path, severity: str) -> Said:
    services, settings = needed("rocrate_validator.services"), needed("rocrate_validator.models.settings")
    levels = needed("rocrate_validator.models").Severity
    asked = settings.ValidationSettings(
        rocrate_uri=str(folder), profile_identifier=profile, enable_profile_inheritance=inherited,
        requirement_severity=levels[severity], cache_path=cache, offline=True,
    )  # fmt: skip
    with _quiet():
        try:
            issues = list(services.validate(asked).get_issues())
        except Exception as error:  # whatever it raises of a folder that is no crate
            return Said(profile, _named("roc-validator"), (f"{type(error).__name__}: {error}",), {})
    errors = _grouped(one for one in issues if one.severity.name == REQUIRED)
    advice = Counter(str(one.check.name) for one in issues if one.severity.name != REQUIRED)
    return Said(profile, _named("roc-validator"), errors, dict(sorted(advice.items())))


def _grouped(issues: Iterable[Any]) -> tuple[str, ...]:
    """What is said, once each, with the first thing that it is said of and how many more there are."""
    found: dict[str, list[str]] = {}
    for one in issues:
        words = f"{one.check.identifier}: {' '.join(str(one.message).split())}"
        found.setdefault(words, []).append(str(getattr(one, "violatingEntity", None) or "the crate"))
    more = {words: f" and {len(of) - 1} more" if len(of) > 1 else "" for words, of in found.items()}
    return tuple(f"{words} ({sorted(of)[0]}{more[words]})" for words, of in sorted(found.items()))


@contextmanager
def _context() -> Iterator[Path]:
    """A cache of the validator's that holds the one address which it asks for."""
    cached = needed("requests_cache")
    data = resources.files(needed("rocrate")).joinpath(SHIPPED).read_bytes()
    with tempfile.TemporaryDirectory(prefix="fer_lab-crate-") as folder:
        cache = Path(folder, "http")
        with cached.CachedSession(str(cache), backend="sqlite", expire_after=-1) as session:
            session.mount("https://", _adapter(data))
            session.get(CONTEXT)
        yield cache


def _adapter(data: bytes) -> Any:
    """What answers every address with these bytes, and asks nobody."""
    import requests
    from requests.adapters import BaseAdapter
    from urllib3 import HTTPResponse

    class Shipped(BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            answer, kind = requests.Response(), {"Content-Type": "application/ld+json"}
            answer.status_code, answer.url, answer.request = 200, str(request.url), request
            answer.headers.update(kind)
            answer.raw = HTTPResponse(body=io.BytesIO(data), status=200, headers=kind, preload_content=False)
            return answer

        def close(self) -> None:
            """There is nothing to close."""

    return Shipped()


@contextmanager
def _quiet() -> Iterator[None]:
    """The validator logs what it returns, too."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
