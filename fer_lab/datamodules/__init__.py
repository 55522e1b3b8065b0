"""Splits, items, batches; one thin LightningDataModule a data set over the shared items."""
