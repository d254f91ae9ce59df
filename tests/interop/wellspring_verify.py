"""Says whether a document holds, or the code of its refusal. Numbers: sections of docs/specification.md."""
import base58, cryptography.exceptions, datetime, hashlib, itertools, json, re, rfc8785, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
KINDS = {"wellspring.profile.v1": (256_000, 400), "wellspring.endorsement-list.v1": (8_000_000, 100),
         **{f"wellspring.{name}.v1": (16_000_000, 8) for name in ("observation-report", "index", "view")}}  # (6.2)
CONTEXT, ED25519, SHA2_256 = "https://w3id.org/security/data-integrity/v2", b"\xed\x01", b"\x12\x20"
MAX_INTEGER, P, L = 2**53 - 1, 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
SMALL_ORDER = {0, 1, P - 1, ORDER_8, P - ORDER_8}  # The y of all points of small order.
PROOF_TIME = r"\d{4}-\d\d-\d\dT([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
TIME = r"(?=19[7-9]|[2-9])(?=.{19}Z)" + PROOF_TIME

class Refused(Exception): pass
def need(condition, code):
    if not condition: raise Refused(code)

def members(pairs):  # Reading (2).
    need(len(dict(pairs)) == len(pairs), "json.duplicate-member")
    return dict(pairs)
def number(text):
    value = float(text)
    need(abs(value) <= MAX_INTEGER or not text.lstrip("-").isdigit(), "json.integer-too-large")
    need(abs(value) < float("inf"), "json.number-too-large")
    return int(value) if value.is_integer() and abs(value) <= MAX_INTEGER else value

def read(data, limit):
    need(len(data) <= limit, "json.too-large")
    need(not data.startswith(b"\xef\xbb\xbf"), "json.byte-order-mark")
    bare = re.sub(rb'"(?:[^"\\]|\\.)*"', b'"', data)
    need(max(itertools.accumulate((b in b"[{") - (b in b"]}") for b in bare), default=0) <= 64, "json.too-deep")
    need(len(re.findall(rb'["[{]|[^][{}",:\s]+', bare)) - bare.count(b":") <= 1_000_000, "json.too-many-values")
    try:
        value = json.loads(data.decode(), object_pairs_hook=members,
                           parse_int=number, parse_float=number, parse_constant=number)
    except ValueError as error:
        raise Refused("json.invalid-utf8" if isinstance(error, UnicodeDecodeError) else "json.syntax") from None
    points = set(map(ord, json.dumps(value, ensure_ascii=False)))
    need(points.isdisjoint(range(0xD800, 0xE000)), "json.lone-surrogate")
    need(all(p & 0xFFFE != 0xFFFE and not 0xFDD0 <= p <= 0xFDEF for p in points), "json.noncharacter")
    return value

