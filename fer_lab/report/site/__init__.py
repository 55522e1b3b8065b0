"""The static site of all that the ledger holds: from a thesis and its tables down to each run. No torch."""

from fer_lab.report.site.build import Site, build

__all__ = ["Site", "build"]
