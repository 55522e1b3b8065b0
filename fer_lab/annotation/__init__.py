"""Valence and arousal of pictures and videos, as people see them: shown, kept, handed out, compared (no torch)."""

from fer_lab.annotation.items import Item, Items, find_items
from fer_lab.annotation.marks import DIMENSIONS, Mark
from fer_lab.annotation.store import FOLDER, Store, TakenError, annotators, checked_name, said_by

__all__ = [
    "DIMENSIONS",
    "FOLDER",
    "Item",
    "Items",
    "Mark",
    "Store",
    "TakenError",
    "annotators",
    "checked_name",
    "find_items",
    "said_by",
]
