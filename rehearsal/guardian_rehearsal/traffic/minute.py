"""The truth of one minute: what really happened to every request, before CloudWatch shows some of it."""

import math
from dataclasses import dataclass, field

from guardian_rehearsal.traffic.faults import ColourConditions, Conditions, Fault, conditions_at
from guardian_rehearsal.traffic.latency import Histogram, sample
from guardian_rehearsal.traffic.noise import Stream, common_noise, generator
from guardian_rehearsal.traffic.profile import BOTH, Colour, Profile
from guardian_rehearsal.traffic.weights import Weights

FULL_CPU = 100.0  # percent; a task cannot use more than it has


@dataclass(frozen=True)
class ColourMinute:
    """One colour in one minute.

    Attributes:
        requests: Requests that a target answered.
        errors_5xx: Target 5XX among them.
        errors_4xx: Target 4XX among them.
        connection_errors: Requests for which no target accepted a connection; not among `requests`.
        latency: Seconds; as many as `requests`.
        healthy_hosts: Targets that pass their health check.
        unhealthy_hosts: Targets that do not.
        task_cpu: Percent, one per task.
    """

    requests: int
    errors_5xx: int
    errors_4xx: int
    connection_errors: int
    latency: Histogram
    healthy_hosts: int
    unhealthy_hosts: int
    task_cpu: tuple[float, ...]


@dataclass(frozen=True)
class Minute:
    """The service in one minute; a colour without tasks is None.

    Attributes:
        seed: Seed of the traffic that it belongs to.
        index: Minutes since the first minute in which green has weight.
        green_share: Green's time-weighted mean weight, 0 to 1.
        blue: The version being replaced.
        green: The version being released.
        elb_errors_5xx: 5XX that the load balancer itself answered, for want of a target.
        db_connections: Client connections of the database, of both colours together.
        db_cpu: Percent.
        service_cpu: Percent, mean over the tasks of both colours; None without tasks.
    """

    seed: int
    index: int
    green_share: float
    blue: ColourMinute | None
    green: ColourMinute | None
    elb_errors_5xx: int
    db_connections: int
    db_cpu: float
    service_cpu: float | None

    def of(self, colour: Colour) -> ColourMinute | None:
        """Return one colour's part."""
        return self.blue if colour is Colour.BLUE else self.green


