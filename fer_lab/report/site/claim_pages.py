"""The claims of the theses as a forest plot: what each says, its effect with its interval, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from fer_lab.claims import Judged, JudgedRelation, Relation
from fer_lab.claims.schema import STRICT
from fer_lab.evaluation import Interval
from fer_lab.report.site.page import cell_path
from fer_lab.report.site.section import Section, short_verdict
from fer_lab.report.site.strips import Scale, effect_scale, strip
from fer_lab.report.site.theses import thesis
from fer_lab.tables.comparison import MARGIN, UNBOUNDED


def claims_of(section: Section) -> dict[str, Any]:
    """What the page of a section's claims is given: by thesis those that are measured, and those that are not."""
    ordered = sorted(section.judged, key=lambda judged: (not _measured_of(judged.claim.thesis, section.judged),
                                                         judged.claim.thesis))  # fmt: skip
    scale = effect_scale(bound for judged in ordered for bound in _bounds(judged))
    groups = [(name, list(own)) for name, own in groupby(ordered, key=lambda judged: judged.claim.thesis)]
    lines = [(thesis(name).short, [_claim(section, judged, scale) for judged in own]) for name, own in groups]
    return {
        "verdicts": section.claim_verdicts(),
        "scale": scale,
        "groups": [(name, [line for line in own if line["judged"].outcome],
                    [line for line in own if not line["judged"].outcome]) for name, own in lines],
        "said": sorted({line["said"] for _, own in lines for line in own}),
        "total": sum(len(own) for _, own in lines),
    }  # fmt: skip


def _measured_of(name: str, judged: Iterable[Judged]) -> bool:
    return any(one.outcome for one in judged if one.claim.thesis == name)


def _bounds(judged: Judged) -> Iterator[float]:
    """The ends of what is drawn of a claim."""
    if (found := _drawn(judged.decisive)) is not None:
        yield from (found.mean, found.low, found.high)


def _drawn(decisive: JudgedRelation | None) -> Interval | None:
    """The effect of a relation between shares; None where there is none, or it is in another unit, such as seconds."""
    if decisive is None or decisive.effect is None:
        return None
    values = decisive.relation.values
    return decisive.effect if all(v.kind == "metric" and v.name not in UNBOUNDED for v in values) else None


def _claim(section: Section, judged: Judged, scale: Scale) -> dict[str, Any]:
    decisive = judged.decisive
    cells = {value.cell for relation in judged.claim.relations for value in relation.values if value.cell}
    limits = _limits(decisive.relation) if decisive else ()
    return {
        "judged": judged,
        "said": judged.outcome or short_verdict(judged.verdict),
        "verdict": "not run" if judged.verdict.startswith("not run") else judged.verdict,
        "cells": [(cell, cell_path(section, cell)) for cell in sorted(cells)],
        "effect": decisive.effect_text if decisive else "",
        "strip": strip(_drawn(decisive), lines=limits, verdict=judged.verdict, scale=scale),
        "pair": decisive.relation.words if decisive and decisive.effect and len(judged.relations) > 1 else "",
        "p": judged.p_text,
        "in_print": _in_print(judged.relations),
    }


def _limits(relation: Relation) -> tuple[float, ...]:
    """What the effect must be beyond, or between, for the relation to hold; see ``claims.judge``."""
    if relation.op in ("~", "=="):
        return -MARGIN, MARGIN
    limit = relation.by if relation.op in STRICT else -MARGIN
    return (limit if relation.op in (">", ">=") else -limit,)


def _in_print(relations: Sequence[JudgedRelation]) -> str:
    answers = {relation.in_print for relation in relations}
    return "does not hold" if False in answers else "not printed" if None in answers or not answers else "holds"
