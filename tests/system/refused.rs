//! What is refused or discounted, each for its own reason, while everything else stands.

use bytes::Bytes;
use wellspring_document::Verdict;
use wellspring_tests::{Home, Host, Person, endorse, entry, list, profile};

use crate::clock::{hours_later, now};
use crate::five_operators::{ALL_WELL, FIRST, Five};

/// A document with one byte of a text in it altered.
fn altered(document: &Bytes) -> Bytes {
    let text = std::str::from_utf8(document).unwrap();
    assert!(text.contains("The server at"));
    text.replacen("The server at", "The server in", 1).into()
}

#[test]
fn each_bad_document_is_refused_for_its_own_reason_and_the_rest_stands() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    assert_eq!(home.rank(now()).summary(), ALL_WELL);

    // One byte of alpha's new profile is altered on its way.
    let newer = five.operator("alpha.test").sign(&profile("alpha.test"), FIRST + 1, now());
    five.host("alpha.test").serve_profile(&altered(&newer));
    // The host of beta serves the profile of delta.
    let newer = five.operator("delta.test").sign(&profile("delta.test"), FIRST + 1, now());
    five.host("beta.test").serve_profile(&newer);
    // Delta goes back to a document that somebody kept.
    let older =
        five.operator("delta.test").sign(&profile("delta.test"), FIRST - 1, hours_later(-2));
    five.host("delta.test").serve_profile(&older);
    // Somebody else has epsilon now, under keys that Ben did not endorse.
    let heir = Person::new(99).sign(&profile("epsilon.test"), 1, now());
    five.host("epsilon.test").serve_profile(&heir);
    // Ben's new list expired before it arrived.
    let mut bens = five.bens_list();
    bens.entries.retain(|entry| entry.server_name.as_str() != "beta.test");
    let expired = five.ben.0.sign_until(&bens, FIRST + 1, hours_later(-1), hours_later(1));
    five.ben.1.serve_list(&expired);

    let later = hours_later(2);
    home.sync(later);
    let failure = |location: &str| home.failure(location);
    assert_eq!(failure("alpha.test").as_deref(), Some("proof.invalid-signature"));
    assert_eq!(failure("beta.test").as_deref(), Some("source.name-mismatch"));
    assert_eq!(failure("delta.test").as_deref(), Some("accept.rolled-back"));
    assert_eq!(failure("gamma.test"), None);
    // Neither of these is a bad document; what they say is discounted.
    assert_eq!(failure("epsilon.test"), None);
    assert_eq!(failure(&five.ben.1.url(Host::LIST)), None);

    // - alpha: Anna's 30.0 alone; the profile that was good still is.
    // - delta: the warning expired with the list.
    // - gamma: as before.
    // - beta: Anna's `list` alone, 50 × 0.25 = 12.5; Ben's new list no longer has it.
    // - epsilon: the keys are others than those that Ben listed, and his list expired.
    let view = home.rank(later);
    assert_eq!(
        view.summary(),
        "\
alpha.test 30.0 B: endorsement.endorsed 30.0 Anna, endorsement.expired 0.0 Ben
delta.test 30.0 B: endorsement.endorsed 30.0 Anna, warning.expired 0.0 Ben
gamma.test 15.0 B: endorsement.endorsed 15.0 Anna
beta.test 12.5 B: endorsement.listed 12.5 Anna
epsilon.test 0.0 C: endorsement.expired 0.0 Ben
"
    );
    for name in ["alpha.test", "beta.test", "delta.test"] {
        let server = view.server(name);
        assert_eq!(server.profile(), "confirmed");
        assert_eq!(server.json["profile"]["document"]["sequence"], FIRST, "{name}");
    }
}

#[test]
fn bad_documents_do_not_get_in_where_nothing_was_before() {
    let five = Five::new();
    let good = five.operator("alpha.test").sign(&profile("alpha.test"), FIRST, hours_later(-1));
    five.host("alpha.test").serve_profile(&altered(&good));
    five.host("beta.test").serve_profile(&good);
    let too_early = five.operator("delta.test").sign(&profile("delta.test"), 1, hours_later(1));
    five.host("delta.test").serve_profile(&too_early);
    five.host("gamma.test").serve_profile(&Bytes::from_static(b"{\"type\":"));
    five.host("epsilon.test").serve_profile(&five.ben.0.sign(&five.bens_list(), 1, now()));

    let home = Home::new(&five.config());
    home.sync(now());
    for (name, code) in [
        ("alpha.test", "proof.invalid-signature"),
        ("beta.test", "source.name-mismatch"),
        ("delta.test", "accept.from-the-future"),
        ("gamma.test", "json.truncated"),
        ("epsilon.test", "envelope.wrong-kind"),
    ] {
        assert_eq!(home.failure(name).as_deref(), Some(code), "{name}");
    }
    for server in home.rank(now()).servers() {
        assert_eq!(server.profile(), "none", "{}", server.name());
    }

    // Nothing is held against them once they serve what is good.
    for (name, (operator, host)) in &five.operators {
        host.serve_profile(&operator.sign(&profile(name), FIRST, hours_later(-1)));
    }
    home.sync(hours_later(1));
    assert_eq!(home.rank(hours_later(1)).summary(), ALL_WELL);
}

