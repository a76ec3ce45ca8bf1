"""Wires the function `dashboard_widget`."""

import boto3

from guardian.aws.board import TableBoard
from guardian.aws.calls import CONFIG
from guardian.dashboard_widget import DashboardWidget
from guardian.wiring.surroundings import setting


def dashboard_widget() -> DashboardWidget:
    """Wire the function `dashboard_widget`."""
    return DashboardWidget(TableBoard(boto3.client("dynamodb", config=CONFIG), setting("GUARDIAN_TABLE")))
