"""Parts of indexes and views (docs/specification.md, sections 7.5 and 9.8): what a reader checks, and how
records are put into parts."""

import hashlib

import rfc8785

from wellspring_verify import MAX_INTEGER, SHA2_256, KINDS, multibase, need, read
from wellspring_forms import link, server_name

MAX_PART, MAX_RECORD, MAX_PARTS = 1_000_000, 120_000, 4_096
HASH = frozenset("0123456789abcdef")


def bits(key):
    """The SHA-256 of a key, as digits."""
    return "".join(f"{byte:08b}" for byte in hashlib.sha256(key.encode()).digest())


def record_of(value):
    need(isinstance(value, dict) and len(value) == 1, "part.bad-record")
    return next(iter(value.items()))


def records(reference, data):
    """The records of the part that a manifest names."""
    need(len(data) == reference["size"], "part.wrong-size")
    need(hashlib.sha256(data).hexdigest() == reference["hash"], "part.wrong-hash")
    part = read(data, MAX_PART)
    found = part.get("records") if isinstance(part, dict) else None
    need(isinstance(found, list), "part.not-a-part")
    need(len(found) == reference["records"], "part.wrong-count")
    return found


def view_records(reference, data):
    found = records(reference, data)
    for record in found:
        record_of(record)
    return found


def entries(reference, data):
    """The documents that a part of an index names. What is not known is passed over."""
    found, last = [], None
    for record in records(reference, data):
        name, entry = record_of(record)
        kind = entry.get("type") if isinstance(entry, dict) else None
        if name != "document" or isinstance(kind, str) and kind not in KINDS:
            continue
        need(is_entry(entry), "part.bad-record")
        place = bits(f"{entry['issuer']} {kind} {entry['subject']}"), rfc8785.dumps(record)
        need(place[0].startswith(reference["prefix"]), "part.wrong-part")
        need(last is None or last < place, "part.wrong-order")
        last = place
        found.append(entry)
    return found


def is_entry(entry):
    if not isinstance(entry, dict) or type(entry.get("evidence", False)) is not bool:
        return False
    kind, subject = entry.get("type"), entry.get("subject")
    return (
        isinstance(kind, str)
        and isinstance(subject, str)
        and multibase(entry.get("issuer"), SHA2_256, 32) is not None
        and all(len(str(entry.get(name))) == 64 and HASH.issuperset(entry[name]) for name in ("identity", "hash"))
        and is_number(entry.get("size"), 0, KINDS[kind][0])
        and is_number(entry.get("key_version"), 1, 128)
        and is_number(entry.get("sequence"), 1, MAX_INTEGER)
        and is_subject(kind.split(".")[1], subject)
    )


def is_number(value, least, most):
    return type(value) is int and least <= value <= most


def is_subject(kind, subject):
    if kind == "profile":
        return server_name(subject) is None
    is_file = subject.startswith("file:") and not {"/", "\\"} & set(subject)
    is_source = kind == "endorsement-list" and (is_file or link(subject) is not None)
    return subject == "" and kind in ("endorsement-list", "observation-report") or is_source


def written(key, value):
    """A record as it stands in a part: abridged where it is too long."""
    form = rfc8785.dumps(value)
    if len(form) > MAX_RECORD:
        told = {"key": key, "sha256": hashlib.sha256(form).hexdigest(), "size": len(form)}
        form = rfc8785.dumps({"abridged": told})
    return bits(key), form


def into_parts(given):
    """The parts of these records, each a key and a value."""
    parts = []

    def split(prefix, lines):
        data = b'{"records":[' + b",".join(form for _, form in lines) + b"]}"
        if len(data) <= MAX_PART:
            name = dict(prefix=prefix, hash=hashlib.sha256(data).hexdigest(), size=len(data), records=len(lines))
            return parts.append(name) if lines else None
        assert len(prefix) < 64, "the records of one key do not fit into one part"
        for longer in (prefix + "0", prefix + "1"):
            split(longer, [line for line in lines if line[0].startswith(longer)])

    split("", sorted({written(key, value) for key, value in given}))
    assert len(parts) <= MAX_PARTS
    return parts
