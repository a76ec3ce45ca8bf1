"""Where a deployment stands beyond what its controller knows: whether blue still runs and fits the schema."""

from dataclasses import dataclass
from math import ceil
from typing import Protocol

from guardian.errors import GuardianError
from guardian.model import Capacity, Contract, Deployment, Phase
from guardian.policy import Policy
from guardian.ports import Contracts, Databases, Fleet
from guardian.swap import carries
from guardian.watch import Watch

EARLY = frozenset({Phase.PREPARING, Phase.TESTING, Phase.CLOSED})
"""Phases in which green has no users, so that a contracted schema changes nothing about what is to be done."""


class Facts(Protocol):
    """Where the facts are read; `Ports` has all of it."""

    @property
    def contracts(self) -> Contracts: ...

    @property
    def databases(self) -> Databases: ...

    @property
    def fleet(self) -> Fleet: ...


@dataclass(frozen=True)
class Standing:
    """Where a deployment stands.

    Attributes:
        deployment: With its phase as the facts have it.
        needs: Tasks that blue needs to carry the traffic; 0 where nobody asked.
        contract: The mark of the contract migration; None where there is none or it cannot be read.
        notes: What a reader must know about it, as sentences.
    """

    deployment: Deployment
    contract: Contract | None = None
    needs: int = 0
    notes: tuple[str, ...] = ()


def stand(watch: Watch, deployment: Deployment, policy: Policy, ports: Facts) -> Standing:
    """Return where the deployment stands.

    Whatever cannot be read counts as the worse: a contract mark as set, an RDS switchover as done, blue as gone.

    Args:
        watch: Remembers which switchovers of the database had been done before.
        deployment: As its controller describes it.
        policy: Names the database, and how much of green's capacity blue needs.
        ports: Where the facts are read.
    """
    if deployment.phase in EARLY:
        return Standing(deployment)
    try:
        mark = ports.contracts.contract(deployment.service, deployment.id)
        why = _marked(mark) if mark else _switched_over(watch, deployment, policy, ports)
    except GuardianError as error:
        mark, why = None, f"whether blue fits the schema cannot be read, which counts as contracted: {error}"
    if why is not None:
        return Standing(deployment.model_copy(update={"phase": Phase.CONTRACTED}), mark, notes=(why,))
    if deployment.phase is not Phase.RETIRED or deployment.pair is None:
        return Standing(deployment)
    return _with_blue(deployment, policy, ports)


def knowing_switchovers(watch: Watch, deployment: Deployment, policy: Policy, ports: Facts) -> Watch:
    """Return the watch with the database's switchovers of before the bake, against which later ones stand out."""
    instance = policy.database.instance
    if instance is None or watch.switchovers is not None or deployment.phase not in EARLY | {Phase.SHIFTING}:
        return watch
    try:
        return watch.model_copy(update={"switchovers": ports.databases.switchovers(instance)})
    except GuardianError:
        return watch  # tried again next turn; in the bake every switchover counts then


def _marked(mark: Contract) -> str:
    return f"contracted at {mark.at:%Y-%m-%d %H:%M} by {mark.by}{f': {mark.why}' if mark.why else ''}"


def _switched_over(watch: Watch, deployment: Deployment, policy: Policy, ports: Facts) -> str | None:
    """Return which switchover of the database left blue behind; None when there was none."""
    instance = policy.database.instance
    if instance is None or deployment.phase is Phase.SHIFTING:
        return None
    since = ports.databases.switchovers(instance) - (watch.switchovers or frozenset())
    if not since:
        return None
    return (
        f"{instance} was switched over to another database ({', '.join(sorted(since))}): counts as contracted"
    )


def _with_blue(deployment: Deployment, policy: Policy, ports: Facts) -> Standing:
    """Tell whether blue could still take the traffic after its controller has finished."""
    try:
        blue, green = (
            ports.fleet.capacity(deployment.cluster, deployment.ecs_service, side.target_group)
            for side in (deployment.blue, deployment.green)
            if side is not None
        )
    except GuardianError as error:
        note = f"what is behind blue's target group cannot be read, so blue counts as gone: {error}"
        return Standing(deployment, notes=(note,))
    needs = needed(green, policy)
    phase = Phase.STANDBY if carries(blue, needs) else Phase.RETIRED
    left = min(blue.running, blue.registered)
    notes = (f"blue runs {left} of {needs} tasks needed",) if left else ()
    return Standing(deployment.model_copy(update={"phase": phase}), needs=needs, notes=notes)


def needed(green: Capacity, policy: Policy) -> int:
    """Return how many tasks blue needs to carry what green carries now. Pure."""
    return max(1, ceil(policy.bake.blue_capacity * green.running))
