"""Reads what stands around a service: its database and the names that lead to it."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from guardian.policy import Policy
from guardian_console.preflight.ask import ask, only
from guardian_console.preflight.facts import Fact, Json, Unasked


class Stores:
    """Reads RDS, Route 53 and the load balancer's own name."""

    def __init__(self, rds: Any, route53: Any, elbv2: Any) -> None:
        self._rds = rds
        self._route53 = route53
        self._elbv2 = elbv2

    def database(self, policy: Policy) -> Fact[Json]:
        """Return the policy's instance; empty when RDS has none of that name, which is an answer."""
        name = policy.database.instance
        if name is None:
            return Unasked("the policy names no database instance")

        def call() -> Json:
            try:
                found: Json = self._rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
            except ClientError as error:
                if error.response["Error"]["Code"] in ("DBInstanceNotFound", "DBInstanceNotFoundFault"):
                    return {}
                raise
            return found

        return ask("rds:DescribeDBInstances", call)

    def max_connections(self, database: Json) -> Fact[str]:
        """Return the parameter group's max_connections, which may be a formula; empty if it is not set there."""
        names = [one["DBParameterGroupName"] for one in database.get("DBParameterGroups", ())]

        def call() -> str:
            for name in names:
                pages = self._rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=name)
                for page in pages:
                    for one in page["Parameters"]:
                        if one["ParameterName"] == "max_connections":
                            return str(one.get("ParameterValue", ""))
            return ""

        return ask("rds:DescribeDBParameters", call)

    def snapshots(self, database: Json) -> Fact[Sequence[Json]]:
        if not database:
            return []
        pages = self._rds.get_paginator("describe_db_snapshots")
        name = database["DBInstanceIdentifier"]
        return ask(
            "rds:DescribeDBSnapshots",
            lambda: [
                one for page in pages.paginate(DBInstanceIdentifier=name) for one in page["DBSnapshots"]
            ],
        )

    def balancer(self, listener: str) -> Fact[str]:
        """Return the DNS name of the load balancer that a listener belongs to."""
        arn = listener.replace(":listener/", ":loadbalancer/").rpartition("/")[0]

        def call() -> str:
            reply = self._elbv2.describe_load_balancers(LoadBalancerArns=[arn])
            return str(only(reply["LoadBalancers"], f"load balancer {arn}")["DNSName"])

        return ask("elasticloadbalancing:DescribeLoadBalancers", call)

    def records(self, zone: str | None, name: str | None) -> Fact[Sequence[Json]]:
        if zone is None:
            return Unasked("give --hosted-zone, and --record for a single name")
        pages = self._route53.get_paginator("list_resource_record_sets")

        def call() -> Sequence[Json]:
            found = [one for page in pages.paginate(HostedZoneId=zone) for one in page["ResourceRecordSets"]]
            return [one for one in found if name is None or one["Name"].rstrip(".") == name.rstrip(".")]

        return ask("route53:ListResourceRecordSets", call)
