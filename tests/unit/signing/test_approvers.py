"""Who may approve is what config/approvers.toml says, every line of it."""

import tomllib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from support.signed_waivers import signer

from safety_tasks.config import config_dir
from safety_tasks.errors import ConfigError
from safety_tasks.records.waiver import Approver
from safety_tasks.signing import approver_line, load_approvers, require_approver_name

KEY = "8f" + "12" * 31
PRIME = 2**255 - 19


def written(folder: Path, text: str) -> Path:
    """Write approvers.toml and return its folder."""
    (folder / "approvers.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("text", [None, "", "# nobody yet\n", "[approvers]\n"])
def test_nobody(tmp_path: Path, text: str | None) -> None:
    """No file, an empty one and an empty table are all nobody."""
    if text is not None:
        written(tmp_path, text)
    assert load_approvers(tmp_path) == ()


def test_the_shipped_file_names_nobody() -> None:
    """As shipped nobody can approve, and the file says how that changes."""
    assert load_approvers(config_dir()) == ()
    assert "safety-tasks keys approver" in (config_dir() / "approvers.toml").read_text("utf-8")


def test_the_folder_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder, the settings' own is read."""
    monkeypatch.setenv(
        "SAFETY_TASKS_CONFIG_DIR", str(written(tmp_path, f'[approvers]\nk = "{KEY}"'))
    )
    assert load_approvers() == (Approver(name="k", public_key=KEY),)


@pytest.mark.parametrize("name", ["kim", "kim.lee", "k:1+2_3-4", "1"])
def test_a_line_is_read_as_it_was_printed(tmp_path: Path, name: str) -> None:
    """The line that the command prints means that name and that key, whatever the name holds."""
    one = signer(tmp_path, "some")
    require_approver_name(name)
    text = f"[approvers]\n{approver_line(name, one.approver.public_key)}\n"
    assert load_approvers(written(tmp_path, text)) == (
        Approver(name=name, public_key=one.approver.public_key),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[approvers", "expected TOML"),
        ("approvers = 1", r"expected one table, \[approvers\], found a value"),
        (f'[approvers]\nk = "{KEY}"\n[others]\n', r"expected one table, .* found others"),
        (f'kim = "{KEY}"', r"expected one table, .* found kim"),
        ("[approvers]\nk = 1", "approver 'k': public_key: "),
        ('[approvers]\nk = ""', "approver 'k': public_key: "),
        (f'[approvers]\nk = "{KEY.upper()}"', "approver 'k': public_key: "),
        (f'[approvers]\nk = "{KEY[:-1]}"', "approver 'k': public_key: "),
        (f'[approvers]\nk = "{KEY}0"', "approver 'k': public_key: "),
        (f'[approvers]\nk = "{KEY}\\n"', "approver 'k': public_key: "),
        (
            f'[approvers]\nkim.lee = "{KEY}"',
            "approver 'kim': public_key: .* in quotes if it has a dot",
        ),
        (f'[approvers]\n"" = "{KEY}"', "approver '': name: "),
        (f'[approvers]\n"a b" = "{KEY}"', "approver 'a b': name: "),
        (f'[approvers]\nk = "{KEY}"\nl = "{KEY}"', "found one for k and l"),
        (f'[approvers]\nk = "{KEY}"\nk = "{"ab" * 32}"', "expected TOML"),
    ],
)
def test_what_is_malformed_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """One bad line refuses the file: nobody is left out silently."""
    with pytest.raises(ConfigError, match=message):
        load_approvers(written(tmp_path, text))


def test_a_private_key_pasted_by_mistake_is_not_told_on(tmp_path: Path) -> None:
    """Who pastes the private part gets an error that does not repeat it."""
    pem = signer(tmp_path, "kim").file.read_text()
    with pytest.raises(ConfigError, match="public_key") as refused:
        load_approvers(written(tmp_path, f'[approvers]\nkim = """{pem}"""'))
    assert not any(line in str(refused.value) for line in pem.splitlines())


@pytest.mark.parametrize("name", ["", " kim", "kim\n", "-kim", "김", "k" * 201])
def test_a_name_that_could_not_stand_there_is_refused(name: str) -> None:
    """Such a name is refused before a key is made for it."""
    with pytest.raises(ConfigError, match="expected a name"):
        require_approver_name(name)


def small_points() -> list[bytes]:
    """Return every encoding of the points whose order divides 8, also those not reduced, with both signs.

    Of order 8, y is a root of d y⁴ + 2 y² - 1: y² = (-1 ± √(1 + d)) / d.
    """
    d = -121665 * pow(121666, -1, PRIME) % PRIME

    def roots(square: int) -> list[int]:
        root = pow(square, (PRIME + 3) // 8, PRIME)
        tries = (root, root * pow(2, (PRIME - 1) // 4, PRIME) % PRIME)
        return [
            y
            for each in tries
            if each * each % PRIME == square % PRIME
            for y in (each, PRIME - each)
        ]

    squares = [
        (sign * root - 1) * pow(d, -1, PRIME) % PRIME for root in roots(1 + d) for sign in (1, -1)
    ]
    ys = {0, 1, PRIME - 1, *(y for square in squares for y in roots(square))}
    assert len(ys) >= 5
    unreduced = {y + PRIME for y in ys if y + PRIME < 2**255}
    return [(y | top << 255).to_bytes(32, "little") for y in ys | unreduced for top in (0, 1)]


@pytest.mark.parametrize("point", small_points(), ids=bytes.hex)
def test_a_key_that_fits_forged_signatures_is_refused(tmp_path: Path, point: bytes) -> None:
    """Zero, a placeholder and the like are no keys: for them signatures fit that nobody made."""
    with pytest.raises(ConfigError, match="anybody can forge"):
        load_approvers(written(tmp_path, f'[approvers]\nk = "{point.hex()}"'))


def test_why_such_keys_are_refused() -> None:
    """For the point 1 one and the same made-up signature fits whatever anybody writes."""
    key = Ed25519PublicKey.from_public_bytes(bytes([1]) + bytes(31))
    for payload in (b"", b"waive everything"):
        key.verify(bytes([1]) + bytes(63), payload)


def test_the_comment_in_the_shipped_file_is_no_line() -> None:
    """The example stands in a comment."""
    assert tomllib.loads((config_dir() / "approvers.toml").read_text("utf-8")) == {"approvers": {}}
