"""Splits, items, batches: one LightningDataModule for every data set and kind of target."""

ITEMS_VERSION = 2
"""Of the items; raised whenever the same faces and settings give other inputs. It is part of a run's identity."""
SPLIT_VERSION = 2
"""Changes with which ids a recipe puts into which part. 2: copies are dropped before classes are regrouped."""
AUGMENTATION_VERSION = 2
"""Changes with what the same settings draw. 2: shear in degrees, width and height zoomed apart."""
