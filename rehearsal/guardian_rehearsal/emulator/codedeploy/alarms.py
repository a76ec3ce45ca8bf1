"""The alarms of a deployment group, read from moto's CloudWatch."""

from datetime import datetime

from moto.cloudwatch.models import cloudwatch_backends

from guardian_rehearsal.emulator.codedeploy.deployments import EcsDeployment
from guardian_rehearsal.emulator.codedeploy.stages import ALARM_REACTION

MESSAGE = "One or more alarms have been activated according to the Amazon CloudWatch metrics: "


def notice_alarm(deployment: EcsDeployment, account_id: str, region_name: str) -> None:
    """Schedule the stop of a running deployment one of whose alarms has rung.

    Source: "Monitoring deployments with CloudWatch alarms in CodeDeploy". Assumptions: an alarm that was in ALARM
    when the deployment began does not stop it, nor does an alarm stop a rollback deployment.
    """
    began = deployment.start_time
    idle = deployment.is_over or deployment.terminating or deployment.creator == "codeDeployRollback"
    if began is None or idle or deployment.alarm_noticed:
        return
    rang = _rang(deployment, account_id, region_name, began)
    if rang is None:
        return
    deployment.alarm_noticed = True
    name, when = rang

    def stop(at: datetime) -> None:
        roll_back = "DEPLOYMENT_STOP_ON_ALARM" in deployment.rollback_events
        deployment.course.stop(at, roll_back=roll_back, code="ALARM_ACTIVE", message=MESSAGE + name)

    deployment.schedule(when + ALARM_REACTION, stop)


def _rang(
    deployment: EcsDeployment, account_id: str, region_name: str, since: datetime
) -> tuple[str, datetime] | None:
    configuration = deployment.alarm_configuration
    if not configuration.get("enabled"):
        return None
    alarms = cloudwatch_backends[account_id][region_name].alarms
    named = [alarms[one["name"]] for one in configuration.get("alarms") or [] if one["name"] in alarms]
    ringing = [
        alarm for alarm in named if alarm.state_value == "ALARM" and alarm.state_updated_timestamp >= since
    ]
    first = min(ringing, key=lambda alarm: alarm.state_updated_timestamp, default=None)
    return (first.name, first.state_updated_timestamp) if first else None
