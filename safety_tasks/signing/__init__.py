"""Signing: keys of approvers, what they sign, and whose signature counts."""

from safety_tasks.signing.approvers import (
    approver_line,
    find_approver,
    load_approvers,
    require_approver_name,
)
from safety_tasks.signing.key_files import load_key, make_key, read_passphrase
from safety_tasks.signing.signatures import public_part, sign, verify

__all__ = [
    "approver_line",
    "find_approver",
    "load_approvers",
    "load_key",
    "make_key",
    "public_part",
    "read_passphrase",
    "require_approver_name",
    "sign",
    "verify",
]
