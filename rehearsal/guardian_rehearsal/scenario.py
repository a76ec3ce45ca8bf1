"""What makes up a scenario: what goes wrong, who interferes, and the end that it must have."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from guardian.decide import DecisionKind
from guardian.model import Finding, Mode, Phase
from guardian_rehearsal.application import Application
from guardian_rehearsal.interventions import Intervention
from guardian_rehearsal.migration import Migration
from guardian_rehearsal.traffic import Fault, Profile
from guardian_rehearsal.world import CONFIG, TERMINATION_WAIT_MINUTES


class End(StrEnum):
    """How a deployment can end, by what AWS says afterwards."""

    RELEASED = "released"
    ROLLED_BACK = "rolled back by Guardian"
    ROLLED_BACK_BY_CODEDEPLOY = "rolled back by CodeDeploy"
    SWAPPED = "given back to blue by Guardian at the listener"
    ROLLED_BACK_FOR_GUARDIAN = "rolled back by CodeDeploy because Guardian could not"
    REFUSED = "failed by a hook of Guardian before users saw green"
    REFUSED_WHILE_HELD = "rolled back by CodeDeploy because Guardian failed the hook after the shift"


@dataclass(frozen=True)
class Expected:
    """What must hold when the scenario is over.

    Attributes:
        end: How the deployment ended.
        signals: Signals of which one must carry the decision to roll back; empty: any or none.
        seen: Verdicts that must have been given at least once.
        unseen: Verdicts that must never have been given.
        would: What Guardian must have said that it would do in mode enforce.
        by_minute: Latest minute of the decision, counted from green's first traffic.
        refused: The phase in which Guardian must have asked for a person instead of acting; None: in none.
        noted: Words that some record's sentence or notes must hold.
        rings: Names of the alarms on Guardian itself that must ring; no other may.
        customers: How many customers the probes must have created; none of them may be left.
        held: Minutes for which the hook after the shift must have been left unanswered, at least.
    """

    end: End
    signals: frozenset[str] = frozenset()
    seen: frozenset[Finding] = frozenset()
    unseen: frozenset[Finding] = frozenset()
    would: DecisionKind | None = None
    by_minute: int | None = None
    refused: Phase | None = None
    noted: tuple[str, ...] = ()
    rings: frozenset[str] = frozenset()
    customers: int = 0
    held: int = 0


@dataclass(frozen=True)
class Refusal:
    """AWS answers every call of one operation with an error, from one minute of green's traffic to another.

    Attributes:
        service: The service by its boto3 name.
        operation: The operation.
        code: The error's code.
        message: Its message.
        first: Minute in which it begins, counted from green's first traffic.
        last: Minute in which calls go through again.
    """

    service: str
    operation: str
    code: str
    message: str
    first: int
    last: int


@dataclass(frozen=True)
class Scenario:
    """One rehearsal.

    Attributes:
        name: What the command line calls it.
        title: What happens, in a few words.
        expected: What must hold in the end.
        faults: What is wrong with the traffic.
        mode: The policy's mode.
        policy: Further policy keys; the addresses in its `gates` are filled in.
        refusals: What AWS does not let Guardian do.
        interventions: What other people do meanwhile.
        insights: Container Insights of the cluster.
        serving: Colour in the name of the target group that serves production when the rehearsal begins.
        config: How CodeDeploy shifts the traffic.
        wait: Minutes after which CodeDeploy deletes blue; None leaves it running.
        path_rule: Whether a rule forwards to the groups too, besides the listener's default action.
        watched: Minutes that time goes on after the deployment is over.
        profile: The service's normal traffic.
        migration: What becomes of the migration that is run before the release; None: there is none.
        application: How green answers over HTTP; None: nobody asks, and nobody listens.
    """

    name: str
    title: str
    expected: Expected
    faults: tuple[Fault, ...] = ()
    mode: Mode = Mode.ENFORCE
    policy: dict[str, Any] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    insights: str = "enhanced"
    serving: str = "blue"
    config: str = CONFIG
    wait: int | None = TERMINATION_WAIT_MINUTES
    path_rule: bool = False
    watched: int = 2
    profile: Profile = field(default_factory=Profile)
    migration: Migration | None = None
    application: Application | None = None
