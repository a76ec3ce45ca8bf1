"""What a healthy service is like: volume, latency, noise, CPU and database, with units."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

MINUTES_PER_DAY = 1440
REQUESTS_PER_TASK = 600  # per minute; with the default CPU line a task is then at about 35 %
MAX_TASKS_PER_COLOUR = 75  # two fleets are one ECS datum each: PutMetricData takes 150 values per datum


class Colour(StrEnum):
    """A role in one deployment: the version being replaced, the version being released."""

    BLUE = "blue"
    GREEN = "green"


BOTH = frozenset(Colour)


@dataclass(frozen=True)
class Profile:
    """A healthy service behind one load balancer, with one database.

    Attributes:
        requests_per_minute: Mean volume of both colours together.
        daily_amplitude: Swing of the volume over a day, as a share of the mean (a sinusoid).
        daily_phase_minutes: Time of day of minute 0, counted from the moment of mean and rising volume.
        latency_median: Seconds.
        latency_sigma: Standard deviation of log latency within one minute.
        tail_fraction: Share of the requests that are stretched by a Pareto factor of at least 1.
        tail_exponent: Exponent of that factor; below about 2 the average is no longer usable.
        latency_ceiling: Seconds; the load balancer's idle timeout (default 60) cuts longer requests.
        common_sd: Standard deviation, on the log scale, of the noise that both colours share: one series for
            the volume, one for the latency.
        common_memory: Autocorrelation of that noise from one minute to the next (AR(1)).
        idiosyncratic_sd: Standard deviation, on the log scale, of each colour's own noise (latency, CPU).
        error_probability: Chance of a target 5XX per request.
        client_error_probability: Chance of a target 4XX per request; every public service has some.
        cold_start: Extra latency of green at its first request, as a share (0.25 is 25 %).
        rewarming: The same at every later rise of green's weight.
        warm_up_minutes: Time constant with which both decay.
        tasks_per_colour: Running tasks of one colour.
        cpu_idle: Percent of one task without requests.
        cpu_per_request: Percent per request a minute on that task.
        pool_idle_per_task: Database connections that a task holds without requests.
        connections_per_request: Further database connections per request a minute.
        max_connections: Limit of the database; a db.t3.micro PostgreSQL has about 112.
        db_cpu_idle: Percent of the database without requests.
        db_cpu_per_request: Percent per request a minute.
    """

    requests_per_minute: float = 1200.0
    daily_amplitude: float = 0.25
    daily_phase_minutes: float = 0.0
    latency_median: float = 0.200
    latency_sigma: float = 0.45
    tail_fraction: float = 0.01
    tail_exponent: float = 2.5
    latency_ceiling: float = 60.0
    common_sd: float = 0.03
    common_memory: float = 0.8
    idiosyncratic_sd: float = 0.01
    error_probability: float = 0.0
    client_error_probability: float = 0.005
    cold_start: float = 0.25
    rewarming: float = 0.05
    warm_up_minutes: float = 1.0
    tasks_per_colour: int = 2
    cpu_idle: float = 5.0
    cpu_per_request: float = 0.05
    pool_idle_per_task: int = 8
    connections_per_request: float = 0.01
    max_connections: int = 112
    db_cpu_idle: float = 8.0
    db_cpu_per_request: float = 0.02

    def __post_init__(self) -> None:
        if not 1 <= self.tasks_per_colour <= MAX_TASKS_PER_COLOUR:
            raise ValueError(
                f"tasks_per_colour is {self.tasks_per_colour}; choose 1 to {MAX_TASKS_PER_COLOUR}"
            )
        if not 0.0 <= self.common_memory < 1.0:
            raise ValueError(f"common_memory is {self.common_memory}; choose at least 0 and less than 1")

    @classmethod
    def sized_for(cls, requests_per_minute: float) -> "Profile":
        """Return a profile with a fleet and a database as busy at this volume as the default's are."""
        default = cls()
        fleet = max(default.tasks_per_colour, math.ceil(requests_per_minute / REQUESTS_PER_TASK))
        tasks = min(MAX_TASKS_PER_COLOUR, fleet)
        per_task = requests_per_minute / tasks
        larger = requests_per_minute / default.requests_per_minute
        return replace(
            default,
            requests_per_minute=requests_per_minute,
            tasks_per_colour=tasks,
            cpu_per_request=default.cpu_per_request * REQUESTS_PER_TASK / per_task,
            max_connections=math.ceil(default.max_connections * max(1.0, larger)),
            db_cpu_per_request=default.db_cpu_per_request / larger,
        )

    def volume(self, index: int) -> float:
        """Return the expected requests of minute `index`, before noise and faults."""
        angle = 2.0 * math.pi * (index + self.daily_phase_minutes) / MINUTES_PER_DAY
        return self.requests_per_minute * (1.0 + self.daily_amplitude * math.sin(angle))
