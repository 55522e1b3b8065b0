"""A model card in Markdown, from what an exported model says of itself alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

from fer_lab.exporting.words import by_part, evidence, interval, share, table
from fer_lab.inference.baseline import WAYS
from fer_lab.inference.baseline import told as in_words
from fer_lab.inference.contract import Contract

KINDS: Mapping[str, str] = {
    "classes": "one of {n} classes", "labels": "each of {n} labels, present or not", "values": "{n} values"
}  # fmt: skip
NOBODY = "The data name nobody: whether a person is in two parts is not known."
NOT_FOR = (
    "Not for decisions about people: not for hiring, teaching, policing, health, insurance or credit, and not for lie "
    "detection.",
    "What a face shows is not what somebody feels; the answers are of the face alone, as people labelled it.",
    "Not for faces that are unlike those below, of children above all, unless it was measured on them.",
)


def card(contract: Contract, file: str) -> str:
    """The card, with a header that the Hugging Face hub reads.

    Args:
        contract: of the model.
        file: its name.
    """
    parts = [_header(contract), _first(contract), _what(contract), _use(contract), _data(contract), _measured(contract),
             _by_name(contract), _thresholds(contract), _baseline(contract), _bias(contract), _weights(contract),
             _int8(contract), _how(contract, file), _made(contract)]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _header(contract: Contract) -> str:
    """The YAML that the hub reads."""
    ours = contract.licence == "Apache-2.0"
    about: dict[str, Any] = {
        "license": "apache-2.0" if ours else "other",
        **({} if ours else {"license_name": "see-card"}),
        "library_name": "fer_lab",
        "pipeline_tag": "image-classification",
        "tags": ["facial-expression-recognition", "onnx", *(["synthetic-training-data"] if contract.generated else [])],
        "model-index": [{"name": _name(contract), "results": [_result(contract)]}],
    }
    return f"---\n{yaml.safe_dump(about, sort_keys=False, allow_unicode=True).strip()}\n---"


def _result(contract: Contract) -> dict[str, Any]:
    known = [one for one in contract.measured if one.value is not None]
    return {
        "task": {"type": "image-classification"},
        "dataset": {"name": _dataset(contract), "type": str(contract.run["dataset"])},
        "metrics": [{"type": one.name, "value": round(float(one.value or 0), 4)} for one in known],
    }


def _name(contract: Contract) -> str:
    return f"{contract.run['cell']}, seed {contract.run['seed']}"


def _dataset(contract: Contract) -> str:
    return f"{'twin of ' if contract.generated else ''}{contract.run['title']}"


def _first(contract: Contract) -> str:
    if contract.generated:
        return (f"**Trained on generated faces**: on a procedural twin of {contract.run['title']}, no photograph of "
                f"anybody. How it answers real faces was not measured.\n\n# {_name(contract)}")  # fmt: skip
    return f"# {_name(contract)}"


def _what(contract: Contract) -> str:
    kind, names = contract.target["kind"], ", ".join(contract.names)
    scale = contract.target["scale"]
    of = f" from {scale[0]:g} to {scale[1]:g}" if scale else ""
    what = KINDS[kind].format(n=len(contract.names))
    shown = "one face" if contract.length == 1 else f"a clip of {contract.length} faces that follow each other"
    takes = [
        f"`{one.name}` {one.kind} (items, {', '.join(map(str, one.shape))}): {one.unit}" for one in contract.inputs
    ]
    lines = [f"A network that answers {what}{of} of {shown}: {names}.", "", "It takes:", "", *(f"- {o}" for o in takes)]
    return "\n".join(["## What it is", "", *lines])


def _use(contract: Contract) -> str:
    parts = contract.data.get("title", contract.run["title"])
    lines = [f"For research on faces like those of {parts}, and to try methods out.", "", *(f"- {o}" for o in NOT_FOR)]
    return "\n".join(["## Intended use, and what it is not for", "", *lines])


def _data(contract: Contract) -> str:
    told = contract.data
    if not told:
        return ""
    lines = [f"{'A procedural' if contract.generated else 'The'} {'' if contract.generated else 'data set '}"
             f"{_dataset(contract)}. {' '.join(told['references'])}", "", by_part(told), "",
             f"Parts: {told['parts']} (protocol `{contract.run['protocol']}`, profile `{contract.run['profile']}`, "
             f"source `{contract.run['source']}`).", f"{share(told['leak_share'])} of the test part shares a person, "
             "a video or an exact copy with training."]  # fmt: skip
    lines += [f"Near copies of test images in training: {told['near_copies']}."] if told.get("near_copies") else []
    lines += [NOBODY] if not any(told.get("subjects", {}).values()) else []
    lines += [f"Fold {told['fold'][0]} of {told['fold'][1]}."] if told.get("fold") else []
    lines += [f"- {note}" for note in told["notes"]]
    lines += [f"- Terms of {term}" for term in told["terms"]]
    lines += [f"- Asked for at {where}" for where in told["request"]]
    return "\n".join(["## Data", "", *lines])


def _measured(contract: Contract) -> str:
    rows = [(one.name, *evidence(one)) for one in contract.measured]
    people = contract.data.get("subjects", {}).get("test", 0)
    over = f"over people ({people})" if people else "over pictures or videos, as nobody is named"
    text = f"On the test part, once, at the epoch that validation selected; 95 % intervals {over}."
    lines = [text, "", table(("metric", "value", "95 % interval", "items"), rows)]
    if contract.calibration:
        told = contract.calibration
        lines += ["", f"Expected calibration error {interval(told['ece'])}, of which {interval(told['by_chance'])} is "
                  "what chance makes of so many items."]  # fmt: skip
    return "\n".join(["## How it was measured", "", *lines])


def _by_name(contract: Contract) -> str:
    rows = [(one.name, *evidence(one)) for one in contract.by_name]
    what = "right answers" if contract.target["kind"] == "classes" else "value of its main metric"
    return "\n".join(["## By name", "", table((contract.target["name"], what, "95 % interval", "items"), rows)])


def _thresholds(contract: Contract) -> str:
    if not contract.thresholds:
        return ""
    rows = [(*_stated(one.error), f"{one.above:.4f}", *_shares(one.validated), share(one.answered), share(one.wrong),
             interval(one.low, one.high)) for one in contract.thresholds]  # fmt: skip
    head = ("stated", "above", "answered, validation", "wrong, validation", "answered, test", "wrong, test", "95 %")
    text = ("An answer counts where its probability is above the threshold; else the face has no clear expression. "
            "Chosen on validation so that no more than the stated share of the answers is wrong there.")  # fmt: skip
    return "\n".join(["## Thresholds", "", text, "", table(head, rows)])


def _baseline(contract: Contract) -> str:
    """What reading answers against a person's own neutral ones does; nothing where it could not be measured."""
    if contract.baseline is None:
        return ""
    known = {way: contract.baseline[way] for way in WAYS if way in contract.baseline}
    offered = {True: "Offered", False: "Not offered"}
    lines = [f"- {WAYS[way]}: {in_words(one)}. {offered[one['helps']]}." for way, one in known.items()]
    text = ("Answers can be read against a person's own neutral ones (`--neutral`), from these; offered where the "
            "interval of the change lies above 0.")  # fmt: skip
    return "\n".join(["## A person's own baseline", "", text, "", *lines])


