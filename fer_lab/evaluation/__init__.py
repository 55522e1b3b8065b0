"""From scores to numbers: votes per video, metrics, intervals. Pure functions on frames and arrays, no torch."""

from fer_lab.evaluation.intervals import FEW_SUBJECTS, Interval, difference, intervals
from fer_lab.evaluation.metrics import Metric, accuracy, confusion, macro_f1, metric, report, uar
from fer_lab.evaluation.scores import chance, most_frequent, n_subjects, predictions, probabilities
from fer_lab.evaluation.votes import RULES, vote

__all__ = [
    "FEW_SUBJECTS",
    "RULES",
    "Interval",
    "Metric",
    "accuracy",
    "chance",
    "confusion",
    "difference",
    "intervals",
    "macro_f1",
    "metric",
    "most_frequent",
    "n_subjects",
    "predictions",
    "probabilities",
    "report",
    "uar",
    "vote",
]
