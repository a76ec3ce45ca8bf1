"""`guardian backtest`: placebos that are fair, faults that are found, known bounds, minutes that are blue's."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from guardian.decide import DecisionKind
from guardian.model import Colour, Deployment, Minute, Phase, Service, Shared, Side, TargetGroup
from guardian.observe import MetricQuery, Series
from guardian.policy import Policy, parse_policy
from guardian.tape import TapeHeader, tape_lines
from guardian_console.backtest import HISTORY, SHIFT, Placebos, interval
from guardian_console.backtest_sources import POINTS_PER_CALL, alone, from_metrics
from guardian_console.backtest_view import burst_part, settings
from guardian_console.exits import Code
from guardian_console.main import app
from guardian_console.placebo import faulty, noise_of, weight_at

HEADER = TapeHeader(id="long", strategy="linear", max_connections=100)
SPREAD = 0.5
"""Deviation of the log latency of the requests in `blue_minutes`."""


def guardian(*arguments: str | Path) -> Result:
    """Run the command in this process; its pool runs in others."""
    return CliRunner().invoke(app, ["backtest", *map(str, arguments)])


def blue_minutes(count: int = 400, requests: int = 1000, seed: int = 1) -> dict[int, Minute]:
    """A service that nothing ails: Poisson requests, lognormal latency, one failure in 2,000."""
    rng = np.random.default_rng(seed)
    rows = {}
    for minute in range(count):
        sent = int(rng.poisson(requests))
        variances = {
            "p50": 1.571 * SPREAD**2,
            "avg": math.expm1(SPREAD**2),
            "p90": 2.92 * SPREAD**2,
            "p99": 13.9 * SPREAD**2,
        }
        scores = {"p50": 0.0, "avg": SPREAD**2 / 2, "p90": 1.282 * SPREAD, "p99": 2.326 * SPREAD}
        latency = {
            f"latency_{name}": 0.2
            * math.exp(scores[name] + rng.normal(0, math.sqrt(variances[name] / max(sent, 1))))
            for name in variances
        }
        blue = Colour(
            requests=sent, errors_5xx=int(rng.binomial(sent, 0.0005)), errors_4xx=int(rng.binomial(sent, 0.01)),
            connection_errors=0, healthy_hosts=2, unhealthy_hosts=0, cpu=5 + 0.03 * sent + rng.normal(0, 0.5),
            custom={"checkouts": (int(rng.binomial(200, 0.9)), 200)}, **latency,
        )  # fmt: skip
        rows[minute] = Minute(
            minute=minute, seen_at=minute + 3, weight=0, blue=blue, shared=Shared(db_connections=40)
        )
    return rows


def bench(
    series: Mapping[int, Minute] | None = None, policy: Policy | None = None, seed: int = 1
) -> Placebos:
    return Placebos.of(series or blue_minutes(), HEADER, policy or Policy(), seed)


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    file = tmp_path / "long.tape"
    file.write_text("".join(f"{line}\n" for line in tape_lines(HEADER, (), tuple(blue_minutes().values()))))
    return file


def test_a_placebo_deals_every_request_once() -> None:
    """Requests, failures and custom counts of both colours add up to blue's own of that minute."""
    one = bench()
    history, shift = one.cut(0)
    assert (len(history), len(shift)) == (HISTORY, SHIFT)
    start = next(
        at for at in one.starts if one.series[at].moved(at).blue == _joined(shift[0], one.series[at])
    )
    for row in shift:
        whole = one.series[start + row.minute]
        assert row.blue is not None
        assert row.green is not None
        assert _joined(row, whole) == whole.blue
        assert row.weight == weight_at(row.minute)
    assert history[-1].blue == one.series[start - 1].blue


def _joined(row: Minute, whole: Minute) -> Colour | None:
    """Return blue's minute of the series with the counts of both colours of a placebo put together again."""
    assert row.blue is not None
    assert row.green is not None
    sides = row.blue, row.green
    counts = {
        name: sum(getattr(side, name) for side in sides) for name in ("requests", "errors_5xx", "errors_4xx")
    }
    custom = {
        "checkouts": tuple(sum(side.custom["checkouts"][half] or 0 for side in sides) for half in (0, 1))
    }
    return whole.blue.model_copy(update={**counts, "custom": custom}) if whole.blue else None


def test_the_same_seed_cuts_the_same_placebo() -> None:
    """Index and seed decide everything; another of either decides otherwise."""
    assert bench().cut(3) == bench().cut(3)
    assert bench().cut(3) != bench().cut(4)
    assert bench().cut(3) != bench(seed=2).cut(3)


