"""What can go wrong, or not, in one deployment; each scenario with the end that it must have."""

from guardian.decide import DecisionKind
from guardian.model import Finding, Mode, Phase
from guardian_rehearsal.interventions import (
    Intervention,
    contract_schema,
    order_rollback,
    pause_guardian,
    revert_listener,
)
from guardian_rehearsal.refusals import STOP_DENIED, blackout
from guardian_rehearsal.scenario import End, Expected, Scenario
from guardian_rehearsal.scenarios_gates import GATES
from guardian_rehearsal.traffic import (
    ConnectionLeak,
    CpuFactor,
    DeadGreen,
    ErrorRate,
    LatencyFactor,
    LatencyRamp,
    LostTraffic,
    SharedIncident,
    SingleErrors,
    SlowTail,
)
from guardian_rehearsal.world import ROLLBACK_ALARM


def _rolled_back(*signals: str, by_minute: int) -> Expected:
    return Expected(
        End.ROLLED_BACK, signals=frozenset(signals), seen=frozenset({Finding.DIVERGED}), by_minute=by_minute
    )


_UNHARMED = Expected(End.RELEASED, seen=frozenset({Finding.HEALTHY}), unseen=frozenset({Finding.DIVERGED}))
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
        refusals=blackout(6, 16),
    ),
    Scenario(
        "throttled-sick", "a slow release while CloudWatch throttles for ten minutes",
        Expected(
            End.ROLLED_BACK, signals=frozenset(_LATENCY), by_minute=15,
            seen=frozenset({Finding.NO_DATA, Finding.DIVERGED}),
        ),
        (LatencyFactor(starts=2, factor=1.5),), refusals=blackout(4, 14),
    ),
    Scenario(
        "observe", "a slow release in mode observe: decided, not acted on",
        Expected(End.RELEASED, seen=frozenset({Finding.DIVERGED}), would=DecisionKind.ROLL_BACK),
        (LatencyFactor(starts=1, factor=1.5),), mode=Mode.OBSERVE,
    ),
    Scenario(
        "paused", "a slow release while a person holds Guardian back for ten minutes: told, then rolled back",
        Expected(
            End.ROLLED_BACK, signals=frozenset(_LATENCY), by_minute=6, seen=frozenset({Finding.DIVERGED}),
            would=DecisionKind.ROLL_BACK,
        ),
        (LatencyFactor(starts=1, factor=1.5),), interventions=(Intervention(1, pause_guardian),),
    ),
    Scenario(
        "ordered", "a good release that a person orders back, in mode observe: stopped within a minute",
        Expected(
            End.ROLLED_BACK, signals=frozenset({"order"}), by_minute=11,
            seen=frozenset({Finding.HEALTHY, Finding.DIVERGED}),
        ),
        mode=Mode.OBSERVE, interventions=(Intervention(10, order_rollback),),
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
        (LatencyFactor(starts=1, factor=1.5),), refusals=(STOP_DENIED,),
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
            noted=("blue's last hour before the shift", "Primary taskset target group must be behind listener"),
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
    *GATES,
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
