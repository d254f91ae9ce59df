"""Says whether a document of Wellspring holds, who signed it, and if not, why not:

    python wellspring_verify.py < profile.json

The whole of docs/specification.md, whose sections the numbers are, but for the members of the
kinds (7, `schema.bad-member`) and the codes of texts that are no JSON (here all `json.syntax`).
"""

import datetime, hashlib, itertools, json, re, sys
import base58, cryptography.exceptions, rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# The largest size in bytes and the longest lifetime in days (6.2).
KINDS = {"wellspring.profile.v1": (256_000, 400), "wellspring.endorsement-list.v1": (8_000_000, 100),
         "wellspring.observation-report.v1": (16_000_000, 8)}
CONTEXT, ED25519, SHA2_256 = "https://w3id.org/security/data-integrity/v2", b"\xed\x01", b"\x12\x20"
MAX_INTEGER, LAST_PROOF_TIME = 2**53 - 1, 253_402_207_200  # The latter is 9999-12-30T22:00:00Z (4.3).


class Refused(Exception):
    """The code of the first broken rule."""


def need(condition, code):
    if not condition:
        raise Refused(code)


# --- Reading (2): the value that is verified is the value that is used ---


def members(pairs):
    need(len(dict(pairs)) == len(pairs), "json.duplicate-member")
    return dict(pairs)


def number(text):
    value = float(text)
    need(abs(value) <= MAX_INTEGER or not text.lstrip("-").isdigit(), "json.integer-too-large")
    need(abs(value) < float("inf"), "json.number-too-large")
    return int(value) if value.is_integer() and abs(value) <= MAX_INTEGER else value


def count(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count, inner))


def read(data, limit):
    need(len(data) <= limit, "json.too-large")
    need(not data.startswith(b"\xef\xbb\xbf"), "json.byte-order-mark")
    # Depth comes before anything that recurses. Brackets in strings do not count.
    brackets = re.findall(rb"[][{}]", re.sub(rb'"(?:[^"\\]|\\.)*"', b"", data))
    depths = itertools.accumulate(1 if bracket in b"[{" else -1 for bracket in brackets)
    need(max(depths, default=0) <= 64, "json.too-deep")
    # Python's reader takes NaN and Infinity, too; as numbers they are refused.
    hooks = dict.fromkeys(["parse_int", "parse_float", "parse_constant"], number)
    try:
        value = json.loads(data.decode(), object_pairs_hook=members, **hooks)
    except ValueError as error:
        raise Refused("json.invalid-utf8" if isinstance(error, UnicodeDecodeError) else "json.syntax") from None
    # The characters of all names and texts. Python's reader lets lone surrogates through.
    points = set(map(ord, json.dumps(value, ensure_ascii=False)))
    need(points.isdisjoint(range(0xD800, 0xE000)), "json.lone-surrogate")
    need(all(p & 0xFFFE != 0xFFFE and not 0xFDD0 <= p <= 0xFDEF for p in points), "json.noncharacter")
    need(count(value) <= 1_000_000, "json.too-many-values")
    return value


# --- Text forms (3) ---

DAY = r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):"
TIMESTAMP = r"(?=19[7-9]|[2-9])" + DAY + r"([0-5]\d)Z"
PROOF_TIME = DAY + r"([0-5]\d|60)(?:\.\d{1,9})?(?:Z|([+-])([01]\d|2[0-5]):([0-5]\d))"


