"""What keeps healthy deployments safe where the mathematics alone would not; each can be taken away."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Protections:
    """Which protections are on. Production runs with all of them; an ablation takes one away at a time.

    Attributes:
        minute_cap: No single minute may add more than a few nats of evidence, whatever it shows.
        alone_cap: Without a live blue a minute may add very little, since history is no control.
        warm_up: Green's latency is uncertain after its first traffic and, less so, after each step.
        bursts: A blue with bursts in its own history makes each minute count for less.
        clusters: Errors that come in clusters count for less than independent ones.
        shared_incident: While blue is slower than its own history, green may be too.
        largest_load: No latency or CPU is judged beyond the largest load that blue ever carried.
        busy_blue: Above half the weight green is held against the slower of blue now and blue before.
    """

    minute_cap: bool = True
    alone_cap: bool = True
    warm_up: bool = True
    bursts: bool = True
    clusters: bool = True
    shared_incident: bool = True
    largest_load: bool = True
    busy_blue: bool = True


ALL = Protections()
"""Every protection: what production runs with."""
