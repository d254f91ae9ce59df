"""Says whether a document of Wellspring that holds counts: sections 5.4 and 8 of docs/specification.md.

A node remembers the key states of each issuer, and a mark for each feed and last key state.
"""

import wellspring_verify as verifier

SKEW = 300


def is_recovery(states, place):
    """Whether the recovery keys of the state before signed the state at this place (5.3)."""
    before = states[max(place - 1, 0)]
    if place == 0 or "recovery_keys" not in before:
        return False
    keys = set(map(verifier.public_key, before["recovery_keys"]))
    signers, _ = verifier.check_proofs(states[place])
    return verifier.is_met((keys, before["recovery_threshold"]), signers)


class Branches:
    """All key states that are known of one issuer: the one before each, and whether it recovers."""

    def __init__(self, known=None):
        self.before, self.recovers = known or ({}, {})

    def with_history(self, states):
        """These and the states of a history, as far as they are to be kept."""
        hashes, _ = verifier.check_history(states)
        joined = Branches((dict(self.before), dict(self.recovers)))
        for place, name in enumerate(hashes):
            joined.before[name] = hashes[place - 1] if place else None
            joined.recovers[name] = joined.recovers.get(name, False) or is_recovery(states, place)
        kept = {name for path in (joined.accepted, *joined.lost) for name in joined.path(path[-1])}
        return Branches(tuple({n: v for n, v in part.items() if n in kept} for part in (joined.before, joined.recovers)))

    def after(self, name):
        return sorted(other for other, before in self.before.items() if before == name)

    def path(self, name):
        return [*self.path(self.before[name]), name] if name else []

    def recoveries(self, name):
        """The recovery states at and after a state."""
        found = [name] if self.recovers[name] else []
        return found + [late for child in self.after(name) for late in self.recoveries(child)]

    def winner(self, children):
        """The child of a fork that wins; nothing at an end or where the fork is undecided."""
        recovering = [child for child in children if self.recoveries(child)]
        if len(children) == 1:
            return children[0]
        return recovering[0] if len(recovering) == 1 and self.recovers[recovering[0]] else None

    def judge(self):
        accepted, lost = self.path(self.after(None)[0]), []
        while children := self.after(accepted[-1]):
            way = self.winner(children)
            for child in set(children) - {way}:
                # Up to the earliest recovery state, or the child alone.
                ends = [self.path(late) for late in self.recoveries(child)] or [self.path(child)]
                lost.append(min(ends, key=lambda end: (len(end), end)))
            if way is None:
                break
            accepted.append(way)
        return accepted, lost, bool(children)

    accepted = property(lambda self: self.judge()[0])
    lost = property(lambda self: self.judge()[1])
    is_contested = property(lambda self: self.judge()[2])


class Node:
    def __init__(self):
        self.branches, self.marks = {}, {}

    def take(self, document, subject, now):
        """The answer to a document that holds: an outcome, and a code where there is one."""
        issuer, states = document["issuer"], document["key_history"]
        times = (document["issued_at"], states[-1]["issued_at"])
        if max(verifier.seconds(verifier.TIME, time) for time in times) > now + SKEW:
            return "refused", "accept.from-the-future"
        branches = self.branches.get(issuer, Branches()).with_history(states)
        hashes, _ = verifier.check_history(states)
        if hashes[-1] not in branches.before:
            return "refused", "accept.history-diverges"
        place = (issuer, document["type"], subject, hashes[-1])
        sequence, identity = document["sequence"], verifier.digest(document, "proof").hex()
        known_sequence, known = self.marks.get(place, (0, None))
        if sequence < known_sequence:
            return "refused", "accept.rolled-back"
        outcome = "new" if sequence > known_sequence else "known" if identity == known else "equivocation"
        self.marks[place] = (sequence, min(identity, known) if outcome == "equivocation" else identity)
        self.branches[issuer] = branches
        if hashes == branches.accepted:
            return outcome, None
        is_outdated = branches.accepted[:len(hashes)] == hashes
        return outcome, "accept.outdated-keys" if is_outdated else "accept.history-diverges"

    def stands(self, issuer, kind, subject):
        """The identity of the document at which a feed stands."""
        return self.marks.get((issuer, kind, subject, self.branches[issuer].accepted[-1]), (0, None))[1]