def seconds(form, text):
    """Seconds since 1970; nothing where the text has another form or there is no such day."""
    match = re.fullmatch(form, str(text), re.ASCII)
    try:  # The calendar repeats after 400 years; Python's begins with the year 1.
        year, month, day, hour, minute, second = map(int, match.groups()[:6]) if match else [0] * 6
        days = datetime.date(2000 + year % 400, month, day).toordinal() + (year // 400 - 5) * 146_097
    except ValueError:
        return None
    sign, hours, minutes = match.groups()[6:] or (None, 0, 0)
    minute -= int(sign + "1") * (int(hours) * 60 + int(minutes)) if sign else 0
    return (((days - 719_163) * 24 + hour) * 60 + minute) * 60 + min(second, 59)


def multibase(text, prefix, length):
    """The bytes behind `prefix` in base58btc. The package by itself passes over white space."""
    data = base58.b58decode(text[1:]) if re.fullmatch("z[1-9A-HJ-NP-Za-km-z]{0,100}", str(text)) else b""
    return data[len(prefix):] if data.startswith(prefix) and len(data) == len(prefix) + length else None


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
SMALL_ORDER = {0, 1, P - 1, ORDER_8, P - ORDER_8}  # The y of all points of small order.


def public_key(text):
    """The 32 bytes of a Multikey; nothing where they are no key, or a weak one (3.4)."""
    key = multibase(text, ED25519, 32)
    y = int.from_bytes(key or b"", "little") % 2**255
    x_squared_is_square = pow((y * y - 1) * pow(D * y * y + 1, -1, P), (P - 1) // 2, P) in (0, 1)
    return key if key and y < P and x_squared_is_square and y not in SMALL_ORDER else None


# --- Proofs (4) ---


def digest(value, without):
    return hashlib.sha256(rfc8785.dumps({n: v for n, v in value.items() if n != without})).digest()


def check_proof(proof, signed, now):
    need(isinstance(proof, dict), "proof.malformed")
    need(proof.get("type") == "DataIntegrityProof", "proof.wrong-type")
    need(proof.get("cryptosuite") == "eddsa-jcs-2022", "proof.wrong-cryptosuite")
    need(proof.get("proofPurpose") == "assertionMethod", "proof.wrong-purpose")
    # Compared as bytes: to Python null is like absent, and true like 1.
    contexts = {rfc8785.dumps([v for n, v in value.items() if n == "@context"]) for value in (proof, signed)}
    need(len(contexts) == 1, "proof.context-mismatch")
    need("previousProof" not in proof, "proof.chained")
    times = [seconds(PROOF_TIME, proof[n]) for n in ("created", "expires") if n in proof]
    need(all(time is not None and time <= LAST_PROOF_TIME for time in times), "proof.bad-date")
    # No proof of a document may expire: the verdict must not change with the clock (4.4).
    need("expires" not in proof or now is not None and times[-1] >= now, "proof.expired")
    name = str(method := proof.get("verificationMethod")).split("#")[-1]
    need(method == f"did:key:{name}#{name}", "proof.wrong-verification-method")
    need(key := public_key(name), "proof.refused-key")
    need(signature := multibase(proof.get("proofValue"), b"", 64), "proof.bad-proof-value")
    # Strictly (4.5). The package checks the rest, and S as well, but takes an R of small order.
    r, s = (int.from_bytes(half, "little") for half in (signature[:32], signature[32:]))
    need(s < L and r % 2**255 % P not in SMALL_ORDER, "proof.invalid-signature")
    message = digest(proof, "proofValue") + digest(signed, "proof")
    Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    return key


def check_proofs(signed, now=None):
    """The keys that have a proof which holds, and the code of each proof that does not."""
    proofs = found if isinstance(found := signed.get("proof", []), list) else [found]
    if not 1 <= len(proofs) <= 32:
        return set(), ["proof.too-many" if proofs else "proof.missing"]
    signers, problems = set(), []
    for proof in proofs:
        try:
            signers.add(check_proof(proof, signed, now))
        except (Refused, cryptography.exceptions.InvalidSignature) as problem:
            problems.append(str(problem) or "proof.invalid-signature")
    return signers, problems


# --- Key histories (5) ---


def quorum(keys, threshold):
    need(len(keys) <= 16, "history.malformed")
    need(1 <= threshold <= len(set(keys)), "history.bad-threshold")
    return set(map(public_key, keys)), threshold


def is_met(quorum, signers):  # The one place where signatures are counted: distinct keys (4.7).
    return quorum is not None and len(quorum[0] & signers) >= quorum[1]


def check_history(states):
    """The issuer id, and the quorum of the last state."""
    need(1 <= len(states) <= 128, "history.too-long" if states else "history.empty")
    hashes, before = [None], None
    for version, state in enumerate(states, 1):
        need(isinstance(state, dict) and not {"type", "@context"} & state.keys(), "history.malformed")
        need({"version", "signing_keys", "threshold"} <= state.keys(), "history.malformed")
        numbers = [state[n] for n in ("version", "threshold", "recovery_threshold") if n in state]
        lists = [state[n] for n in ("signing_keys", "recovery_keys") if n in state]
        need(all(type(n) is int and 0 <= n < 2**32 for n in numbers)  # To Python true is an int.
             and all(isinstance(keys, list) and all(map(public_key, keys)) for keys in lists)
             and seconds(TIMESTAMP, state.get("issued_at")) is not None
             and isinstance(state.get("previous", ""), str), "history.malformed")
        need(state["version"] == version, "history.wrong-version")
        need(state.get("previous") == hashes[-1], "history.wrong-previous")
        signing, recovery = (*map(quorum, lists, numbers[1:]), None)[:2]
        need(len(lists) == len(numbers) - 1, "history.malformed")
        old_signing, old_recovery = before or (signing, recovery)
        signers, _ = check_proofs(state)
        recovered = is_met(old_recovery, signers)
        need(is_met(signing, signers) and (recovered or is_met(old_signing, signers)), "history.below-threshold")
        need(recovered or recovery == old_recovery, "history.recovery-changed")
        before = signing, recovery
        hashes.append("z" + base58.b58encode(SHA2_256 + digest(state, "proof")).decode())
    return hashes[1], signing


# --- Documents (6) ---


def verify(data, asked_for=None):
    """What a document says of itself and has proven; raises `Refused`."""
    document = read(data, KINDS[asked_for][0] if asked_for else 16_000_000)
    need(isinstance(document, dict), "envelope.not-an-object")
    kind, issuer, sequence = map(document.get, ("type", "issuer", "sequence"))
    need(isinstance(kind, str) and kind in KINDS, "envelope.unknown-type")
    need(asked_for in (None, kind), "envelope.wrong-kind")
    need(len(data) <= KINDS[kind][0], "json.too-large")
    need(document.get("@context", CONTEXT) == CONTEXT, "envelope.wrong-context")
    issued, expires = (seconds(TIMESTAMP, document.get(n)) for n in ("issued_at", "expires_at"))
    need(multibase(issuer, SHA2_256, 32) and None not in (issued, expires), "envelope.bad-member")
    need(type(sequence) is int and 1 <= sequence <= MAX_INTEGER, "envelope.bad-member")
    need(issued < expires, "envelope.expires-before-issued")
    need(expires <= issued + KINDS[kind][1] * 86_400, "envelope.lifetime-too-long")
    # Here a full verifier checks the members of the kind (7).
    need(isinstance(history := document.get("key_history"), list), "envelope.bad-member")
    actual, signing = check_history(history)
    need(issuer == actual, "envelope.wrong-issuer")
    signers, problems = check_proofs(document)
    need(is_met(signing, signers), "proof.below-threshold" if signers else "".join(problems[:1]))
    multikeys = ["z" + base58.b58encode(ED25519 + key).decode() for key in sorted(signing[0] & signers)]
    return {"kind": kind, "issuer": issuer, "sequence": sequence, "key_version": len(history),
            "signers": multikeys, "identity": digest(document, "proof").hex()}


if __name__ == "__main__":
    print(json.dumps(verify(sys.stdin.buffer.read()), indent=2))
