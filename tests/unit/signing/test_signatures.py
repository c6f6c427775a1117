"""A signature fits its bytes, its purpose and its approver, and nothing else."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.errors import GateRefused, SignatureRefused
from safety_tasks.records.waiver import Approver, Signature
from safety_tasks.signing import find_approver, public_part, sign, verify

KEYS = tuple(Ed25519PrivateKey.generate() for _ in range(3))
KIM, LEE, OTHER = (
    Approver(name=name, public_key=public_part(key).public_key)
    for name, key in zip(("kim", "lee", "other"), KEYS, strict=True)
)
BOTH = (KIM, LEE)
PURPOSE = "waiver/1"
PAYLOAD = b'{"run_id":"r1"}'


def flipped(payload: bytes, bit: int) -> bytes:
    """Return bytes with one bit turned."""
    changed = bytearray(payload)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(st.binary(max_size=200), st.sampled_from([0, 1]))
def test_the_signer_is_found(payload: bytes, index: int) -> None:
    """Whatever was signed, verification names who signed it."""
    assert verify(BOTH, sign(KEYS[index], payload, PURPOSE), payload, PURPOSE) == BOTH[index]


@given(st.binary(min_size=1, max_size=200), st.data())
def test_any_flipped_bit_of_the_payload_is_refused(payload: bytes, data: st.DataObject) -> None:
    """One bit of what was signed is enough."""
    signature = sign(KEYS[0], payload, PURPOSE)
    bit = data.draw(st.integers(0, len(payload) * 8 - 1))
    with pytest.raises(SignatureRefused, match="found one that does not fit"):
        verify(BOTH, signature, flipped(payload, bit), PURPOSE)


def test_every_flipped_bit_of_the_signature_is_refused() -> None:
    """None of its 512 bits may be another."""
    signature = sign(KEYS[0], PAYLOAD, PURPOSE)
    for bit in range(512):
        changed = flipped(bytes.fromhex(signature.signature), bit).hex()
        with pytest.raises(SignatureRefused, match="does not fit"):
            verify(BOTH, signature.model_copy(update={"signature": changed}), PAYLOAD, PURPOSE)


def test_every_flipped_bit_of_the_key_id_is_refused() -> None:
    """A signature that names no approver's key is nobody's."""
    signature = sign(KEYS[0], PAYLOAD, PURPOSE)
    for bit in range(256):
        changed = flipped(bytes.fromhex(signature.key_id), bit).hex()
        with pytest.raises(SignatureRefused, match="which is none's"):
            verify(BOTH, signature.model_copy(update={"key_id": changed}), PAYLOAD, PURPOSE)


@pytest.mark.parametrize(
    ("approvers", "names"), [((), "nobody"), ((LEE,), "lee"), ((LEE, OTHER), "lee, other")]
)
def test_who_is_no_approver_counts_for_nothing(approvers: tuple[Approver, ...], names: str) -> None:
    """A sound signature of somebody else is refused, and those who may sign are named."""
    signature = sign(KEYS[0], PAYLOAD, PURPOSE)
    with pytest.raises(SignatureRefused, match=rf"an approver \({names}\)") as refused:
        verify(approvers, signature, PAYLOAD, PURPOSE)
    assert isinstance(refused.value, GateRefused)


def test_nobody_signs_for_another() -> None:
    """A signature of lee's that claims kim's key does not fit."""
    signature = sign(KEYS[1], PAYLOAD, PURPOSE).model_copy(update={"key_id": KIM.key_id})
    with pytest.raises(SignatureRefused, match="expected kim's signature"):
        verify(BOTH, signature, PAYLOAD, PURPOSE)


@pytest.mark.parametrize("purpose", ["waiver/2", "approval/1", "waiver/11"])
def test_a_signature_counts_for_one_purpose(purpose: str) -> None:
    """The same bytes signed for one thing are not signed for another."""
    with pytest.raises(SignatureRefused, match=f"over these bytes for {purpose}"):
        verify(BOTH, sign(KEYS[0], PAYLOAD, PURPOSE), PAYLOAD, purpose)


def test_what_is_signed() -> None:
    """The purpose, a line's end, the payload: a signature over the payload alone proves nothing."""
    framed = b"safety-tasks/waiver/1\n" + PAYLOAD
    assert sign(KEYS[0], PAYLOAD, PURPOSE).signature == KEYS[0].sign(framed).hex()
    bare = Signature(key_id=KIM.key_id, signature=KEYS[0].sign(PAYLOAD).hex())
    with pytest.raises(SignatureRefused):
        verify(BOTH, bare, PAYLOAD, PURPOSE)


@pytest.mark.parametrize(
    "purpose", ["", "waiver", "waiver/", "/1", "waiver/1\n", "a\nb/1", "a b/1"]
)
def test_a_purpose_cannot_run_into_the_payload(purpose: str) -> None:
    """A purpose has one form, so that no other purpose and payload make the same bytes."""
    with pytest.raises(ValueError, match="expected a purpose"):
        sign(KEYS[0], PAYLOAD, purpose)


def test_a_key_that_is_no_point_proves_nothing() -> None:
    """A public key that is no point of the curve fits no signature, and is refused without a crash."""
    for number in range(2, 12):
        nobody = Approver(name="n", public_key=number.to_bytes(32, "little").hex())
        signature = sign(KEYS[0], PAYLOAD, PURPOSE).model_copy(update={"key_id": nobody.key_id})
        assert Ed25519PublicKey.from_public_bytes(bytes.fromhex(nobody.public_key))
        with pytest.raises(SignatureRefused, match="does not fit"):
            verify((nobody,), signature, PAYLOAD, PURPOSE)


def test_an_approver_is_found_by_key() -> None:
    """The key's id decides, not the order."""
    assert find_approver((OTHER, LEE, KIM), KIM.key_id) == KIM
