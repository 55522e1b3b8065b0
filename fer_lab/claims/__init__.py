"""What the theses claim, as data, and whether it holds in the runs of today. No torch."""

from fer_lab.claims.judge import Judged, JudgedRelation, judge
from fer_lab.claims.read import claims
from fer_lab.claims.schema import Claim, Operand, Relation

__all__ = ["Claim", "Judged", "JudgedRelation", "Operand", "Relation", "claims", "judge"]
