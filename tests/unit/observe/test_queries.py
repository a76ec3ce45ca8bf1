"""Which metrics one turn asks for, with exactly which dimensions."""

from collections import Counter
from collections.abc import Callable

import pytest

from guardian.model import Deployment, Role, Side
from guardian.observe import Column, MetricQuery, plan
from guardian.policy import MetricSelector, Policy

A_Deployment = Callable[..., Deployment]
BALANCER = ("LoadBalancer", "app/shop-alb/50dc6c495c0c9188")
GROUPS = {
    Role.BLUE: "targetgroup/checkout-tg-1/73e2d6bc24d8a067",
    Role.GREEN: "targetgroup/checkout-tg-2/09966783158cda59",
}


def find(queries: tuple[MetricQuery, ...], side: str, field: str, part: str = "") -> MetricQuery:
    """Return the one query of a column."""
    (found,) = [query for query in queries if query.column == Column(side, field, part)]  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("role", Role, ids=str)
@pytest.mark.parametrize(
    ("field", "metric", "statistic"),
    [
        ("requests", "RequestCount", "Sum"),
        ("errors_5xx", "HTTPCode_Target_5XX_Count", "Sum"),
        ("errors_4xx", "HTTPCode_Target_4XX_Count", "Sum"),
        ("connection_errors", "TargetConnectionErrorCount", "Sum"),
        ("latency_avg", "TargetResponseTime", "Average"),
        ("latency_p50", "TargetResponseTime", "p50"),
        ("latency_p90", "TargetResponseTime", "p90"),
        ("latency_p99", "TargetResponseTime", "p99"),
        ("latency_samples", "TargetResponseTime", "SampleCount"),
        ("healthy_hosts", "HealthyHostCount", "Minimum"),
        ("unhealthy_hosts", "UnHealthyHostCount", "Maximum"),
    ],
    ids=lambda value: value if "_" in value or value == "requests" else None,
)
def test_a_colour_is_asked_for_by_its_target_group(
    a_deployment: A_Deployment, role: Role, field: str, metric: str, statistic: str
) -> None:
    """Each colour's metric has load balancer and target group as dimensions, and nothing else."""
    query = find(plan(a_deployment(), Policy(), {}), role, field)
    assert (query.namespace, query.metric, query.statistic) == ("AWS/ApplicationELB", metric, statistic)
    assert dict(query.dimensions) == dict([BALANCER, ("TargetGroup", GROUPS[role])])
    assert len(query.dimensions) == 2


def test_the_colours_follow_the_deployment_and_not_the_names(
    a_deployment: A_Deployment, a_side: Callable[..., Side]
) -> None:
    """When the groups are traded, so are the dimensions."""
    traded = a_deployment(blue=a_side("checkout-tg-2", 0.9), green=a_side("checkout-tg-1", 0.1))
    queries = plan(traded, Policy(), {})
    assert dict(find(queries, Role.GREEN, "requests").dimensions)["TargetGroup"] == GROUPS[Role.BLUE]
    assert dict(find(queries, Role.BLUE, "requests").dimensions)["TargetGroup"] == GROUPS[Role.GREEN]


@pytest.mark.parametrize("absent", Role, ids=str)
def test_a_side_that_does_not_exist_is_not_asked_for(a_deployment: A_Deployment, absent: Role) -> None:
    """Before green is installed only blue and the shared metrics are asked for; the same the other way round."""
    queries = plan(a_deployment().model_copy(update={absent.value: None}), Policy(), {})
    assert {query.column.side for query in queries} == {*Role, "shared"} - {absent}


def test_the_service_is_asked_for_as_a_whole(a_deployment: A_Deployment) -> None:
    """Service CPU has cluster and service, and errors made by the balancer have only the balancer."""
    queries = plan(a_deployment(), Policy(), {})
    cpu, elb = find(queries, "shared", "service_cpu"), find(queries, "shared", "elb_5xx")
    assert (cpu.namespace, cpu.metric, cpu.statistic) == ("AWS/ECS", "CPUUtilization", "Average")
    assert cpu.dimensions == (("ClusterName", "shop"), ("ServiceName", "checkout"))
    assert (elb.metric, elb.statistic, elb.dimensions) == ("HTTPCode_ELB_5XX_Count", "Sum", (BALANCER,))


def test_the_database_is_asked_for_when_the_policy_names_it(
    a_deployment: A_Deployment, a_policy: Callable[..., Policy]
) -> None:
    """Connections and CPU of the named instance are asked for, and nothing of RDS without a name."""
    queries = plan(a_deployment(), a_policy(database={"instance": "shop-db"}), {})
    for field, metric in (("db_connections", "DatabaseConnections"), ("db_cpu", "CPUUtilization")):
        query = find(queries, "shared", field)
        assert (query.namespace, query.metric, query.statistic) == ("AWS/RDS", metric, "Average")
        assert query.dimensions == (("DBInstanceIdentifier", "shop-db"),)
    assert not [query for query in plan(a_deployment(), Policy(), {}) if query.namespace == "AWS/RDS"]