#[test]
fn an_endorsement_does_not_follow_the_name_to_another_owner() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());

    let heir = Person::new(99);
    five.host("alpha.test").serve_profile(&heir.sign(&profile("alpha.test"), 1, now()));
    let later = hours_later(2);
    home.sync(later);
    let alpha = home.rank(later).server("alpha.test");
    // Of what earns the same, the smaller issuer id comes first: Ben's.
    assert_eq!(
        alpha.reasons(),
        ["endorsement.keys-changed 0.0 Ben", "endorsement.keys-changed 0.0 Anna"]
    );
    assert_eq!(alpha.score(), 0.0);
    assert_eq!(alpha.category(), "C");
    assert_eq!(alpha.json["profile"]["owner"], heir.issuer().as_str());
    // The waiting period begins again with the first sight of the new keys.
    assert_eq!(alpha.json["waiting"]["since"], later.to_string());
    assert_eq!(alpha.json["waiting"]["is_over"], false);

    // Anna looks at it again and endorses the new owner: half a day old, so it still waits.
    let anew = list("Anna", [endorse("alpha.test", &heir, "2026-11-22")]);
    five.anna.1.serve_list(&five.anna.0.sign(&anew, FIRST + 1, later));
    home.sync(hours_later(3));
    let alpha = home.rank(hours_later(3)).server("alpha.test");
    assert_eq!(
        alpha.reasons(),
        ["endorsement.endorsed 30.0 Anna", "endorsement.keys-changed 0.0 Ben"]
    );
    assert_eq!(alpha.category(), "C");
    let over = home.rank(hours_later(30 * 24 - 2)).server("alpha.test");
    assert_eq!(over.json["waiting"]["is_over"], true);
}

#[test]
fn another_owner_waits_though_every_curator_has_dropped_the_old_keys() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    assert_eq!(home.rank(now()).server("alpha.test").json["waiting"]["is_over"], true);

    let heir = Person::new(99);
    five.host("alpha.test").serve_profile(&heir.sign(&profile("alpha.test"), 1, now()));
    let by_name = list("Anna", [entry("alpha.test", Verdict::Endorse, "2026-09-01")]);
    five.anna.1.serve_list(&five.anna.0.sign(&by_name, FIRST + 1, now()));
    five.ben.1.serve_list(&five.ben.0.sign(&list("Ben", []), FIRST + 1, now()));
    let later = hours_later(2);
    home.sync(later);
    let alpha = home.rank(later).server("alpha.test");
    assert_eq!(alpha.reasons(), ["endorsement.before-keys-changed 0.0 Anna"]);
    assert_eq!(alpha.json["waiting"]["is_restarted"], true);
    assert_eq!(alpha.json["waiting"]["since"], later.to_string());
    assert_eq!(alpha.category(), "C");
    // Nor does Anna's old word follow when the wait is over, but a new one counts.
    let later = hours_later(31 * 24);
    home.sync(later);
    let over = home.rank(later).server("alpha.test");
    assert_eq!((over.json["waiting"]["is_over"].clone(), over.category()), (true.into(), "C"));
    let anew = list("Anna", [entry("alpha.test", Verdict::Endorse, "2026-11-24")]);
    five.anna.1.serve_list(&five.anna.0.sign(&anew, FIRST + 2, later));
    let later = hours_later(31 * 24 + 2);
    home.sync(later);
    let over = home.rank(later).server("alpha.test");
    assert_eq!(over.reasons(), ["endorsement.endorsed 15.0 Anna"]);
    assert_eq!(over.category(), "B");
}

#[test]
fn a_new_key_of_the_same_owner_changes_nothing() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    let operator = five.operator("alpha.test").with_new_key(1, now());
    five.host("alpha.test").serve_profile(&operator.sign(&profile("alpha.test"), 1, now()));
    home.sync(hours_later(1));
    let view = home.rank(hours_later(1));
    assert_eq!(view.summary(), ALL_WELL);
    assert_eq!(view.server("alpha.test").json["profile"]["document"]["sequence"], 1);

    // What the old key signs no longer counts, however high its number.
    let thief = five.operator("alpha.test").sign(&profile("alpha.test"), 1_000, now());
    five.host("alpha.test").serve_profile(&thief);
    home.sync(hours_later(2));
    assert_eq!(home.failure("alpha.test").as_deref(), Some("accept.outdated-keys"));
    assert_eq!(home.rank(hours_later(2)).summary(), ALL_WELL);
}
