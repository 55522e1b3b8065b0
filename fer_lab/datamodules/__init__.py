"""Splits, items, batches: one LightningDataModule for every data set and kind of target."""

ITEMS_VERSION = 2
"""Of the items; raised whenever the same faces and settings give other inputs. It is part of a run's identity."""
