"""A key file is its owner's alone, is never written over, and no message tells what is in it."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ConfigError, KeyUnusable
from safety_tasks.signing import key_files, load_key, make_key, public_part, read_passphrase

PASSPHRASE = b"correct horse battery staple"


def secret(path: Path, payload: bytes, mode: int = 0o600) -> Path:
    """Keep bytes in a file of a mode."""
    path.write_bytes(payload)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("passphrase", [None, b"x", PASSPHRASE, b"y" * 1023])
def test_a_key_comes_back(tmp_path: Path, passphrase: bytes | None) -> None:
    """What was made is read again, is PKCS 8 PEM, lies alone in its folder, and only its owner may read it."""
    path = tmp_path / "kim.pem"
    made = make_key(path, passphrase)
    assert public_part(load_key(path, passphrase)) == made
    assert made.key_id == sha256_bytes(bytes.fromhex(made.public_key))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    kind = b"PRIVATE KEY" if passphrase is None else b"ENCRYPTED PRIVATE KEY"
    assert path.read_bytes().startswith(b"-----BEGIN " + kind + b"-----")
    assert isinstance(load_pem_private_key(path.read_bytes(), passphrase), Ed25519PrivateKey)


def test_two_keys_differ(tmp_path: Path) -> None:
    """Each key is made anew."""
    assert make_key(tmp_path / "a.pem") != make_key(tmp_path / "b.pem")


@pytest.mark.parametrize("there", ["key", "empty", "folder", "link to nothing"])
def test_nothing_is_written_over(tmp_path: Path, there: str) -> None:
    """Whatever has the name stays as it is."""
    path = tmp_path / "kim.pem"
    if there == "key":
        make_key(path)
    elif there == "empty":
        path.touch()
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere.pem")
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(KeyUnusable, match="expected no file yet, found one"):
        make_key(path)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert not (tmp_path / "elsewhere.pem").exists()


@pytest.mark.parametrize("passphrase", [b"", b"z" * 1024])
def test_a_passphrase_has_a_length(tmp_path: Path, passphrase: bytes) -> None:
    """An empty passphrase, which protects nothing, or one too long makes no file."""
    with pytest.raises(KeyUnusable, match="1 to 1023 bytes"):
        make_key(tmp_path / "kim.pem", passphrase)
    assert not list(tmp_path.iterdir())


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    with pytest.raises(KeyUnusable, match=r"nowhere/kim\.pem: expected a place .*No such file"):
        make_key(tmp_path / "nowhere" / "kim.pem")


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the key cannot be written, its name is free again."""

    def full(path: Path, payload: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(key_files, "write_durably", full)
    with pytest.raises(KeyUnusable, match="No space left"):
        make_key(tmp_path / "kim.pem")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o644, 0o660, 0o601])
def test_what_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Any right of group or others refuses key and passphrase, and says what to do."""
    path = tmp_path / "kim.pem"
    make_key(path)
    path.chmod(mode)
    for read in (load_key, read_passphrase):
        with pytest.raises(KeyUnusable, match=rf"found mode {mode:04o}.*chmod 600 {path}"):
            read(path)
    path.chmod(0o400)
    load_key(path)


def test_missing_and_unreadable(tmp_path: Path) -> None:
    """A file that is not there, a folder and a link to itself are named with the reason."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, reason in (
        (tmp_path / "none.pem", "No such file"),
        (tmp_path, "Is a directory"),
        (loop, "symbolic links"),
    ):
        for read in (load_key, read_passphrase):
            with pytest.raises(KeyUnusable, match=reason):
                read(path)


@pytest.mark.parametrize(
    ("made_with", "read_with", "message"),
    [
        (PASSPHRASE, None, "expected the passphrase of an encrypted key, found none"),
        (PASSPHRASE, b"", "expected the passphrase of an encrypted key, found none"),
        (PASSPHRASE, b"another one", "expected the key's own passphrase, found another one"),
        (PASSPHRASE, b"z" * 5000, "expected the key's own passphrase, found another one"),
        (None, PASSPHRASE, "expected no passphrase, since the key is not encrypted, found one"),
    ],
)
def test_the_passphrase_must_be_the_keys(
    tmp_path: Path, made_with: bytes | None, read_with: bytes | None, message: str
) -> None:
    """None, a wrong one, or one for a key without: each has its own message, and none tells it."""
    path = tmp_path / "kim.pem"
    make_key(path, made_with)
    with pytest.raises(KeyUnusable, match=message) as refused:
        load_key(path, read_with)
    told = repr(refused.value) + repr(refused.value.__cause__)
    assert not any(word in told for word in ("correct horse", "another one'", "zzzz", "BEGIN"))


def _rsa() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _curve() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _openssh() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "expected an ed25519 key as PEM, found none"),
        (b"\xff\xfe junk", "expected an ed25519 key as PEM, found none"),
        (_openssh(), "expected an ed25519 key as PEM, found none"),
        (_rsa(), "found a key of another kind"),
        (_curve(), "found a key of another kind"),
        (b"-" * 20_000, "found more than 16384 bytes"),
    ],
    ids=["empty", "junk", "openssh", "rsa", "curve", "large"],
)
def test_what_is_no_ed25519_key_is_refused(tmp_path: Path, payload: bytes, message: str) -> None:
    """Other files and other kinds of keys are refused, and nothing of them is in the message."""
    path = secret(tmp_path / "kim.pem", payload)
    with pytest.raises(KeyUnusable, match=message) as refused:
        load_key(path)
    lines = [line for line in payload.decode("latin-1").splitlines() if len(line) > 8]
    assert not any(line in str(refused.value) for line in lines)
    assert isinstance(refused.value, ConfigError)


def test_a_cut_key_is_refused(tmp_path: Path) -> None:
    """Of a key file that was cut anywhere, nothing is taken."""
    path = tmp_path / "kim.pem"
    make_key(path)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        with pytest.raises(KeyUnusable, match="found none"):
            load_key(secret(tmp_path / "cut.pem", whole[:length]))


@pytest.mark.parametrize(
    ("payload", "passphrase"),
    [(b"abc", b"abc"), (b"abc\n", b"abc"), (b"abc\r\n", b"abc"), (b" a b ", b" a b ")],
)
def test_a_passphrase_file(tmp_path: Path, payload: bytes, passphrase: bytes) -> None:
    """The end of the line is none of the passphrase; spaces are."""
    assert read_passphrase(secret(tmp_path / "p", payload)) == passphrase


@pytest.mark.parametrize("payload", [b"", b"\n", b"\r\n", b"a\nsecret-two\n"])
def test_a_passphrase_file_is_one_line(tmp_path: Path, payload: bytes) -> None:
    """No line or two are refused, and not shown."""
    with pytest.raises(KeyUnusable, match="on one line") as refused:
        read_passphrase(secret(tmp_path / "p", payload))
    assert "secret-two" not in str(refused.value)
