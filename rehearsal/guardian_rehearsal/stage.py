"""Sets one rehearsal up: an empty AWS, the guarded world, Guardian installed, a policy, an hour of history."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.moto_api._internal import mock_random

from guardian.aws.policies import ParameterStorePolicies
from guardian.model import Service
from guardian.policy import Policy, parse_policy
from guardian_rehearsal.application import Site
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.ecs import ecs_backend
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import Installation, install
from guardian_rehearsal.listening import Listeners
from guardian_rehearsal.migration import FAMILY, TAG
from guardian_rehearsal.road import Road
from guardian_rehearsal.scenario import Scenario
from guardian_rehearsal.traffic import Dimensions, Traffic
from guardian_rehearsal.world import ALARMS, World, build_world

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When every rehearsal begins: a Monday morning."""
HOOKS = ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic")


@dataclass(frozen=True)
class Stage:
    """All that one rehearsal plays on.

    Attributes:
        clock: The machine's clock, standing still at `BEGIN`.
        aws: The emulated AWS, with the world and Guardian in it.
        world: What is guarded.
        installation: What Guardian consists of.
        road: The traffic, with an hour of history behind it.
        blue: Name of the target group that serves production when the rehearsal begins.
        green: Name of the other one.
        policy: The service's policy, as it is in Parameter Store.
        site: The application's listeners; None where nobody asks.
        people: Whoever hears of Guardian's notices.
    """

    clock: SimulatedClock
    aws: EmulatedAws
    world: World
    installation: Installation
    road: Road
    blue: str
    green: str
    policy: Policy
    site: Site | None
    people: Listeners

    def dimensions(self) -> Dimensions:
        """Return under which dimensions the services publish now: a colour without running tasks publishes nothing."""
        ecs = ecs_backend(self.aws.account_id, self.aws.region)
        running = {
            task_set.target_group_arn: tuple(
                task.task_arn.rpartition("/")[2] for task in task_set.live_tasks()
            )
            for task_set in ecs.task_sets_of(ecs.find_service(self.world.cluster, self.world.service))
            if task_set.running_count
        }
        blue, green = (self.world.target_groups[name] for name in (self.blue, self.green))
        return Dimensions(
            load_balancer=self.world.load_balancer.partition(":loadbalancer/")[2],
            blue_target_group=blue.rpartition(":")[2] if blue in running else None,
            green_target_group=green.rpartition(":")[2] if green in running else None,
            db_instance=self.world.db_instance,
            cluster=self.world.cluster,
            service=self.world.service,
            blue_tasks=running.get(blue, ()) if self._per_task else (),
            green_tasks=running.get(green, ()) if self._per_task else (),
        )

    @property
    def _per_task(self) -> bool:
        clusters = self.aws.client("ecs").describe_clusters(
            clusters=[self.world.cluster], include=["SETTINGS"]
        )["clusters"]
        return {"name": "containerInsights", "value": "enhanced"} in clusters[0]["settings"]


@contextmanager
def set_stage(scenario: Scenario, seed: int, template: Path) -> Iterator[Stage]:
    """Set everything up by Guardian's template, and take it down again at the end of the `with` block."""
    application = Site(scenario.application).open() if scenario.application else nullcontext()
    with application as site, SimulatedClock(BEGIN) as clock, EmulatedAws() as aws:
        mock_random.seed(seed)  # ids that moto draws, so that a seed repeats a rehearsal to the letter
        installation = install(aws, template)
        listeners = Listeners(aws, installation)
        mock_random.seed(seed)  # again: what the template holds does not change the ids of the deployment
        functions = installation.functions
        world = build_world(
            aws,
            hooks={hook: functions[hook].name for hook in HOOKS},
            alarm_action=functions["AlarmAction"].arn,
            config=scenario.config,
            insights=scenario.insights,
            serving=scenario.serving,
            wait=scenario.wait,
            path_rule=scenario.path_rule,
        )
        policy = _push_policy(aws, installation, world, scenario, site)
        traffic = Traffic(scenario.profile, seed=seed)
        road = Road(aws.cloudwatch, traffic, scenario.faults, BEGIN)
        blue, green = world.target_groups
        stage = Stage(clock, aws, world, installation, road, blue, green, policy, site, listeners)
        road.lay_history(stage.dimensions())
        yield stage


def _push_policy(
    aws: EmulatedAws, installation: Installation, world: World, scenario: Scenario, site: Site | None
) -> Policy:
    keys = {
        "application": world.application,
        "deployment_group": world.deployment_group,
        "mode": scenario.mode.value,
        "alarms": list(ALARMS),
        "database": {"instance": world.db_instance, "max_connections": scenario.profile.max_connections},
        **scenario.policy,
    }
    if gates := _gates(scenario, site):
        keys["gates"] = gates
    service = Service(application=world.application, deployment_group=world.deployment_group)
    store = ParameterStorePolicies(aws.client("ssm"), installation.policy_path)
    policy = parse_policy(keys, where=f"scenario {scenario.name}")
    store.push(service, policy)
    return policy


def _gates(scenario: Scenario, site: Site | None) -> dict[str, Any]:
    """Return the policy's gates with the addresses that only this rehearsal knows."""
    gates = dict(scenario.policy.get("gates", {}))
    if scenario.migration is not None:
        gates["migration"] = {"tag": TAG, "family": FAMILY, **gates.get("migration", {})}
    if site is not None:
        gates |= {"test_url": site.test_url, "production_url": site.production_url}
    return gates