def test_cpu_is_asked_for_task_by_task(a_deployment: A_Deployment) -> None:
    """Where the cluster publishes it each task's CPU is a query of its colour."""
    queries = plan(a_deployment(), Policy(), {Role.GREEN: ["aaa", "bbb"], Role.BLUE: ["ccc"]})
    for role, task in ((Role.GREEN, "aaa"), (Role.GREEN, "bbb"), (Role.BLUE, "ccc")):
        query = find(queries, role, "cpu", task)
        assert (query.namespace, query.metric) == ("ECS/ContainerInsights", "TaskCpuUtilization")
        assert query.dimensions == (("ClusterName", "shop"), ("ServiceName", "checkout"), ("TaskId", task))
    assert len([query for query in queries if query.column.field == "cpu"]) == 3


def test_without_task_ids_no_cpu_is_asked_for_by_colour(a_deployment: A_Deployment) -> None:
    """A cluster without enhanced Container Insights costs no query that could only come back empty."""
    assert not [query for query in plan(a_deployment(), Policy(), {}) if query.column.field == "cpu"]


def test_custom_metrics_are_filled_in_for_each_colour(
    a_deployment: A_Deployment, a_policy: Callable[..., Policy], a_selector: Callable[..., MetricSelector]
) -> None:
    """The places for target group, its name and the colour are filled in, and fixed dimensions stay."""
    places = {
        "TG": "{target_group}", "Name": "{target_group_name}", "Colour": "{colour}", "Stage": "prod",
        "Mixed": "{colour}/{target_group_name}",
    }  # fmt: skip
    checkout = {
        "name": "checkout",
        "numerator": a_selector("Completed", dimensions=places).model_dump(),
        "denominator": a_selector("Begun", statistic="SampleCount").model_dump(),
    }
    queries = plan(a_deployment(), a_policy(custom=[checkout]), {})
    top = find(queries, Role.GREEN, "checkout", "numerator")
    assert (top.namespace, top.metric, top.statistic) == ("Shop", "Completed", "Sum")
    assert dict(top.dimensions) == {
        "TG": GROUPS[Role.GREEN], "Name": "checkout-tg-2", "Colour": "green", "Stage": "prod",
        "Mixed": "green/checkout-tg-2",
    }  # fmt: skip
    assert dict(find(queries, Role.BLUE, "checkout", "numerator").dimensions)["Name"] == "checkout-tg-1"
    bottom = find(queries, Role.BLUE, "checkout", "denominator")
    assert (bottom.metric, bottom.statistic, bottom.dimensions) == ("Begun", "SampleCount", ())


def test_a_mean_is_asked_for_as_its_sum_and_its_samples(
    a_deployment: A_Deployment, a_policy: Callable[..., Policy], a_selector: Callable[..., MetricSelector]
) -> None:
    """Both halves of a mean come from one metric with the same dimensions."""
    source = a_selector("QueryTime", dimensions={"TG": "{target_group}"}).model_dump(exclude={"statistic"})
    policy = a_policy(custom=[{"name": "query_time", "kind": "mean", "value": source}])
    for part, statistic in (("numerator", "Sum"), ("denominator", "SampleCount")):
        query = find(plan(a_deployment(), policy, {}), Role.GREEN, "query_time", part)
        assert (query.metric, query.statistic) == ("QueryTime", statistic)
        assert query.dimensions == (("TG", GROUPS[Role.GREEN]),)


def test_no_metric_is_asked_for_in_more_statistics_than_are_billed_as_one(a_deployment: A_Deployment) -> None:
    """CloudWatch bills a sixth statistic of a metric as another metric, so none has more than five."""
    queries = plan(a_deployment(), Policy(), {})
    statistics = Counter((query.namespace, query.metric, query.dimensions) for query in queries)
    assert max(statistics.values()) == 5
    assert len(statistics) == 7 + 7 + 2


def test_every_column_is_asked_for_once(
    a_deployment: A_Deployment, a_policy: Callable[..., Policy], a_selector: Callable[..., MetricSelector]
) -> None:
    """No two queries fill the same place of a minute."""
    custom = [
        {"name": name, "numerator": a_selector("A").model_dump(), "denominator": a_selector("B").model_dump()}
        for name in ("checkout", "signup")
    ]
    policy = a_policy(custom=custom, database={"instance": "shop-db"})
    columns = [query.column for query in plan(a_deployment(), policy, {Role.GREEN: ["aaa", "bbb"]})]
    assert len(columns) == len(set(columns)) == 11 + 11 + 2 + 2 * 4 + 4
