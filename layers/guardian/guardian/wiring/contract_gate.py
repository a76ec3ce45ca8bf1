"""Wires the contract gate: for the function `contract_gate`, and for whoever brings clients of their own."""

from collections.abc import Callable
from typing import Any

import boto3

from guardian.aws.calls import CONFIG
from guardian.aws.cloudwatch import CloudWatchMetrics
from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.contract_notes import TableContractNotes
from guardian.aws.contracts import TableContracts
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.snapshots import RdsSnapshots
from guardian.aws.table import Table
from guardian.contract_gate import ContractGate
from guardian.contract_ports import GatePorts
from guardian.wiring.surroundings import SystemClock, setting


def contract_gate() -> ContractGate:
    """Wire the function `contract_gate`."""
    ports = gate_ports(
        lambda service: boto3.client(service, config=CONFIG),  # type: ignore[call-overload]
        setting("GUARDIAN_TABLE"),
        setting("GUARDIAN_POLICY_PATH"),
    )
    return ContractGate(ports)


def gate_ports(client: Callable[[str], Any], table: str, policy_path: str) -> GatePorts:
    """Return all that the gate needs.

    Args:
        client: Makes a client of an AWS service by boto3's name for it.
        table: Name of Guardian's table.
        policy_path: Where the policies are.
    """
    dynamodb = client("dynamodb")
    codedeploy = CodeDeploy(client("codedeploy"), client("elbv2"))
    return GatePorts(
        clock=SystemClock(),
        controller=codedeploy,
        releases=codedeploy,
        story=Table(dynamodb, table),
        policies=ParameterStorePolicies(client("ssm"), policy_path),
        metrics=CloudWatchMetrics(client("cloudwatch")),
        contracts=TableContracts(dynamodb, table),
        notes=TableContractNotes(dynamodb, table),
        snapshots=RdsSnapshots(client("rds")),
    )
