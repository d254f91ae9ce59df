"""Runs wellspring_verify.py against all of tests/vectors/, as a second implementation would
run its own: the verdict must agree always, the code wherever the index says so."""

import hashlib
import json
import pathlib
import sys

import rfc8785

import wellspring_verify as verifier

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "vectors"
LARGEST = 16_000_000


def content(vector):
    """The bytes of a document: stored, or made by the rule that the index gives."""
    if "file" in vector:
        return (FOLDER / vector["file"]).read_bytes()
    parts = (
        content(part) if "file" in part
        else (part["text"] if "text" in part else part["repeat"] * part["times"]).encode()
        for part in vector["generate"]
    )
    return b"".join(parts)


def refusal(check, *arguments):
    """What the check gives, and the code for which it refuses."""
    try:
        return check(*arguments), None
    except verifier.Refused as refused:
        return None, str(refused)


def agrees(code, vector):
    return code is not None and (code == vector["code"] or not vector["determined"])


def document(vector):
    if vector.get("code") == "schema.bad-member":
        return None
    found, code = refusal(verifier.verify, content(vector), vector.get("as"))
    if not vector["holds"]:
        return agrees(code, vector)
    return found is not None and all(vector[name] == value for name, value in found.items())


def proof(vector):
    value, code = refusal(verifier.read, content(vector), LARGEST)
    now = verifier.seconds(verifier.TIMESTAMP, vector["now"])
    if isinstance(value, dict):
        signers, problems = verifier.check_proofs(value, now)
    else:
        signers, problems = set(), [code or "proof.not-an-object"]
    expected = {verifier.public_key(signer.removeprefix("did:key:")) for signer in vector["signers"]}
    holds = bool(signers) and not problems
    return (signers, problems, holds) == (expected, vector["problems"], vector["holds"])


def canonical_form(vector):
    text = vector["text"].encode() if "text" in vector else bytes.fromhex(vector["hex"])
    value, code = refusal(verifier.read, text, LARGEST)
    if "code" in vector:
        return agrees(code, vector)
    form = rfc8785.dumps(value).decode() if code is None else None
    hashed = hashlib.sha256(vector["canonical"].encode()).hexdigest()
    return (form, hashed) == (vector["canonical"], vector["sha256"])


def timestamp(vector):
    return verifier.seconds(verifier.TIMESTAMP, vector["text"]) == vector.get("unix")


def date(vector):
    # A date is what a timestamp begins with.
    midnight = vector["text"] + "T00:00:00Z"
    return (verifier.seconds(verifier.TIMESTAMP, midnight) is not None) == vector["taken"]


def proof_time(vector):
    found = verifier.seconds(verifier.PROOF_TIME, vector["text"])
    return (found is not None and found <= verifier.LAST_PROOF_TIME) == vector["taken"]


def public_key(vector):
    found = verifier.public_key(vector["text"])
    return (found and found.hex()) == vector.get("bytes")


def issuer_id(vector):
    found = verifier.multibase(vector["text"], verifier.SHA2_256, 32)
    return (found and found.hex()) == vector.get("bytes")


def server_name(_):
    """Server names stand in the members of the kinds only."""
    return None


SECTIONS = {
    "documents": document,
    "proofs": proof,
    "canonical_forms": canonical_form,
    "server_names": server_name,
    "timestamps": timestamp,
    "dates": date,
    "proof_times": proof_time,
    "public_keys": public_key,
    "issuer_ids": issuer_id,
}


def main():
    index = json.loads((FOLDER / "index.json").read_bytes())
    assert index.pop("format") == 1 and index.pop("about")
    assert index.keys() == SECTIONS.keys(), "a section that nobody checks"
    passed, failed, skipped = 0, 0, {}
    for section, check in SECTIONS.items():
        for vector in index[section]:
            verdict = check(vector)
            if verdict is None:
                skipped[section] = skipped.get(section, 0) + 1
            elif verdict:
                passed += 1
            else:
                failed += 1
                print(f"{section}: {json.dumps(vector, ensure_ascii=False)[:600]}")
    for section, number in skipped.items():
        print(f"skipped: {number} of {section}, which are about members of the kinds")
    print(f"vectors: {passed} passed, {failed} failed", flush=True)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
