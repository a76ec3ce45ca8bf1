"""How a minute is divided between its first report and the rest: load balancer nodes report apart."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from guardian_rehearsal.traffic.latency import Histogram
from guardian_rehearsal.traffic.minute import ColourMinute

FIRST_PART_SHARE = (0.6, 0.8)  # of the requests of the minute; drawn anew for each minute and target group


def first_share(rng: np.random.Generator) -> float:
    """Draw the share of a minute that is reported first."""
    return rng.uniform(*FIRST_PART_SHARE)


def split(rng: np.random.Generator, minute: ColourMinute) -> tuple[ColourMinute, ColourMinute]:
    """Divide one colour's minute, request by request, into what is reported first and the rest."""
    share = first_share(rng)
    requests = first_part(rng, minute.requests, share)
    refused = first_part(rng, minute.connection_errors, share)
    fine = minute.requests - minute.errors_5xx - minute.errors_4xx
    kinds = rng.multivariate_hypergeometric([minute.errors_5xx, minute.errors_4xx, fine], requests)
    errors_5xx, errors_4xx = int(kinds[0]), int(kinds[1])
    first_latency, rest_latency = _split_latency(rng, minute.latency, requests)
    first = replace(
        minute,
        requests=requests,
        errors_5xx=errors_5xx,
        errors_4xx=errors_4xx,
        connection_errors=refused,
        latency=first_latency,
    )
    rest = replace(
        minute,
        requests=minute.requests - requests,
        errors_5xx=minute.errors_5xx - errors_5xx,
        errors_4xx=minute.errors_4xx - errors_4xx,
        connection_errors=minute.connection_errors - refused,
        latency=rest_latency,
    )
    return first, rest


def _split_latency(
    rng: np.random.Generator, latency: Histogram, requests: int
) -> tuple[Histogram, Histogram]:
    if not latency.values:
        return Histogram(), Histogram()
    counts = np.asarray(latency.counts)
    first = rng.multivariate_hypergeometric(counts, requests)
    return _present(latency.values, first), _present(latency.values, counts - first)


def _present(values: tuple[float, ...], counts: npt.NDArray[np.int64]) -> Histogram:
    pairs = [(value, count) for value, count in zip(values, counts.tolist(), strict=True) if count]
    return Histogram(tuple(value for value, _ in pairs), tuple(count for _, count in pairs))


def first_part(rng: np.random.Generator, count: int, share: float) -> int:
    """Return about `share` of `count`, rounded by chance, so that a single one may come early or late."""
    return min(count, int(count * share + rng.random()))
