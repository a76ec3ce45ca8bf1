"""Errors of the CloudWatch API that moto does not define."""

from moto.cloudwatch.exceptions import CloudWatchException


class InvalidNextToken(CloudWatchException):
    """The paging token is not one that the service gave out (GetMetricData, "Errors")."""

    code = "InvalidNextToken"
    message = "The specified NextToken is not valid."
