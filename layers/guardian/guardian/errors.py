"""Failures that Guardian knows. Each says what happened, what to do, and whether trying again can help.

The effect on production is chosen where a failure is caught: `turn` turns a temporary failure into the verdict
`no_data` (production is left alone), `hooks` answers CodeDeploy whatever happens (docs/operations.md has the table).
"""


class GuardianError(Exception):
    """Any failure that Guardian recognises; the message is written for a person and says what to do next."""


class TemporaryError(GuardianError):
    """AWS could not answer now: throttled, timed out, failed inside. The next turn, a minute later, tries again."""


class AwsRefusedError(GuardianError):
    """AWS refused a call, and repeating it will not help: a missing permission, a missing or invalid resource."""


class DeploymentUnknownError(AwsRefusedError):
    """CodeDeploy does not know the deployment, so there is nothing to guard."""


class DeploymentOverError(AwsRefusedError):
    """CodeDeploy will not stop the deployment because it has ended already."""


class NotGuardableError(GuardianError):
    """The deployment is not one that Guardian can compare: another platform, or a shape it does not know."""


class ListenerMismatchError(GuardianError):
    """The production listener carries neither blue's nor green's target group, so nobody can say who gets traffic."""


class ListenerChangedError(GuardianError):
    """Somebody else has moved the production listener since Guardian read it, so Guardian does not write over it."""


class BlueCannotCarryError(GuardianError):
    """Blue has fewer tasks than it needs, so it is given no traffic: that would be an outage."""


class PolicyInvalidError(GuardianError):
    """A stored or given policy does not fit the schema; the message names each path and what is wrong with it."""


class ContractUnreadableError(GuardianError):
    """What is stored as a contract mark is none that this version can read; it counts as contracted."""


class SnapshotFailedError(GuardianError):
    """RDS will not finish a snapshot, so that there is nothing to restore from."""


class RecordUnreadableError(GuardianError):
    """What is stored as a watch or a decision is none that this version can show."""


class PauseUnreadableError(GuardianError):
    """What is stored as a pause is none that this version can read, so nobody knows what was wished."""


class OrderUnreadableError(GuardianError):
    """What is stored as an order to roll back is none that this version can read, so nothing is done on it."""


class MalformedEventError(GuardianError):
    """An event or a message does not have its documented shape."""


class UnreachableError(GuardianError):
    """A question over HTTP got no answer: no connection, no handshake, no time left; it says nothing about green."""


class ConcurrentTurnError(TemporaryError):
    """Another turn wrote this watch since it was read; this turn's state must be thrown away."""


class SettingMissingError(GuardianError):
    """The function was started without a setting that it reads from its environment."""
