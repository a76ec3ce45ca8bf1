"""List prices without free tiers, and what is assumed where nothing can be counted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Price:
    """A list price.

    Attributes:
        usd: US dollars.
        per: For so many.
        unit: Of what.
        page: AWS's pricing page, below aws.amazon.com.
    """

    usd: float
    per: float
    unit: str
    page: str

    @property
    def each(self) -> float:
        """USD for one."""
        return self.usd / self.per


REGION, DATE = "us-east-1", "November 2026"
MONTH_HOURS = 730
METRIC_DATA = Price(0.01, 1e3, "metrics requested by GetMetricData", "cloudwatch/pricing")
CUSTOM_METRIC = Price(0.30, 1, "custom metric in a month, counted by the hour", "cloudwatch/pricing")
ALARM_METRIC = Price(0.10, 1, "metric of an alarm in a month", "cloudwatch/pricing")
DASHBOARD = Price(
    3.00, 1, "dashboard in a month; the first three of an account are free", "cloudwatch/pricing"
)
LOGS = Price(0.50, 1e9, "bytes of logs taken in", "cloudwatch/pricing")
WRITE = Price(0.625, 1e6, "write request units, on demand", "dynamodb/pricing/on-demand")
READ = Price(0.125, 1e6, "read request units, on demand", "dynamodb/pricing/on-demand")
STORAGE = Price(
    0.25 + 0.20, 1e9, "bytes in a month, with point-in-time recovery", "dynamodb/pricing/on-demand"
)
LAMBDA_REQUEST = Price(0.20, 1e6, "invocations", "lambda/pricing")
LAMBDA_GB_SECOND = Price(13.3334, 1e6, "GB-seconds, arm64", "lambda/pricing")
SQS_REQUEST = Price(0.50, 1e6, "requests to a FIFO queue", "sqs/pricing")
SCHEDULE = Price(1.00, 1e6, "invocations of a schedule", "eventbridge/pricing")
PRICES = (
    METRIC_DATA, CUSTOM_METRIC, ALARM_METRIC, DASHBOARD, LOGS, WRITE, READ, STORAGE, LAMBDA_REQUEST, LAMBDA_GB_SECOND,
    SQS_REQUEST, SCHEDULE,
)  # fmt: skip

MEMORY_GB = 0.5
"""FunctionMemory, as the template has it by default."""
SECONDS = {"turn": 1.0, "codedeploy_hook": 1.0, "tick": 0.3, "alarm_action": 0.3, "deployment_event": 0.2}
"""Billed for one invocation: more than the measured processor time at this memory's share of a processor, and 20 ms
for each call of AWS. `python -m benchmarks.cost` prints both."""
COLD_SECONDS = 4.0
"""Billed once more for a cold start: import and clients at this memory's share of a processor (docs/cold-start.md)."""
CALL_SECONDS = 0.02
SHARE_OF_A_PROCESSOR = 512 / 1769
"""Lambda gives one processor for 1,769 MB (Lambda developer guide, "Configure memory")."""
POLLS_PER_MINUTE = 15
"""Lambda's event source mapping keeps five long polls of twenty seconds on an idle queue."""
SENT_RECEIVED_DELETED = 3
"""Requests to the queue for one message."""
KEPT_MONTHS = 13
"""For which the table keeps a record."""
PLATFORM_LOG_BYTES = 400
"""What Lambda itself logs of one invocation: START, END, REPORT."""
