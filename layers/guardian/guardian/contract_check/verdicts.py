"""What Guardian found while green was alone."""

from guardian.contract_check.facts import Facts, Item
from guardian.model import Evidence, Finding
from guardian.policy import Policy
from guardian.record import DecisionRecord

SAYS = {Finding.HEALTHY: True, Finding.INVESTIGATE: False, Finding.DIVERGED: False}
"""Whether a metric is stable, by what its signal says; what says nothing else is unknown."""


def divergence(facts: Facts) -> Item:
    """Tell whether green never diverged since it was alone; half of the decisions at least must have seen it."""
    baked = facts.baked
    if not baked:
        return Item(
            name="divergence", fulfilled=None, sentence="there is no decision since green got everything"
        )
    wrong = [one for one in baked if one.verdict is Finding.DIVERGED]
    if wrong:
        said = f"diverged at {wrong[0].at:%Y-%m-%d %H:%M}: {wrong[0].sentence}"
        return Item(name="divergence", fulfilled=False, sentence=said)
    blind = sum(one.verdict is Finding.NO_DATA for one in baked)
    said = f"none in {len(baked)} decisions since green got everything"
    if 2 * blind > len(baked):
        return Item(name="divergence", fulfilled=None, sentence=f"{said}, but {blind} of them had no data")
    return Item(name="divergence", fulfilled=True, sentence=said)


def business(facts: Facts, policy: Policy) -> Item:
    """Tell whether the latest decisions found every custom metric of the policy as it was before."""
    if not policy.custom:
        return Item(name="business", fulfilled=True, sentence="the policy names no business metrics")
    found = [(metric.name, _latest(metric.name, facts.baked)) for metric in policy.custom]
    said = "; ".join(_said(name, latest) for name, latest in found)
    stable = [SAYS.get(latest[1].finding) if latest else None for _, latest in found]
    fulfilled = False if False in stable else None if None in stable else True
    return Item(name="business", fulfilled=fulfilled, sentence=said)


def _latest(signal: str, records: tuple[DecisionRecord, ...]) -> tuple[DecisionRecord, Evidence] | None:
    """Return the latest decision that has evidence of a signal, and the evidence."""
    return next(
        (
            (record, evidence)
            for record in reversed(records)
            for evidence in record.evidence
            if evidence.signal == signal
        ),
        None,
    )


def _said(name: str, latest: tuple[DecisionRecord, Evidence] | None) -> str:
    if latest is None:
        return f"{name}: no decision since green got everything has it"
    record, evidence = latest
    return f"{name}: {evidence.finding} at {record.at:%Y-%m-%d %H:%M}, {evidence.sentence}"
