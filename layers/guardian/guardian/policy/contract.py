"""The contract migration: what must hold before the schema is made unfit for blue."""

from pydantic import Field

from guardian.policy.sections import Section


class ContractPolicy(Section):
    """What the contract gate asks for besides the bake."""

    snapshot_minutes: int = Field(
        60, ge=5, le=1440, description="Age of the snapshot up to which the contract migration may begin."
    )
