"""The verifier's own Ed25519 says what the cryptography package says, and is strict where that is lax."""

import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from holdshort.verifier.verify_audit import _ORDER, _P, _decoded, _encoded, verify_signature

# RFC 8032, 7.1: secret, public key, message, signature.
RFC = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
     "655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
     "b00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
     "c027beceea1ec40a"),
    ("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
     "2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
     "d9bef1177331a704"),
]  # fmt: skip


def theirs(public, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC)
def test_the_vectors_of_the_rfc(secret, public, message, signature):
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert key.public_key().public_bytes_raw().hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert verify_signature(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))
    assert not verify_signature(
        bytes.fromhex(public), bytes.fromhex(message) + b"x", bytes.fromhex(signature)
    )


def test_a_vector_of_a_thousand_bytes():
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    message = bytes(each % 251 for each in range(1023))
    assert verify_signature(key.public_key().public_bytes_raw(), message, key.sign(message))


def changed(chosen, data):
    made = bytearray(data)
    made[chosen.randrange(len(made))] ^= 1 << chosen.randrange(8)
    return bytes(made)


@pytest.mark.parametrize("part", range(5))
def test_both_say_the_same_of_500_random_and_mutated_signatures(part):
    chosen = random.Random(part)
    for _ in range(100):
        key = Ed25519PrivateKey.from_private_bytes(chosen.randbytes(32))
        public, message = key.public_key().public_bytes_raw(), chosen.randbytes(chosen.randrange(1, 200))
        signature = key.sign(message)
        assert verify_signature(public, message, signature)
        for attempt in (
            (public, message, changed(chosen, signature)),
            (public, changed(chosen, message), signature),
            (changed(chosen, public), message, signature),
            (public, message, signature[32:] + signature[:32]),
            (public, message, chosen.randbytes(64)),
        ):
            assert verify_signature(*attempt) == theirs(*attempt) is False


def test_a_second_spelling_of_a_good_signature_is_refused():
    key = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"heads")
    larger = int.from_bytes(signature[32:], "little") + _ORDER
    assert not verify_signature(public, b"heads", signature[:32] + larger.to_bytes(32, "little"))


SMALL_ORDER = [
    (1).to_bytes(32, "little"), (_P - 1).to_bytes(32, "little"), bytes(32), bytes(31) + b"\x80",
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
]  # fmt: skip


@pytest.mark.parametrize("public", SMALL_ORDER, ids=lambda each: each.hex()[:8])
def test_a_key_of_small_order_under_which_anything_could_verify_is_refused(public):
    neutral = _encoded((0, 1, 1, 0))
    assert not verify_signature(public, b"anything", neutral + bytes(32))


NO_POINT = [(_P + each).to_bytes(32, "little") for each in range(19)] + [
    b"\xff" * 32,
    (2).to_bytes(32, "little"),
    (1 | 1 << 255).to_bytes(32, "little"),
    (_P - 1 | 1 << 255).to_bytes(32, "little"),
]


@pytest.mark.parametrize("public", NO_POINT, ids=lambda each: each.hex()[:4] + each.hex()[-4:])
def test_a_key_that_spells_no_point_or_not_in_the_one_way_is_refused(public):
    assert _decoded(public) is None
    assert not verify_signature(public, b"anything", bytes(64))


@pytest.mark.parametrize(
    ("public", "signature"), [(b"", b""), (bytes(31), bytes(64)), (bytes(32), bytes(63))]
)
def test_other_lengths_are_refused(public, signature):
    assert not verify_signature(public, b"", signature)
