"""Permissions in the emulated AWS: requests of known access keys are held to the statements of their role."""

from guardian_rehearsal.emulator.iam.authorizer import Authorizer, Principal
from guardian_rehearsal.emulator.iam.needs import Account
from guardian_rehearsal.emulator.iam.policy import Access, Decision, Statement, decide, statements_of

__all__ = ["Access", "Account", "Authorizer", "Decision", "Principal", "Statement", "decide", "statements_of"]
