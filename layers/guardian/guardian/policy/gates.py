"""Gates before and after the shift: the migration task, the health page, and probes over HTTP."""

from string import Template
from typing import Annotated, Any, Literal, Self

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from guardian.policy.sections import Section


def _compiles(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {error}") from error
    return expression


JsonPath = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_compiles)]
"""A JMESPath expression (jmespath.org), the path language of the AWS CLI's `--query`."""
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+$", max_length=300)]
"""Scheme, host and port; the path comes from each request."""
Path = Annotated[str, StringConstraints(pattern=r"^/[!-~]*$", max_length=1000)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[ -~]*$", max_length=1000)]
CarryName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class TagPolicy(Section):
    """A tag on an ECS task."""

    key: str = Field(min_length=1, max_length=128, description="The tag's key.")
    value: str = Field(max_length=256, description="The tag's value.")


class MigrationPolicy(Section):
    """The one-off ECS task that migrates the schema; it must have ended well before green is installed."""

    task: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:task/[\w/-]+$",
        description="ARN of the very task; instead of `tag`.",
    )
    tag: TagPolicy | None = Field(
        None, description="A tag of the task, given to `aws ecs run-task`; the newest such task counts."
    )
    family: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="With `tag`: only tasks of this task definition family.",
    )
    cluster: str | None = Field(
        None, min_length=1, max_length=255, description="Its cluster; without it the service's own."
    )
    max_age_minutes: int = Field(
        60,
        ge=5,
        le=1440,
        description="An older task belongs to an earlier release. ECS forgets a stopped task after about an hour.",
    )

    @model_validator(mode="after")
    def _one_way_to_name_it(self) -> Self:
        if (self.task is None) is (self.tag is None):
            raise ValueError("name the task either by `task`, its ARN, or by `tag`")
        return self


class HealthPolicy(Section):
    """The health page, judged by the fields that it answers with and not by its status or by 200 alone."""

    path: Path = Field("/health", description="Path of the page.")
    fields: dict[JsonPath, Any] = Field(
        {"database": "connected", "schema": "compatible"},
        max_length=20,
        description="JMESPath of each field that counts, and the value that it must have.",
    )
    version: JsonPath | None = Field(
        "version",
        description="JMESPath of the answered version, which must be the released one; null: not judged.",
    )
    version_variable: str | None = Field(
        "APP_VERSION",
        min_length=1,
        max_length=255,
        description="Environment variable of green's container that holds the version; null: the image's tag.",
    )
    times: int = Field(1, ge=1, le=20, description="How often the page is asked; every answer must fit.")
    timeout_seconds: float = Field(5.0, ge=1, le=30, description="Seconds that one answer may take.")


class ProbePolicy(Section):
    """One HTTP request and the answer that it must get. `${name}` stands for a value carried from an earlier step."""

    name: str = Field(min_length=1, max_length=60, description="What records call it.")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = Field(
        "GET", description="HTTP method."
    )
    path: Path = Field(description="Path and query; carried values are percent-encoded.")
    headers: dict[HeaderName, HeaderValue] = Field({}, max_length=20, description="Request headers.")
    body: Any = Field(None, description="Request body: text as it is, anything else as JSON; null for none.")
    status: int = Field(200, ge=100, le=599, description="Status that the answer must have.")
    fields: dict[JsonPath, Any] = Field(
        {},
        max_length=20,
        description="JMESPath of each part of the answer that counts, and the value it must have.",
    )
    carry: dict[CarryName, JsonPath] = Field(
        {}, max_length=20, description="Values of the answer that later steps use, by name."
    )
    when: Literal["passed", "always"] = Field(
        "passed", description="passed: only after good steps; always: after bad ones too, to clean up."
    )
    timeout_seconds: float = Field(5.0, ge=1, le=30, description="Seconds that the answer may take.")
    retries: int = Field(
        2,
        ge=0,
        le=5,
        description="Further attempts when the transport fails, POST and PATCH only if nothing was sent; a wrong "
        "answer is final.",
    )

    @property
    def needs(self) -> frozenset[str]:
        """Names of the carried values that the request is filled with."""
        return frozenset(_names(self.path) | _names(self.headers) | _names(self.body))


class GatesPolicy(Section):
    """What the lifecycle hooks check besides metrics: nothing, unless it is written here."""

    migration: MigrationPolicy | None = Field(None, description="Checked in BeforeInstall and AfterInstall.")
    test_url: Url | None = Field(
        None, description="The test listener, asked in AfterAllowTestTraffic: `http://shop.example.com:8080`."
    )
    production_url: Url | None = Field(
        None,
        description="The production listener, asked in AfterAllowTraffic, and for blue's health before the release; "
        "without it AfterAllowTraffic asks the test listener.",
    )
    health: HealthPolicy | None = Field(None, description="The health page.")
    probes: tuple[ProbePolicy, ...] = Field(
        (), max_length=20, description="Requests in this order, each with the answer that it must get."
    )

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if (self.health or self.probes) and self.test_url is None and self.production_url is None:
            raise ValueError("health and probes need `test_url` or `production_url`: scheme, host and port")
        return self

    @model_validator(mode="after")
    def _carried_before_used(self) -> Self:
        carried: set[str] = set()
        for probe in self.probes:
            if missing := probe.needs - carried:
                raise ValueError(
                    f"probe '{probe.name}' uses {', '.join(sorted(missing))}, which no earlier step carries"
                )
            carried |= probe.carry.keys()
        return self


def _names(node: Any) -> set[str]:
    if isinstance(node, str):
        template = Template(node)
        if not template.is_valid():
            raise ValueError(f"{node!r} has a $ that begins no name: write $$ for the character")
        return set(template.get_identifiers())
    if isinstance(node, dict):
        return set().union(*(_names(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_names(value) for value in node))
    return set()