def test_a_smaller_green_scatters_more() -> None:
    """The log ratio of the medians scatters as two samples of those sizes from one population do."""
    one = bench(blue_minutes(2000))
    ratios: dict[float, list[float]] = {0.1: [], 0.5: []}
    for index in range(150):
        for row in one.cut(index)[1]:
            if row.weight in ratios and row.blue and row.green:
                ratios[row.weight].append(
                    math.log((row.green.latency_p50 or 1) / (row.blue.latency_p50 or 1))
                )
    for weight, found in ratios.items():
        expected = math.sqrt(1.571 * SPREAD**2 * (1 / (1000 * weight) + 1 / (1000 * (1 - weight))))
        assert np.std(found) == pytest.approx(expected, rel=0.2)
        assert np.mean(found) == pytest.approx(0, abs=expected / 4)


def test_the_noise_is_that_of_single_requests() -> None:
    """The variance of one request and the CPU of one request are learned from minutes, whatever their volume."""
    for volume in (200, 2000):
        noise = noise_of(blue_minutes(2000, volume))
        assert noise.per_request["latency_p50"] == pytest.approx(1.571 * SPREAD**2, rel=0.2)
        assert noise.cpu_slope == pytest.approx(0.03, rel=0.15)


MEAN = {"name": "query", "kind": "mean", "worse": "higher", "value": {"namespace": "Shop", "metric": "Query"}}


def querying(series: Mapping[int, Minute], sign: float = 1.0) -> dict[int, Minute]:
    """Give blue 3,000 queries a minute of exponential time, 30 ms on average, in place of its other metrics."""
    rng, rows = np.random.default_rng(4), {}
    for at, row in series.items():
        assert row.blue is not None
        custom = {"query": (sign * 0.03 * float(rng.gamma(3000)), 3000.0)}
        rows[at] = row.model_copy(update={"blue": row.blue.model_copy(update={"custom": custom})})
    return rows


def test_a_mean_is_dealt_with_the_noise_of_its_samples() -> None:
    """Samples are dealt once each, and the log ratio of the colours' means scatters as dealing them at random does."""
    policy = parse_policy({"custom": [MEAN]}, "test")
    one, ratios = bench(querying(blue_minutes(1000)), policy), []
    for index in range(60):
        for row in one.cut(index)[1]:
            assert row.blue is not None
            assert row.green is not None
            (total, samples), (total_green, samples_green) = (
                row.blue.custom["query"],
                row.green.custom["query"],
            )
            assert (samples or 0) + (samples_green or 0) == 3000
            if row.weight == 0.5 and total and samples and total_green and samples_green:
                ratios.append(math.log(total_green / samples_green / (total / samples)))
    assert np.std(ratios) == pytest.approx(math.sqrt(2 / 1500), rel=0.2)
    assert [one.falsely(index) for index in range(10)] == [None] * 10


def test_a_mean_below_zero_is_dealt_too() -> None:
    """A metric that has no ratio is not judged, and does not stop a backtest."""
    one = bench(querying(blue_minutes(), -1.0), parse_policy({"custom": [MEAN]}, "test"))
    row = one.cut(0)[1][15]
    assert row.green is not None
    total, samples = row.green.custom["query"]
    assert (total or 0) / (samples or 1) == pytest.approx(-0.03, rel=0.1)
    assert one.falsely(0) is None


def test_gaps_are_not_bridged() -> None:
    """A shift begins only where nine of ten of its minutes and of its history are there."""
    series = blue_minutes(400)
    for minute in range(150, 250):
        del series[minute]
    starts = bench(series).starts
    assert starts
    assert all(start + SHIFT <= 160 or start - HISTORY >= 240 for start in starts)
    assert not bench(blue_minutes(HISTORY)).starts
    assert not Placebos.of({}, HEADER, Policy(), 1).starts


def test_nothing_is_rolled_back_when_nothing_is_wrong() -> None:
    """Twenty placebos of a calm service are left alone."""
    one = bench()
    assert [one.falsely(index) for index in range(20)] == [None] * 20


def test_a_judge_that_convicts_at_once_is_caught() -> None:
    """A series in which connections climb to their maximum at random is what false rollbacks look like."""
    series = {
        at: row.model_copy(update={"shared": Shared(db_connections=99 if at % 7 < 5 and at > 300 else 40)})
        for at, row in blue_minutes().items()
    }
    ruled = [one for index in range(10) if (one := bench(series).falsely(index)) is not None]
    assert ruled
    assert {one.decision.kind for one in ruled} == {DecisionKind.ROLL_BACK}
    assert {one.judged.signal for one in ruled} == {"db_connections"}


