"""Takes the turns that the queue asks for, one at a time for each service."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from guardian.wiring import turn as wiring

logger = Logger()
metrics = Metrics()
worker = cache(wiring.worker)


def take(record: SQSRecord) -> None:
    """Take the turn that one message asks for; what is raised sends the message back."""
    try:
        worker(logger, metrics).take(record.body)
    except Exception:
        logger.exception("the message goes back to the queue", message_id=record.message_id, body=record.body)
        raise


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Take each message's turn and report the messages that must come again."""
    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=take, processor=processor, context=context)
