"""The contract migration: the moment from which the schema no longer fits the version that was replaced."""

from pydantic import AwareDatetime, Field

from guardian.model.words import Service, Value


class Snapshot(Value):
    """A database snapshot that a restore can begin from.

    Attributes:
        id: DBSnapshotIdentifier, chosen once and written down before the snapshot is asked for.
        instance: DBInstanceIdentifier that it was taken of.
        taken_at: When the database stood as the snapshot has it; None until AWS says.
    """

    id: str = Field(min_length=1, max_length=255)
    instance: str = Field(min_length=1, max_length=63)
    taken_at: AwareDatetime | None = None


class SnapshotState(Value):
    """A snapshot as RDS describes it now.

    Attributes:
        snapshot: Which, of what, and of when.
        status: RDS's word for it, for example `creating` or `available`.
    """

    snapshot: Snapshot
    status: str

    @property
    def available(self) -> bool:
        """Whether a restore can begin from it."""
        return self.status == "available"


class Contract(Value):
    """The mark that a deployment's blue no longer fits the schema. It is written once and never taken back.

    It belongs to one deployment: blue of the next one is this one's green, which fits.

    Attributes:
        service: Whose schema.
        deployment_id: The deployment whose blue can no longer run.
        at: When it was marked.
        by: Who marked it.
        why: What was migrated, in their words.
        snapshot: What a restore begins from; None when there is none.
    """

    service: Service
    deployment_id: str
    at: AwareDatetime
    by: str = Field(min_length=1, max_length=200)
    why: str = Field("", max_length=500)
    snapshot: Snapshot | None = None
