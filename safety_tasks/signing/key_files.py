"""Private keys and passphrases as files.

Rules: a file that holds a secret is its owner's alone, or it is refused; a key is never written over; no key and no
passphrase is ever in a message.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from safety_tasks.errors import KeyUnusable
from safety_tasks.records.waiver import PublicKey
from safety_tasks.signing.signatures import public_part
from safety_tasks.store.local import write_durably

_MAX_BYTES: Final = 16 * 1024
_MAKE: Final = "Make one: safety-tasks keys approver FILE --name NAME"


def make_key(path: Path, passphrase: bytes | None = None) -> PublicKey:
    """Make a key and keep its private part in a new file: PEM, PKCS 8, readable by its owner alone.

    Args:
        path: the file; its folder must be there.
        passphrase: what the file is encrypted with, 1 to 1023 bytes; None: not at all.

    Raises:
        KeyUnusable: there is a file already, it cannot be written, or the passphrase is too short or too long.
    """
    key = Ed25519PrivateKey.generate()
    try:
        protection = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)
    except ValueError:
        raise KeyUnusable(
            f"{path}: expected a passphrase of 1 to 1023 bytes, found a shorter or longer one. Choose another."
        ) from None
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise KeyUnusable(
            f"{path}: expected no file yet, found one. A key is never written over: choose another name."
        ) from None
    except OSError as problem:
        raise _unwritable(path, problem) from None
    try:
        write_durably(path, pem)
    except BaseException as problem:
        path.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise _unwritable(path, problem) from None
        raise
    return public_part(key)


def load_key(path: Path, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """Read a private key.

    Raises:
        KeyUnusable: it is missing, unreadable, readable by others, not ed25519, or the passphrase is not its own.
    """
    pem = _read_secret(path, "a private key")
    try:
        key = load_pem_private_key(pem, passphrase or None)
    except TypeError:
        wish, found, then = (
            ("the passphrase of an encrypted key", "none", "Give it")
            if not passphrase
            else ("no passphrase, since the key is not encrypted", "one", "Leave it out")
        )
        raise KeyUnusable(f"{path}: expected {wish}, found {found}. {then}.") from None
    except (ValueError, UnsupportedAlgorithm):
        if pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"):
            raise KeyUnusable(
                f"{path}: expected the key's own passphrase, found another one, or the file is damaged. "
                "Give the right one, or make a new key."
            ) from None
        raise KeyUnusable(f"{path}: expected an ed25519 key as PEM, found none. {_MAKE}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(
            f"{path}: expected an ed25519 key, found a key of another kind ({type(key).__name__}). {_MAKE}"
        )
    return key


def read_passphrase(path: Path) -> bytes:
    """Read a passphrase from the only line of a file.

    Raises:
        KeyUnusable: the file is missing, unreadable, readable by others, or not one line.
    """
    found = _read_secret(path, "a passphrase").removesuffix(b"\n").removesuffix(b"\r")
    if not found or b"\n" in found:
        raise KeyUnusable(
            f"{path}: expected a passphrase on one line, found none or more. Mend it."
        )
    return found


def _read_secret(path: Path, what: str) -> bytes:
    """Read a small file that nobody but its owner may read.

    Raises:
        KeyUnusable: it is missing, unreadable, too large, or others may read it.
    """
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode & 0o777
            if mode & 0o077:
                raise KeyUnusable(
                    f"{path}: expected {what} that only its owner may read, found mode {mode:04o}. Others may have "
                    f"read it: take another, or if you are sure: chmod 600 {path}"
                )
            payload = stream.read(_MAX_BYTES + 1)
    except OSError as problem:
        raise KeyUnusable(
            f"{path}: expected a file with {what}, found: {problem.strerror}. Check the path and its rights."
        ) from None
    if len(payload) > _MAX_BYTES:
        raise KeyUnusable(
            f"{path}: expected {what}, found more than {_MAX_BYTES} bytes. Check the path."
        )
    return payload


def _unwritable(path: Path, problem: OSError) -> KeyUnusable:
    return KeyUnusable(
        f"{path}: expected a place for a private key, found: {problem.strerror}. Check the folder and its rights."
    )
