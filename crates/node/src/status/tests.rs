use super::*;

fn source(kind: SourceKind, outcome: SourceOutcome) -> SourceStatus {
    let location = "chat.example.org".to_owned();
    SourceStatus { outcome, ..SourceStatus::never_asked(SourceKey { kind, location }) }
}

#[test]
fn every_outcome_has_a_word_of_its_own_and_its_place() {
    let words: BTreeSet<_> = SourceOutcome::ALL.iter().map(|it| it.as_str()).collect();
    assert_eq!(words.len(), SourceOutcome::ALL.len());
    assert!(SourceOutcome::ALL.is_sorted(), "counts come in this order");
    let titles: BTreeSet<_> = SourceOutcome::ALL.iter().map(|it| it.title()).collect();
    assert_eq!(titles.len(), SourceOutcome::ALL.len());
}

#[test]
fn whatever_needs_attention_says_what_to_do() {
    let kinds = [
        SourceKind::WellKnown,
        SourceKind::ListUrl,
        SourceKind::AdoptedList,
        SourceKind::Directory,
        SourceKind::Mirror,
    ];
    for kind in kinds {
        for outcome in SourceOutcome::ALL {
            let source = source(kind, outcome);
            assert!(!source.explanation().is_empty());
            let advice = source.advice();
            assert!(advice.is_some() || !source.needs_attention(), "{kind:?} {outcome:?}");
        }
    }
}

#[test]
fn codes_of_all_parts_lead_to_outcomes_that_differ_by_what_can_be_done() {
    for (code, outcome) in [
        ("source.absent", "not-found"),
        ("source.gone", "gone"),
        ("source.name-mismatch", "name-mismatch"),
        ("source.unexpected-kind", "wrong-kind"),
        ("fetch.lookup", "unreachable-dns"),
        ("fetch.no-address", "unreachable-dns"),
        ("fetch.lookup-timeout", "unreachable-dns"),
        ("fetch.unreachable", "unreachable-refused"),
        ("fetch.connection-refused", "unreachable-refused"),
        ("fetch.silent", "unreachable-timeout"),
        ("fetch.deadline", "unreachable-timeout"),
        ("fetch.connect-timeout", "unreachable-timeout"),
        ("fetch.tls", "unreachable-tls"),
        ("fetch.tls-expired", "unreachable-tls"),
        ("fetch.broken", "unreachable-broken"),
        ("fetch.busy", "busy"),
        ("fetch.status", "wrong-answer"),
        ("fetch.too-many-redirects", "wrong-answer"),
        ("url.not-https", "blocked-url"),
        ("address.private", "blocked-address"),
        ("fetch.too-large", "too-large"),
        ("json.too-large", "too-large"),
        ("json.duplicate-member", "malformed"),
        ("schema.bad-member", "malformed"),
        ("envelope.lifetime-too-long", "malformed"),
        ("envelope.wrong-kind", "wrong-kind"),
        ("list.unknown-shape", "malformed"),
        ("proof.invalid-signature", "badly-signed"),
        ("history.below-threshold", "badly-signed"),
        ("accept.rolled-back", "rolled-back"),
        ("accept.outdated-keys", "outdated-keys"),
        ("accept.history-diverges", "other-keys"),
        ("accept.from-the-future", "from-the-future"),
        ("directory.unreadable", "unreadable"),
        ("directory.of-a-tree", "wrong-kind"),
        ("file.unreadable", "unreadable"),
        ("mirror.other-issuer", "other-issuer"),
        ("mirror.expired", "expired"),
        ("mirror.equivocating", "equivocating"),
        ("mirror.too-large", "too-large"),
        ("mirror.too-slow", "unreachable-timeout"),
        ("mirror.other-document", "inconsistent"),
        ("mirror.crowded", "inconsistent"),
        ("part.wrong-count", "inconsistent"),
        ("tree.wrong-hash", "inconsistent"),
        ("tree.absent", "inconsistent"),
        ("tree.no-index", "not-found"),
        ("tree.unreadable", "unreadable"),
        ("tree.too-large", "too-large"),
        ("adopt.not-signed", "own-fault"),
        ("store.corrupt-row", "own-fault"),
        ("something", "other"),
    ] {
        assert_eq!(SourceOutcome::of_code(code).as_str(), outcome, "{code}");
    }
}
