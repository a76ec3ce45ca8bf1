"""What can go wrong, or not, in one deployment; each scenario with the end that it must have."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from guardian.decide import DecisionKind
from guardian.model import Finding, Mode, Phase
from guardian_rehearsal.interventions import Intervention, contract_schema, revert_listener
from guardian_rehearsal.traffic import (
    ConnectionLeak,
    CpuFactor,
    DeadGreen,
    ErrorRate,
    Fault,
    LatencyFactor,
    LatencyRamp,
    LostTraffic,
    Profile,
    SharedIncident,
    SingleErrors,
    SlowTail,
)
from guardian_rehearsal.world import ROLLBACK_ALARM, TERMINATION_WAIT_MINUTES


class End(StrEnum):
    """How a deployment can end, by what AWS says afterwards."""

    RELEASED = "released"
    ROLLED_BACK = "rolled back by Guardian"
    ROLLED_BACK_BY_CODEDEPLOY = "rolled back by CodeDeploy"
    SWAPPED = "given back to blue by Guardian at the listener"
    ROLLED_BACK_FOR_GUARDIAN = "rolled back by CodeDeploy because Guardian could not"


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
        noted: Words that the notes of some record must hold.
        rings: Names of the alarms on Guardian itself that must ring; no other may.
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
        policy: Further policy keys.
        refusals: What AWS does not let Guardian do.
        interventions: What other people do meanwhile.
        insights: Container Insights of the cluster.
        serving: Colour in the name of the target group that serves production when the rehearsal begins.
        wait: Minutes after which CodeDeploy deletes blue; None leaves it running.
        path_rule: Whether a rule forwards to the groups too, besides the listener's default action.
        watched: Minutes that time goes on after the deployment is over.
        profile: The service's normal traffic.
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
    wait: int | None = TERMINATION_WAIT_MINUTES
    path_rule: bool = False
    watched: int = 2
    profile: Profile = field(default_factory=Profile)


def _rolled_back(*signals: str, by_minute: int) -> Expected:
    return Expected(
        End.ROLLED_BACK, signals=frozenset(signals), seen=frozenset({Finding.DIVERGED}), by_minute=by_minute
    )


_UNHARMED = Expected(End.RELEASED, seen=frozenset({Finding.HEALTHY}), unseen=frozenset({Finding.DIVERGED}))
_FOREVER = 90
"""Minutes; no rehearsal is longer."""


def _blackout(first: int, last: int) -> tuple[Refusal, ...]:
    return (Refusal("cloudwatch", "GetMetricData", "Throttling", "Rate exceeded", first, last),)


_STOP_DENIED = Refusal(
    "codedeploy", "StopDeployment", "AccessDeniedException",
    "User: arn:aws:sts::123456789012:assumed-role/guardian-TurnRole/guardian-Turn is not authorized to perform: "
    "codedeploy:StopDeployment because no identity-based policy allows the codedeploy:StopDeployment action",
    first=0, last=_FOREVER,
)  # fmt: skip
_LATENCY = ("latency_p50", "latency_avg", "latency_p99")

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("healthy", "a good release", _UNHARMED),
    Scenario(
        "latency", "green answers 50 % slower from its second minute on",
        _rolled_back(*_LATENCY, by_minute=6), (LatencyFactor(starts=1, factor=1.5),),
    ),
    Scenario(
        "latency-ramp", "green gets 3 % slower every minute",
        _rolled_back(*_LATENCY, by_minute=17), (LatencyRamp(starts=1, per_minute=0.03),),
    ),
    Scenario(
        "p99", "3 % of green's requests take four times as long; the median stays",
        _rolled_back("latency_p99", by_minute=13), (SlowTail(starts=1, fraction=0.03, factor=4.0),),
    ),
    Scenario(
        "errors", "1 % of green's answers are 5XX",
        _rolled_back("errors_5xx", by_minute=13), (ErrorRate(starts=1, probability=0.01),),
    ),
    Scenario(
        "shared-incident", "both colours fail and slow down for eight minutes: not green's doing",
        _UNHARMED, (SharedIncident(starts=6, ends=14, error_probability=0.01),),
    ),
    Scenario(
        "one-error", "one single 5XX on green",
        Expected(End.RELEASED, seen=frozenset({Finding.INVESTIGATE}), unseen=frozenset({Finding.DIVERGED})),
        (SingleErrors(starts=9, count=1),),
    ),
    Scenario(
        "dead-green", "green's tasks answer nothing: no 5XX of a target, only failed connections",
        _rolled_back("green_present", "connection_errors", by_minute=9), (DeadGreen(starts=4),),
    ),
    Scenario(
        "traffic-lost", "four fifths of all traffic is gone",
        _rolled_back("total_traffic", by_minute=11), (LostTraffic(starts=5, remaining=0.2),),
    ),
    Scenario(
        "connection-leak", "green leaks database connections until the maximum is reached",
        _rolled_back("db_connections", by_minute=19), (ConnectionLeak(starts=3, per_minute=10.0),),
    ),
    Scenario(
        "cpu", "green needs twice the CPU for the same requests",
        _rolled_back("cpu", by_minute=11), (CpuFactor(starts=1, factor=2.0),),
    ),
    Scenario(
        "cpu-unseen", "the same, but the cluster publishes no CPU per task: information only",
        Expected(End.RELEASED, unseen=frozenset({Finding.DIVERGED})), (CpuFactor(starts=1, factor=2.0),),
        insights="enabled",
    ),
    Scenario(
        "throttled", "a good release while CloudWatch throttles for ten minutes",
        Expected(End.RELEASED, seen=frozenset({Finding.NO_DATA}), unseen=frozenset({Finding.DIVERGED})),
        refusals=_blackout(6, 16),
    ),
    Scenario(
        "throttled-sick", "a slow release while CloudWatch throttles for ten minutes",
        Expected(
            End.ROLLED_BACK, signals=frozenset(_LATENCY), by_minute=15,
            seen=frozenset({Finding.NO_DATA, Finding.DIVERGED}),
        ),
        (LatencyFactor(starts=2, factor=1.5),), refusals=_blackout(4, 14),
    ),
    Scenario(
        "observe", "a slow release in mode observe: decided, not acted on",
        Expected(End.RELEASED, seen=frozenset({Finding.DIVERGED}), would=DecisionKind.ROLL_BACK),
        (LatencyFactor(starts=1, factor=1.5),), mode=Mode.OBSERVE,
    ),
    Scenario(
        "codedeploy-rolls-back", "CodeDeploy's own alarm rolls back; Guardian leaves that rollback alone",
        Expected(End.ROLLED_BACK_BY_CODEDEPLOY), (ErrorRate(starts=4, probability=0.15),), mode=Mode.NOTIFY,
    ),
    Scenario(
        "stop-denied", "a slow release, and Guardian may not stop it: CodeDeploy does, by Guardian's metric",
        Expected(
            End.ROLLED_BACK_FOR_GUARDIAN, signals=frozenset(_LATENCY), seen=frozenset({Finding.DIVERGED}),
            by_minute=6, rings=frozenset({ROLLBACK_ALARM}),
        ),
        (LatencyFactor(starts=1, factor=1.5),), refusals=(_STOP_DENIED,),
    ),
    Scenario(
        "traded", "the second deployment, for which the groups have traded colours: the slow one is called blue",
        _rolled_back(*_LATENCY, by_minute=6), (LatencyFactor(starts=1, factor=1.5),), serving="green",
    ),
    Scenario(
        "reverted-listener", "a stack update gives blue all of the traffic in the middle of the shift",
        Expected(
            End.RELEASED, seen=frozenset({Finding.HEALTHY}), unseen=frozenset({Finding.DIVERGED}),
            noted=("the listener routes, so its weight is used",),
        ),
        interventions=(Intervention(10, revert_listener),),
    ),
    Scenario(
        "bake", "green turns slow in the termination wait, with all of the traffic: stopped, not swapped",
        _rolled_back("latency_level", *_LATENCY, by_minute=40), (LatencyFactor(starts=28, factor=3.0),), wait=20,
    ),
    Scenario(
        "alarm-in-bake", "an alarm of the group rings in the termination wait: CodeDeploy's rollback is left alone",
        Expected(End.ROLLED_BACK_BY_CODEDEPLOY), (ErrorRate(starts=30, probability=0.02),), wait=20,
    ),
    Scenario(
        "swap", "green fails after CodeDeploy is done, blue still runs: the listener goes back to blue",
        Expected(
            End.SWAPPED, seen=frozenset({Finding.DIVERGED}),
            noted=("judged against history", "Primary taskset target group must be behind listener"),
        ),
        (ErrorRate(starts=34, probability=0.3),), wait=None, path_rule=True, watched=20,
    ),
    Scenario(
        "blue-gone", "green fails after CodeDeploy has deleted blue: a swap would be an outage, a person is asked",
        Expected(End.RELEASED, seen=frozenset({Finding.DIVERGED}), refused=Phase.RETIRED),
        (ErrorRate(starts=36, probability=0.3),), watched=12,
    ),
    Scenario(
        "contracted", "the 47-minute outage: the schema is contracted, then green fails; blue would crash on it",
        Expected(
            End.RELEASED, seen=frozenset({Finding.DIVERGED}), refused=Phase.CONTRACTED,
            noted=("release-pipeline: dropped column address",),
        ),
        (ErrorRate(starts=34, probability=0.3),), wait=None, watched=14,
        interventions=(Intervention(31, contract_schema),),
    ),
)  # fmt: skip


def scenario(name: str) -> Scenario:
    """Return the scenario of that name.

    Raises:
        KeyError: There is none; the message lists those there are.
    """
    found = next((one for one in SCENARIOS if one.name == name), None)
    if found is None:
        raise KeyError(
            f"there is no scenario {name!r}; there are: {', '.join(one.name for one in SCENARIOS)}"
        )
    return found