def _stated(error: float | None) -> tuple[str]:
    return ("fixed, half" if error is None else f"{share(error)} wrong",)


def _shares(of: Mapping[str, float | None]) -> tuple[str, str]:
    return share(of.get("answered")), share(of.get("wrong"))


def _bias(contract: Contract) -> str:
    weak, lines = contract.weak, []
    if weak.get("lowest"):
        lines += [f"It answers worst: {', '.join(weak['lowest'])}."]
    lines += [f"- {share(one['share'])} of {one['class']} is answered as {one['answered']}" for one in
              weak.get("confused", ())]  # fmt: skip
    lines += ["", *_groups(weak)]
    return "\n".join(["## Bias, and where it is weak", "", *lines])


def _groups(weak: Mapping[str, Any]) -> Iterator[str]:
    groups: Sequence[Mapping[str, Any]] | None = weak.get("groups")
    if not groups:
        known = "the data tell nothing of the people" if groups is not None else "nothing of the people was at hand"
        yield f"By group of people nothing was measured: {known}."
        return
    rows = [(g["attribute"], g["group"], str(g["n_subjects"] or "-"), str(g["n_items"]), interval(g["mean"]),
             "too few" if g["underpowered"] else interval(g["low"], g["high"]),
             "-" if g["p_holm"] is None else f"{g['p_holm']:.3f}") for g in groups]  # fmt: skip
    yield f"The {weak['metric']} by group; p is of a permutation test that groups differ, corrected for several."
    yield ""
    yield table(("attribute", "group", "people", "items", weak["metric"], "95 % interval", "p"), rows)