def test_more_traffic_shows_smaller_faults() -> None:
    """With ten times the requests the smallest noticed failure rate is smaller."""
    few = bench(blue_minutes(300, 300)).smallest(1, 5)
    many = bench(blue_minutes(300, 3000)).smallest(1, 5)
    assert few["errors_5xx"] is not None
    assert many["errors_5xx"] is not None
    assert many["errors_5xx"] < few["errors_5xx"]
    assert set(few) == {
        "latency", "latency_p99", "errors_5xx", "connection_errors", "cpu", "request_share", "db_connections",
    }  # fmt: skip


@pytest.mark.parametrize(
    "signal", ["latency", "latency_p99", "errors_5xx", "cpu", "connection_errors", "request_share"]
)
def test_a_fault_is_greens_alone(signal: str) -> None:
    """A fault changes green for the worse and leaves blue and the shared metrics as they are."""
    row = bench().cut(0)[1][4]
    hurt = faulty(row, signal, 0.9 if signal in ("errors_5xx", "connection_errors", "request_share") else 3.0,
                  np.random.default_rng(1))  # fmt: skip
    assert hurt.green != row.green
    assert (hurt.blue, hurt.shared) == (row.blue, row.shared)
    assert hurt.green is not None
    assert row.green is not None
    assert (hurt.green.latency_p99 or 0) >= (row.green.latency_p99 or 0)
    assert (hurt.green.requests or 0) <= (row.green.requests or 0)


@pytest.mark.parametrize(
    ("bad", "of", "low", "high"),
    [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0),
     (0, 1000, 0.0, 0.003682)],
    ids=["none", "one", "half", "all", "none of many"],
)  # fmt: skip
def test_the_interval_is_that_of_published_tables(bad: int, of: int, low: float, high: float) -> None:
    """Clopper and Pearson 1934 (Biometrika 26), 95 %."""
    assert interval(bad, of) == pytest.approx((low, high), abs=5e-5)


def test_an_interval_of_nothing_is_refused() -> None:
    """Without a placebo there is no rate."""
    with pytest.raises(ValueError, match="0 of 0 is no rate"):
        interval(0, 0)


def test_the_report_holds_every_answer(tape: Path) -> None:
    """--json: the rate with its interval, the smallest fault by signal and weight."""
    done = guardian(tape, "--placebos", "2", "--json")
    assert done.exit_code == Code.FINE, done.output
    report = json.loads(done.stdout)
    assert (report["placebos"], report["false_rollbacks"]) == (2, 0)
    assert report["interval_95_per_100"] == pytest.approx([0, 84.189], abs=0.01)
    assert [row["weight"] for row in report["smallest_noticed"]] == [
        weight_at(3 * step) for step in range(10)
    ]
    assert any("more placebos" in line for line in report["consider"])


def test_the_table_says_it_in_words(tape: Path) -> None:
    """On a pipe too: a sentence, a table with a row per step, and no progress."""
    done = guardian(tape, "--placebos", "1")
    assert done.stdout.startswith("0 of 1 placebo deployments would have been rolled back")
    assert "100%" in done.stdout
    assert done.stderr == ""


def test_too_short_a_tape_is_not_enough(tmp_path: Path) -> None:
    """An hour of minutes holds no placebo: exit code 3 and what to do."""
    file = tmp_path / "short.tape"
    file.write_text("".join(f"{line}\n" for line in tape_lines(HEADER, (), tuple(blue_minutes(60).values()))))
    done = guardian(file)
    assert done.exit_code == Code.NOT_ENOUGH_DATA
    assert "longer tape" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("--application", "shop"), ("--application", "a", "--deployment-group", "b", "x.tape")],
    ids=["half a service", "two sources"],
)  # fmt: skip
def test_contradicting_sources_are_refused(arguments: tuple[str, ...]) -> None:
    """A service is named whole, and not beside tapes."""
    assert guardian(*arguments).exit_code == Code.USAGE


def _considered(
    series: Mapping[int, Minute], requests: float, **more: Sequence[Mapping[str, float | None]]
) -> str:
    return " ".join(settings(bench(series), requests, {}, (0.0, 0.001), more.get("noticed", ())))


