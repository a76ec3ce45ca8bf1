"""What the security linter does not check has a reason."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
CONFIG = (ROOT / ".checkov.yaml").read_text(encoding="utf-8")


def test_each_rule_that_is_left_out_has_a_reason_of_its_own() -> None:
    """Each exception stands once, right below a comment that says why."""
    skipped = yaml.safe_load(CONFIG)["skip-check"]
    explained = re.findall(r"^  # .{40,}\n(?:  # .*\n)*  - (CKV\w+)$", CONFIG, re.MULTILINE)
    assert explained == skipped
    assert len(set(skipped)) == len(skipped)


def test_no_framework_and_no_file_is_left_out() -> None:
    """The configuration leaves single rules out and nothing else."""
    assert set(yaml.safe_load(CONFIG)) == {"framework", "compact", "quiet", "skip-download", "skip-check"}
