"""What `sam publish` would tell the Serverless Application Repository.

Patterns and lengths: AWS SAM developer guide, "AWS SAM template Metadata section properties".
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from guardian import __version__
from guardian_rehearsal.template import load_template

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TOLD: dict[str, Any] = load_template()["Metadata"]["AWS::ServerlessRepo::Application"]


def test_one_version_everywhere() -> None:
    """The repository, the package and the program call themselves by the same version."""
    assert TOLD["SemanticVersion"] == PROJECT["version"] == __version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", TOLD["SemanticVersion"])


def test_the_license_is_the_one_that_lies_here() -> None:
    """Template and package name the same license, and its text is where both say."""
    assert TOLD["SpdxLicenseId"] == PROJECT["license"] == "Apache-2.0"
    assert PROJECT["license-files"] == [TOLD["LicenseUrl"]]
    text = (ROOT / TOLD["LicenseUrl"]).read_text()
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_repository_would_take_it() -> None:
    """Name, description and labels keep to the repository's patterns and lengths; the readme exists."""
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", TOLD["Name"])
    assert 0 < len(TOLD["Description"]) <= 256
    assert re.fullmatch(r"[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?", TOLD["Author"])
    assert len(TOLD["Author"]) <= 127
    assert 0 < len(TOLD["Labels"]) <= 10
    assert all(re.fullmatch(r"[a-zA-Z0-9+_:/@-]{1,127}", label) for label in TOLD["Labels"])
    assert (ROOT / TOLD["ReadmeUrl"]).is_file()