def seconds(form, text):  # Since 1970; nothing where the text has another form.
    try:  # The calendar repeats after 400 years; Python's begins with the year 1.
        text = re.fullmatch(form, str(text), re.ASCII)[0]
        moment = datetime.datetime.fromisoformat(f"{2000 + int(text[:4]) % 400}{text[4:]}")
    except (TypeError, ValueError):
        return None
    return int(moment.timestamp() // 1) + (int(text[:4]) // 400 - 5) * 146_097 * 86_400

def multibase(text, prefix, length):  # The bytes behind the prefix; nothing where there are not so many.
    data = base58.b58decode(text[1:]) if re.fullmatch("z[1-9A-HJ-NP-Za-km-z]{0,100}", str(text)) else b""
    return data[len(prefix):] if data.startswith(prefix) and len(data) == len(prefix) + length else None
def to_multibase(data):
    return "z" + base58.b58encode(data).decode()

def public_key(text):
    key = multibase(text, ED25519, 32)
    y = int.from_bytes(key or b"", "little") % 2**255
    x_squared_is_square = pow(121666 * (y * y - 1) * (121666 - 121665 * y * y), (P - 1) // 2, P) in (0, 1)
    return key if key and y < P and x_squared_is_square and y not in SMALL_ORDER else None

def digest(value, without):  # Proofs (4).
    return hashlib.sha256(rfc8785.dumps({n: v for n, v in value.items() if n != without})).digest()

def check_proof(proof, signed, now):
    need(isinstance(proof, dict), "proof.malformed")
    need(proof.get("type") == "DataIntegrityProof", "proof.wrong-type")
    need(proof.get("cryptosuite") == "eddsa-jcs-2022", "proof.wrong-cryptosuite")
    need(proof.get("proofPurpose") == "assertionMethod", "proof.wrong-purpose")
    contexts = {rfc8785.dumps([v for n, v in value.items() if n == "@context"]) for value in (proof, signed)}
    need(len(contexts) == 1, "proof.context-mismatch")
    need("previousProof" not in proof, "proof.chained")
    times = [seconds(PROOF_TIME, proof[n]) for n in ("created", "expires") if n in proof]
    need(None not in times, "proof.bad-date")
    need("expires" not in proof or now is not None and times[-1] >= now, "proof.expired")
    name = str(method := proof.get("verificationMethod")).split("#")[-1]
    need(method == f"did:key:{name}#{name}", "proof.wrong-verification-method")
    need(key := public_key(name), "proof.refused-key")
    need(signature := multibase(proof.get("proofValue"), b"", 64), "proof.bad-proof-value")
    r, s = (int.from_bytes(half, "little") for half in (signature[:32], signature[32:]))
    need(s < L and r % 2**255 % P not in SMALL_ORDER, "proof.invalid-signature")
    Ed25519PublicKey.from_public_bytes(key).verify(signature, digest(proof, "proofValue") + digest(signed, "proof"))
    return key

def check_proofs(signed, now=None):  # The keys whose proofs hold, and the code of each other proof.
    proofs = found if isinstance(found := signed.get("proof", []), list) else [found]
    if not 1 <= len(proofs) <= 32: return set(), ["proof.too-many" if proofs else "proof.missing"]
    signers, problems = set(), []
    for proof in proofs:
        try:
            signers.add(check_proof(proof, signed, now))
        except (Refused, cryptography.exceptions.InvalidSignature) as problem:
            problems.append(str(problem) or "proof.invalid-signature")
    return signers, problems

def quorum(keys, threshold):  # Key histories (5).
    need(len(keys) <= 16, "history.malformed")
    need(1 <= threshold <= len(set(keys)), "history.bad-threshold")
    return set(map(public_key, keys)), threshold
def is_met(quorum, signers):  # The one place where signatures are counted: distinct keys (4.7).
    return quorum is not None and len(quorum[0] & signers) >= quorum[1]

def check_history(states):  # The hash of each state, and the signing keys of the last.
    need(1 <= len(states) <= 128, "history.too-long" if states else "history.empty")
    hashes, before = [None], None
    for version, state in enumerate(states, 1):
        need(isinstance(state, dict) and not {"type", "@context"} & state.keys(), "history.malformed")
        lists, numbers = [state.get("signing_keys")], [state.get("version"), state.get("threshold")]
        lists += [state[n] for n in ["recovery_keys"] if n in state]
        numbers += [state[n] for n in ["recovery_threshold"] if n in state]
        need(all(type(n) is int and 0 <= n < 2**32 for n in numbers) and isinstance(state.get("previous", ""), str)
             and all(isinstance(keys, list) and all(map(public_key, keys)) for keys in lists)
             and seconds(TIME, state.get("issued_at")) is not None, "history.malformed")
        need(state["version"] == version, "history.wrong-version")
        need(state.get("previous") == hashes[-1], "history.wrong-previous")
        signing, recovery = (*map(quorum, lists, numbers[1:]), None)[:2]
        need(len(lists) == len(numbers) - 1, "history.malformed")
        old_signing, old_recovery = before or (signing, recovery)
        recovered = is_met(old_recovery, signers := check_proofs(state)[0])
        need(is_met(signing, signers) and (recovered or is_met(old_signing, signers)), "history.below-threshold")
        need(recovered or recovery == old_recovery, "history.recovery-changed")
        before = signing, recovery
        hashes.append(to_multibase(SHA2_256 + digest(state, "proof")))
    return hashes[1:], signing

def verify(data, asked_for=None):  # Documents (6).
    document = read(data, KINDS[asked_for][0] if asked_for else 16_000_000)
    need(isinstance(document, dict), "envelope.not-an-object")
    kind, issuer, sequence = map(document.get, ("type", "issuer", "sequence"))
    need(isinstance(kind, str) and kind in KINDS, "envelope.unknown-type")
    need(asked_for in (None, kind), "envelope.wrong-kind")
    need(len(data) <= KINDS[kind][0], "json.too-large")
    need(document.get("@context", CONTEXT) == CONTEXT, "envelope.wrong-context")
    issued, expires = (seconds(TIME, document.get(n)) for n in ("issued_at", "expires_at"))
    need(multibase(issuer, SHA2_256, 32) and None not in (issued, expires), "envelope.bad-member")
    need(type(sequence) is int and 1 <= sequence <= MAX_INTEGER, "envelope.bad-member")
    need(issued < expires, "envelope.expires-before-issued")
    need(expires <= issued + KINDS[kind][1] * 86_400, "envelope.lifetime-too-long")
    need(isinstance(history := document.get("key_history"), list), "envelope.bad-member")
    hashes, signing = check_history(history)
    need(issuer == hashes[0], "envelope.wrong-issuer")
    signers, problems = check_proofs(document)
    need(is_met(signing, signers), "proof.below-threshold" if signers else "".join(problems[:1]))
    return dict(kind=kind, issuer=issuer, sequence=sequence, key_version=len(history),
                identity=digest(document, "proof").hex(),
                signers=[to_multibase(ED25519 + key) for key in sorted(signing[0] & signers)])

if __name__ == "__main__":
    print(json.dumps(verify(sys.stdin.buffer.read()), indent=2))
