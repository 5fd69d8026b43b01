"""A certificate of disposal, checked as somebody outside does it: another library, the published key, no installation."""

import base64
import hashlib
import json

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from support.processes import BINARY, run

KEYS = "/.well-known/throughline-signing-keys.json"


def published(base):
    """The key that the installation tells everybody: its name, its bytes, and the document."""
    answer = httpx.get(base + KEYS, timeout=60)
    assert answer.status_code == 200, answer.text
    (key,) = answer.json()["keys"]
    raw = base64.urlsafe_b64decode(key["x"] + "=")
    assert (key["kty"], key["crv"], len(raw), key["hex"]) == ("OKP", "Ed25519", 32, raw.hex())
    assert key["kid"] == hashlib.sha256(raw).hexdigest()[:16]
    return key["kid"], raw, answer.text


def check(base, text, folder):
    """The certificate holds, by an outside library and by ours; with a byte changed it does not."""
    name, raw, document = published(base)
    signed, rest = text.split("signature ed25519 ", 1)
    digits, named = rest.splitlines()
    assert named == f"signing-key {name}"
    public = Ed25519PublicKey.from_public_bytes(raw)
    public.verify(bytes.fromhex(digits), signed.encode())
    for index in range(0, len(signed), 7):
        changed = bytearray(signed.encode())
        changed[index] ^= 1
        with pytest.raises(InvalidSignature):
            public.verify(bytes.fromhex(digits), bytes(changed))

    keys = folder / "keys.json"
    keys.write_text(document, "utf-8")
    for key in (raw.hex(), str(keys)):
        told = verify(text, key, folder)
        assert told["valid"] and told["key"] == name and told["certificate"] == signed, told
    reason = text.replace("reason request", "reason mistake")
    assert reason != text
    for changed in (reason, text[:-1], text + "\n", text.replace(name, name[::-1])):
        assert not verify(changed, raw.hex(), folder, check=False)["valid"]
    assert not verify(text, "00" * 31 + "01", folder, check=False)["valid"]


def verify(text, key, folder, check=True):
    file = folder / "certificate.txt"
    file.write_bytes(text.encode())
    answer = run(BINARY, "certificate", "verify", str(file), "--key", key, "--json", check=check)
    assert check or answer.returncode == 1, answer
    return json.loads(answer.stdout)
