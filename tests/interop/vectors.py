"""Runs the Python modules beside it against all of tests/vectors/, as a second implementation would
run its own: the verdict must agree always, the code wherever the index says so."""

import hashlib
import json
import pathlib
import sys

import rfc8785

import wellspring_accept as acceptor
import wellspring_forms as forms
import wellspring_parts as parter
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
    now = verifier.seconds(verifier.TIME, vector["now"])
    if isinstance(value, dict):
        signers, problems = verifier.check_proofs(value, now)
    else:
        signers, problems = set(), [code or "proof.not-an-object"]
    expected = {verifier.public_key(signer.removeprefix("did:key:")) for signer in vector["signers"]}
    holds = bool(signers) and not problems
    return (signers, problems, holds) == (expected, vector["problems"], vector["holds"])


def subject(document):
    """What a document is about (8.1)."""
    adopted_from = document.get("adopted_from", {})
    return document.get("server_name") or document.get("community") or adopted_from.get("source", "")


def acceptance(vector):
    """Every run of a scenario gives the answers that stand there, and ends in one state."""
    scenario = json.loads((FOLDER / vector["file"]).read_bytes())
    contents = {name: (FOLDER / file).read_bytes() for name, file in scenario["documents"].items()}
    documents = {name: verifier.read(data, LARGEST) for name, data in contents.items()}
    holds = all(verifier.verify(data) for data in contents.values())
    return holds and all(run_ends_well(run, documents, scenario["end"]) for run in scenario["runs"])


def run_ends_well(run, documents, end):
    node, last = acceptor.Node(), 0
    for step in run:
        now = verifier.seconds(verifier.TIME, step["now"])
        document, last = documents[step["document"]], max(last, now)
        code = step.get("code", step.get("aside"))
        if node.take(document, subject(document), now) != (step["outcome"], code):
            return False
    issuers = {
        issuer: {"accepted": branches.accepted, "contested": branches.is_contested}
        for issuer, branches in node.branches.items()
    }
    feeds = sorted({place[:3] for place in node.marks})
    stands = [(feed["issuer"], feed["kind"], feed["subject"]) for feed in end["feeds"]]
    return issuers == end["issuers"] and feeds == sorted(stands) and all(
        node.stands(*feed) == stand.get("identity") and is_expired(documents, stand, last)
        for feed, stand in zip(stands, end["feeds"])
    )


def is_expired(documents, stand, now):
    if "document" not in stand:
        return "expired" not in stand
    expires_at = verifier.seconds(verifier.TIME, documents[stand["document"]]["expires_at"])
    return (now >= expires_at) == stand["expired"]


def part(vector):
    reader = parter.view_records if vector["of"] == "wellspring.view.v1" else parter.entries
    found, code = refusal(reader, vector["reference"], content(vector))
    if not vector["holds"]:
        return agrees(code, vector)
    if "records" in vector:
        return len(found) == vector["records"]
    return [entry["hash"] for entry in found] == vector["documents"]


def made_part(vector):
    if "records" in vector:
        given = [(record["key"], record["record"]) for record in vector["records"]]
    else:
        keys = [f"{number}.example" for number in range(vector["count"])]
        text = "x" * vector["length"]
        given = [(key, {"server": {"server_name": key, "text": text}}) for key in keys]
    return parter.into_parts(given) == vector["parts"]


def canonical_form(vector):
    text = vector["text"].encode() if "text" in vector else bytes.fromhex(vector["hex"])
    value, code = refusal(verifier.read, text, LARGEST)
    if "code" in vector:
        return agrees(code, vector)
    form = rfc8785.dumps(value).decode() if code is None else None
    hashed = hashlib.sha256(vector["canonical"].encode()).hexdigest()
    return (form, hashed) == (vector["canonical"], vector["sha256"])


def timestamp(vector):
    return verifier.seconds(verifier.TIME, vector["text"]) == vector.get("unix")


def date(vector):
    # A date is what a timestamp begins with.
    midnight = vector["text"] + "T00:00:00Z"
    return (verifier.seconds(verifier.TIME, midnight) is not None) == vector["taken"]


def proof_time(vector):
    found = verifier.seconds(verifier.PROOF_TIME, vector["text"])
    return (found is not None) == vector["taken"]


def public_key(vector):
    found = verifier.public_key(vector["text"])
    return (found and found.hex()) == vector.get("bytes")


def issuer_id(vector):
    found = verifier.multibase(vector["text"], verifier.SHA2_256, 32)
    return (found and found.hex()) == vector.get("bytes")


def server_name(vector):
    return forms.server_name(vector["text"]) == vector.get("code")


def link(vector):
    return forms.link(vector["text"]) == vector.get("value")


SECTIONS = {
    "documents": document,
    "proofs": proof,
    "acceptance": acceptance,
    "parts": part,
    "made_parts": made_part,
    "canonical_forms": canonical_form,
    "server_names": server_name,
    "timestamps": timestamp,
    "dates": date,
    "proof_times": proof_time,
    "public_keys": public_key,
    "issuer_ids": issuer_id,
    "links": link,
}


def main():
    index = json.loads((FOLDER / "index.json").read_bytes())
    assert index.pop("format") == 1 and index.pop("about")
    assert index.keys() == SECTIONS.keys(), "a section that nobody checks"
    lines = pathlib.Path(verifier.__file__).read_text().count("\n")
    assert lines < 150, f"the verifier has {lines} lines, and is promised to be shorter than 150"
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