@dataclass(frozen=True)
class Traffic:
    """A service with its faults; equal arguments give equal minutes, in whatever order they are asked for."""

    profile: Profile = field(default_factory=Profile)
    faults: tuple[Fault, ...] = ()
    seed: int = 0

    def minute(self, index: int, weights: Weights, present: frozenset[Colour] = BOTH) -> Minute:
        """Return what happens in minute `index`.

        Args:
            index: Minutes since the first minute in which green has weight; negative before it.
            weights: Green's weight over time, at least up to the end of this minute.
            present: Colours that have tasks. Requests for an absent colour end in a load balancer 5XX.
        """
        conditions = conditions_at(self.faults, index, weights)
        share = weights.share(index)
        routed = self._route(index, share, conditions.traffic_factor)
        colours = {
            colour: self._colour(index, weights, colour, routed[colour], conditions.of(colour))
            for colour in Colour
            if colour in present
        }
        answered = sum(colour.requests for colour in colours.values())
        cpus = [cpu for colour in colours.values() for cpu in colour.task_cpu]
        connections, db_cpu = self._database(index, conditions, present, answered)
        return Minute(
            seed=self.seed,
            index=index,
            green_share=share,
            blue=colours.get(Colour.BLUE),
            green=colours.get(Colour.GREEN),
            elb_errors_5xx=sum(routed.values()) - answered,
            db_connections=connections,
            db_cpu=db_cpu,
            service_cpu=sum(cpus) / len(cpus) if cpus else None,
        )

    def history(self, minutes: int) -> list[Minute]:
        """Return the `minutes` before minute 0, oldest first, in which only blue is there."""
        alone = frozenset({Colour.BLUE})
        return [self.minute(index, Weights(), alone) for index in range(-minutes, 0)]

    def _route(self, index: int, share: float, traffic_factor: float) -> dict[Colour, int]:
        """Draw the requests of the minute and toss each one between the colours by weight."""
        noise = common_noise(self.seed, Stream.VOLUME_COMMON, index, self.profile.common_memory)
        expected = self.profile.volume(index) * traffic_factor * math.exp(self.profile.common_sd * noise)
        rng = generator(self.seed, Stream.VOLUME, index)
        total = int(rng.poisson(expected))
        green = int(rng.binomial(total, share))
        return {Colour.BLUE: total - green, Colour.GREEN: green}

    def _colour(
        self, index: int, weights: Weights, colour: Colour, routed: int, conditions: ColourConditions
    ) -> ColourMinute:
        answered = routed if conditions.answers else 0
        tasks = self.profile.tasks_per_colour
        errors_5xx, errors_4xx = self._errors(index, colour, answered, conditions)
        return ColourMinute(
            requests=answered,
            errors_5xx=errors_5xx,
            errors_4xx=errors_4xx,
            connection_errors=routed - answered,
            latency=self._latency(index, weights, colour, answered, conditions),
            healthy_hosts=tasks if conditions.answers else 0,
            unhealthy_hosts=0 if conditions.answers else tasks,
            task_cpu=self._cpu(index, colour, answered, conditions),
        )

    def _latency(
        self, index: int, weights: Weights, colour: Colour, requests: int, conditions: ColourConditions
    ) -> Histogram:
        rng = generator(self.seed, Stream.LATENCY, index, colour)
        common = common_noise(self.seed, Stream.LATENCY_COMMON, index, self.profile.common_memory)
        own = rng.standard_normal()
        noise = math.exp(self.profile.common_sd * common + self.profile.idiosyncratic_sd * own)
        warm_up = _warm_up(self.profile, index, weights) if colour is Colour.GREEN else 1.0
        factor = noise * warm_up * conditions.latency_factor
        return sample(rng, self.profile, requests, factor, conditions.slow_tails)

    def _errors(
        self, index: int, colour: Colour, requests: int, conditions: ColourConditions
    ) -> tuple[int, int]:
        """Draw (5XX, 4XX). The 4XX come first, so that a fault in the 5XX leaves them as they were."""
        rng = generator(self.seed, Stream.ERRORS, index, colour)
        client = self.profile.client_error_probability
        errors_4xx = int(rng.binomial(requests, client))
        chance = self.profile.error_probability + conditions.error_probability
        among_the_rest = min(1.0, chance / (1.0 - client)) if client < 1.0 else 0.0
        drawn = int(rng.binomial(requests - errors_4xx, among_the_rest))
        return min(requests - errors_4xx, drawn + conditions.extra_errors), errors_4xx

    def _cpu(
        self, index: int, colour: Colour, requests: int, conditions: ColourConditions
    ) -> tuple[float, ...]:
        rng = generator(self.seed, Stream.CPU, index, colour)
        profile = self.profile
        own, *each = rng.normal(0.0, profile.idiosyncratic_sd, 1 + profile.tasks_per_colour).tolist()
        line = profile.cpu_idle + profile.cpu_per_request * requests / profile.tasks_per_colour
        return tuple(min(FULL_CPU, line * conditions.cpu_factor * math.exp(own + task)) for task in each)

    def _database(
        self, index: int, conditions: Conditions, present: frozenset[Colour], requests: int
    ) -> tuple[int, float]:
        """Draw (connections, CPU percent); each fleet that runs keeps a pool, so a deployment has two."""
        rng = generator(self.seed, Stream.DATABASE, index)
        profile = self.profile
        cpu_noise = math.exp(rng.normal(0.0, profile.idiosyncratic_sd))
        idle = len(present) * profile.tasks_per_colour * profile.pool_idle_per_task
        busy = int(rng.poisson(profile.connections_per_request * requests))
        leaked = int(conditions.leaked_connections) if Colour.GREEN in present else 0
        cpu = (profile.db_cpu_idle + profile.db_cpu_per_request * requests) * cpu_noise
        return min(profile.max_connections, idle + busy + leaked), min(FULL_CPU, cpu)


def _warm_up(profile: Profile, index: int, weights: Weights) -> float:
    """Return how much slower green still is, in the middle of what the minute has after each rise."""
    extra = 0.0
    for number, rise in enumerate(weights.rises(index)):
        age = (max(rise, index) + index + 1) / 2.0 - rise
        size = profile.cold_start if number == 0 else profile.rewarming
        extra = max(extra, size * math.exp(-age / profile.warm_up_minutes))
    return 1.0 + extra
