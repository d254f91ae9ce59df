"""Documents of Wellspring read with nothing but the standards and a few small libraries:
Ed25519 from `cryptography`, RFC 8785 from `rfc8785`, base58 from `base58`.

It follows the texts, not our code: Data Integrity EdDSA Cryptosuites 1.0 section 3.3, and
docs/ for what a key history and an issuer id are.

WELLSPRING  the program
DOCUMENTS   a folder of documents that it signed (see documents.mjs)
"""

import hashlib
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

import base58
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519_MULTICODEC = b"\xed\x01"
SHA2_256_MULTIHASH = b"\x12\x20"
CONTEXT = "https://w3id.org/security/data-integrity/v2"


def without(mapping, member):
    return {name: value for name, value in mapping.items() if name != member}


def digest(value):
    return hashlib.sha256(rfc8785.dumps(value)).digest()


def message(document, proof):
    """What an `eddsa-jcs-2022` signature is over."""
    return digest(without(proof, "proofValue")) + digest(without(document, "proof"))


def signers(document):
    """The keys that signed the document; raises InvalidSignature where one did not."""
    proofs = document["proof"] if isinstance(document["proof"], list) else [document["proof"]]
    found = set()
    for proof in proofs:
        did, key = proof["verificationMethod"].split("#")
        assert did == f"did:key:{key}", proof["verificationMethod"]
        assert proof["type"] == "DataIntegrityProof" and proof["cryptosuite"] == "eddsa-jcs-2022"
        assert proof["proofPurpose"] == "assertionMethod"
        assert proof.get("@context") == document.get("@context")
        codec, public = split(base58.b58decode(key[1:]), 2)
        assert codec == ED25519_MULTICODEC, key
        signature = base58.b58decode(proof["proofValue"][1:])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message(document, proof))
        found.add(key)
    return found


def split(data, at):
    return data[:at], data[at:]


def hash_name(value):
    """The multibase multihash of a key state, which names issuers and previous states."""
    multihash = SHA2_256_MULTIHASH + digest(without(value, "proof"))
    return "z" + base58.b58encode(multihash).decode()


def sign(document, private):
    public = ED25519_MULTICODEC + private.public_key().public_bytes_raw()
    key = "z" + base58.b58encode(public).decode()
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-11-22T10:00:00Z",
        "verificationMethod": f"did:key:{key}#{key}",
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        proof["@context"] = document["@context"]
    signature = private.sign(message(document, proof))
    proof["proofValue"] = "z" + base58.b58encode(signature).decode()
    return {**document, "proof": proof}, f"did:key:{key}"


def wellspring(*arguments, stdin=None):
    return subprocess.run([os.environ["WELLSPRING"], *arguments], input=stdin, capture_output=True)


def inspect(document):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(json.dumps(document).encode())
        file.flush()
        return json.loads(wellspring("inspect", "proof", "--json", file.name).stdout)


class SecondOpinion(unittest.TestCase):
    def each_document(self, check):
        files = sorted(pathlib.Path(os.environ["DOCUMENTS"]).glob("*.json"))
        self.assertTrue(files, "no documents to read")
        for file in files:
            with self.subTest(file.name):
                check(file.read_bytes())

    def test_documents_are_signed_by_enough_of_their_issuers_keys(self):
        def check(content):
            document = json.loads(content)
            state = document["key_history"][-1]
            keys = signers(document) & set(state["signing_keys"])
            self.assertGreaterEqual(len(keys), state["threshold"])

        self.each_document(check)

    def test_key_histories_are_unbroken_and_name_the_issuer(self):
        def check(content):
            document = json.loads(content)
            history = document["key_history"]
            self.assertEqual(document["issuer"], hash_name(history[0]))
            for index, state in enumerate(history):
                self.assertEqual(state["version"], index + 1)
                keys = signers(state) & set(state["signing_keys"])
                self.assertGreaterEqual(len(keys), state["threshold"])
                if index > 0:
                    self.assertEqual(state["previous"], hash_name(history[index - 1]))

        self.each_document(check)

    def test_an_altered_document_does_not_hold(self):
        def check(content):
            document = json.loads(content)
            document["sequence"] += 1
            with self.assertRaises(InvalidSignature):
                signers(document)

        self.each_document(check)

    def test_documents_have_the_same_canonical_bytes(self):
        def check(content):
            answer = wellspring("inspect", "canonical", stdin=content)
            self.assertEqual(answer.stdout, rfc8785.dumps(json.loads(content)))

        self.each_document(check)

    def test_what_python_signs_holds(self):
        private = Ed25519PrivateKey.generate()
        body = {"name": "Grüße, 世界 🌍", "numbers": [1e21, 0.1, -0.0, 5e-324], "empty": {}}
        for document in [body, {"@context": CONTEXT, **body}, {"@context": [CONTEXT], **body}]:
            signed, did = sign(document, private)
            verdict = inspect(signed)
            self.assertEqual((verdict["holds"], verdict["signers"]), (True, [did]), verdict)
            signed["name"] += "!"
            self.assertFalse(inspect(signed)["holds"])

    def test_canonical_bytes_are_the_same(self):
        # A fixed seed: a failure must be the same for everybody.
        chance = random.Random(8785)
        doubles = (struct.unpack("<d", chance.randbytes(8))[0] for _ in range(5000))
        numbers = [number for number in doubles if abs(number) < float("inf")]
        small = [chance.randrange(-(10**17), 10**17) / 10 ** chance.randrange(0, 25) for _ in range(5000)]
        # Any assigned or unassigned character but surrogates and noncharacters.
        ranges = [(0x00, 0x7F), (0xA0, 0x2FF), (0xE000, 0xF8FF), (0x1F300, 0x1F6FF)]
        words = {
            "".join(chr(chance.randint(*chance.choice(ranges))) for _ in range(chance.randrange(6)))
            for _ in range(2000)
        }
        value = {"numbers": numbers + small, "words": dict.fromkeys(words, True)}
        for ascii_only in (True, False):
            text = json.dumps(value, ensure_ascii=ascii_only).encode()
            answer = wellspring("inspect", "canonical", stdin=text)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertEqual(answer.stdout, rfc8785.dumps(value))


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=0).result
    broken = [case for case, _ in result.failures + result.errors]
    failed = len({getattr(case, "test_case", case).id() for case in broken})
    print(f"python: {result.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(failed > 0)