def _weights(contract: Contract) -> str:
    told = contract.weights
    from_runs = f" It goes on from {', '.join(told['starts_from'])}." if told.get("starts_from") else ""
    licence = told.get("licence", "not stated")
    lines = [f"Weights: {told.get('origin', 'not stated')}.{from_runs} Licence of what it starts from: {licence}.",
             "", f"Licence of the model: {contract.licence}.", *_passports(told.get("passports", ()))]  # fmt: skip
    return "\n".join(["## Weights and licence", "", *lines])


def _passports(known: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What the weights that it starts from were trained on, what of its data they may have seen, and who says so."""
    for one in known:
        yield ""
        yield f"Passport `{one['name']}` ({one['digest']}): {one['title']}. Trained on: {one['trained_on']}"
        for dataset, seen in one["seen"].items():
            yield (f"- May have seen items of {dataset}: {seen['items']}; its people: {seen['people']}. "
                   f"{seen['reason']}.")  # fmt: skip
        yield from (f"- Says so: {who}" for who in one["says"])


def _int8(contract: Contract) -> str:
    told = contract.quantised
    if told is None:
        return ""
    size = told["bytes"]
    lines = [f"Its weights are in int8 ({told['how']}, calibrated on {told['items']} training items): "
             f"{size['before']} bytes before, {size['after']} after. {_chosen(told)}".strip()]  # fmt: skip
    if "metric" in told:
        lines += [f"{told['metric']} on the test part {interval(told['before'])} before, {interval(told['after'])} "
                  f"after: difference {told['difference']:+.4f} ({interval(told['low'], told['high'])}); "
                  f"{share(told['same'])} of the items are answered alike."]  # fmt: skip
    else:
        lines += ["What that costs was not measured, as the data were not at hand: all figures are those in float32."]
    return "\n".join(["## In int8", "", *lines])


def _chosen(told: Mapping[str, Any]) -> str:
    """By what, and on what, the way of calibrating was chosen."""
    if "percentile" not in told:
        return ""
    if told["chosen"] is None:
        return f"The {told['percentile']:g}th percentile is the usual one: there was no validation item to choose by."
    alike = ", ".join(f"{name}: {share(value)}" for name, value in told["chosen"]["alike"].items())
    return (f"The {told['percentile']:g}th percentile was chosen on {told['chosen']['items']} validation items by how "
            f"many are answered as in float32 ({alike}).")  # fmt: skip


def _how(contract: Contract, file: str) -> str:
    code = f'import fer_lab\nmodel = fer_lab.load("{file}")\ntable = model.predict("picture.jpg")'
    return "\n".join(["## How to use it", "", "```python", code, "```"])


def _made(contract: Contract) -> str:
    told, run = contract.made, contract.run
    lines = [f"Run `{run['id']}` of `{run['cell']}`, seed {run['seed']}, of a finished experiment of fer_lab."]
    if told:
        when = datetime.fromtimestamp(told["finished"], UTC).date().isoformat()
        versions = ", ".join(f"{name} {version}" for name, version in told["versions"].items())
        lines += [f"It ended on {when}; {told['epochs']} epochs, computed in `{told['precision']}`, with {versions}."]
    if contract.graph:
        lines += [f"SHA-256 of its graph, weights included: `{contract.graph}`; whoever reads the file compares it."]
    return "\n".join(["## How it was made", "", *lines])
