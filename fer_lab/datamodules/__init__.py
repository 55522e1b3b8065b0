"""Splits, items, batches: one LightningDataModule for every data set and kind of target."""
