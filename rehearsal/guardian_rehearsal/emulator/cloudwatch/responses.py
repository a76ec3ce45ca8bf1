"""The CloudWatch requests that need more than moto's own handling."""

from moto.cloudwatch.responses import CloudWatchResponse as MotoCloudWatchResponse
from moto.core.responses import ActionResult

from . import CloudWatchBackend, cloudwatch_backend


class CloudWatchResponse(MotoCloudWatchResponse):
    """moto's CloudWatch API with pages of GetMetricData."""

    @property
    def cloudwatch_backend(self) -> CloudWatchBackend:
        """The backend of the caller's account and region."""
        return cloudwatch_backend(self.current_account, self.region)

    def get_metric_data(self) -> ActionResult:
        """Answer GetMetricData."""
        params = self._get_params()
        results, token = self.cloudwatch_backend.get_metric_data_page(
            params.get("NextToken"),
            params.get("MaxDatapoints"),
            {
                "queries": params.get("MetricDataQueries", []),
                "start_time": params["StartTime"],
                "end_time": params["EndTime"],
                "scan_by": params.get("ScanBy") or "TimestampDescending",
            },
        )
        return ActionResult({"MetricDataResults": results, "NextToken": token, "Messages": []})

    def describe_alarm_history(self) -> ActionResult:
        """Answer DescribeAlarmHistory with changes of state, on one page."""
        params = self._get_params()
        names = [name] if (name := params.get("AlarmName")) else []
        items = self.cloudwatch_backend.alarm_history(names)
        if params.get("ScanBy") == "TimestampAscending":
            items.reverse()
        return ActionResult({"AlarmHistoryItems": items})
