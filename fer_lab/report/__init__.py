"""What people look at besides tables: the figures of a thesis, drawn from today's faces and runs. No torch."""

from fer_lab.report.figures import Figure, figures, render

__all__ = ["Figure", "figures", "render"]