def test_settings_follow_from_what_was_seen() -> None:
    """Little traffic asks for a larger first step, bursts for tolerance, blindness for a later step."""
    calm = blue_minutes()
    bursts = {
        at: row.model_copy(update={"blue": row.blue.model_copy(update={"latency_p50": 0.4})})
        if row.blue and at % 20 == 0
        else row
        for at, row in calm.items()
    }
    assert _considered(calm, 1000) == ""
    assert "a first step of 40% instead of 10%" in _considered(calm, 60)
    assert burst_part(bursts) == pytest.approx(0.05, abs=0.01)
    assert "latency.tolerance above 1.1" in _considered(bursts, 1000)
    noticed = [{"weight": 0.1, "cpu": None}, {"weight": 0.2, "cpu": 1.5}]
    assert "a first step of 20%, or a longer one: no tried fault of cpu" in _considered(
        calm, 1000, noticed=noticed
    )


def test_a_rate_above_the_budget_names_its_signal() -> None:
    """When even the lower bound exceeds alpha, the signal with the most false rollbacks is to be loosened."""
    said = settings(bench(), 1000, {"cpu": 1, "latency_p99": 8}, (0.02, 0.1), ())
    assert any("latency_p99, the signal of 8 false rollbacks" in line for line in said)


NOW = datetime(2026, 3, 15, 12, 0, 30, tzinfo=UTC)


class OneDayOfSwappedGroups:
    """CloudWatch of a service whose target groups swapped at noon the day before, both serving for an hour."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, datetime, datetime]] = []

    def read(self, queries: Sequence[MetricQuery], start: datetime, end: datetime) -> list[Series]:
        self.asked.append((len(queries), start, end))
        times = [start + timedelta(minutes=at) for at in range(int((end - start).total_seconds() // 60))]
        return [
            Series(query, {at: value for at in times if (value := self._value(query, at))})
            for query in queries
        ]

    def _value(self, query: MetricQuery, at: datetime) -> float | None:
        swapped = datetime(2026, 3, 14, 12, tzinfo=UTC)
        serves = at < swapped + timedelta(hours=1) if query.column.side == "blue" else at >= swapped
        return {"RequestCount": 500.0, "TargetResponseTime": 0.2}.get(query.metric) if serves else None


def _deployment() -> Deployment:
    sides = [
        Side(target_group=TargetGroup(name=name, arn=f"arn:aws:x:y:z:targetgroup/{name}/1"), controller_weight=0,
             listener_weight=0, desired=0, running=0)
        for name in ("one", "two")
    ]  # fmt: skip
    return Deployment(
        id="d-1", service=Service(application="shop", deployment_group="web"), cluster="c", ecs_service="s",
        phase=Phase.RETIRED, status="Succeeded", strategy="x", blue=sides[0], green=sides[1], load_balancer="app/a/1",
    )  # fmt: skip


def test_blue_is_whichever_group_served_alone() -> None:
    """Over a swap of the target groups the series goes on; the hour in which both served is left out."""
    metrics = OneDayOfSwappedGroups()
    material = from_metrics(metrics, _deployment(), Policy(), NOW, 2)
    assert len(material.series) == pytest.approx(2 * 24 * 60 - 60, abs=3)
    assert all(
        row.green is None and row.blue and row.blue.requests == 500 for row in material.series.values()
    )
    minutes = sorted(material.series)
    assert np.diff(minutes).max() == 61
    assert not material.notes


def test_calls_stay_within_what_cloudwatch_returns() -> None:
    """No call asks for more datapoints than fit one answer, none for minutes CloudWatch no longer has."""
    metrics = OneDayOfSwappedGroups()
    from_metrics(metrics, _deployment(), parse_policy({"database": {"instance": "db"}}, "test"), NOW, 15)
    assert all(
        count * (end - start).total_seconds() / 60 <= POINTS_PER_CALL for count, start, end in metrics.asked
    )
    assert all(
        start.second == 0 and start >= NOW - timedelta(days=15, minutes=1) for _, start, _ in metrics.asked
    )
    assert all(one[2] == other[1] for one, other in zip(metrics.asked, metrics.asked[1:], strict=False))


def test_a_minute_that_both_served_is_no_placebo() -> None:
    """Neither is one that nobody served."""
    colour, idle = Colour(requests=10), Colour(requests=0)
    row = Minute(minute=0, seen_at=3, weight=0)
    assert alone(row.model_copy(update={"blue": colour, "green": colour})) is None
    assert alone(row.model_copy(update={"blue": idle})) is None
    turned = alone(row.model_copy(update={"blue": idle, "green": colour}))
    assert turned is not None
    assert (turned.blue, turned.green) == (colour, None)
