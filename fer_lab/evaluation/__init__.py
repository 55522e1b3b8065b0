"""From scores to numbers: votes per video, metrics, intervals, tests. Pure functions on frames and arrays, no torch."""

from fer_lab.evaluation.calibration import Calibration, calibration_of, ece, reliability
from fer_lab.evaluation.ensembles import averaged
from fer_lab.evaluation.equivalence import equivalence
from fer_lab.evaluation.errors import (
    confusion_difference,
    confusion_shares,
    most_confident_mistakes,
    per_class,
    per_subject,
    worst_items,
)
from fer_lab.evaluation.groups import by_group
from fer_lab.evaluation.intervals import FEW_SUBJECTS, Effect, Interval, contrasts, difference, intervals, minus
from fer_lab.evaluation.metrics import Metric, accuracy, kappa, macro_f1, metric, report, uar
from fer_lab.evaluation.scores import confusion, constant_answer, n_subjects, predictions, probabilities
from fer_lab.evaluation.significance import holm, mcnemar, paired_test, seed_test
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import KINDS, make_target, target_of, total
from fer_lab.evaluation.thresholds import decided, thresholds
from fer_lab.evaluation.units import Counted, counted, unshared, value_of
from fer_lab.evaluation.votes import ALL_RULES, RULES, late, vote

__all__ = [
    "ALL_RULES",
    "FEW_SUBJECTS",
    "KINDS",
    "RULES",
    "Calibration",
    "Counted",
    "Effect",
    "Interval",
    "Metric",
    "Target",
    "accuracy",
    "averaged",
    "by_group",
    "calibration_of",
    "confusion",
    "confusion_difference",
    "confusion_shares",
    "constant_answer",
    "contrasts",
    "counted",
    "decided",
    "difference",
    "ece",
    "equivalence",
    "holm",
    "intervals",
    "kappa",
    "late",
    "macro_f1",
    "make_target",
    "mcnemar",
    "metric",
    "minus",
    "most_confident_mistakes",
    "n_subjects",
    "paired_test",
    "per_class",
    "per_subject",
    "predictions",
    "probabilities",
    "reliability",
    "report",
    "seed_test",
    "target_of",
    "thresholds",
    "total",
    "uar",
    "unshared",
    "value_of",
    "vote",
    "worst_items",
]
