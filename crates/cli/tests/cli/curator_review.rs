//! Going through the criteria, and what is recorded of it.

use crate::host::Host;
use crate::place::{NOW, Place, json, steady};

const PATH: &str = "/.well-known/wellspring/profile.json";

fn profile() -> String {
    let place = Place::new();
    place.run(&format!("operator init a.test --no-passphrase --now {NOW}")).yes();
    let profile = "server_name = 'a.test'\nabout.name.en = 'A'\noperator.country = 'DE'\n\
                   policies.rules = 'https://a.test/rules'\n";
    place.write("profile.toml", profile);
    place.run(&format!("operator sign --now {NOW}")).yes();
    place.read("profile.json")
}

fn review(place: &Place, more: &[&str]) -> crate::place::Run {
    let words = ["curator", "review", "a.test", "--config", "dev.toml", "--now", NOW];
    place.run_args(&[&words, more].concat())
}

#[test]
fn a_review_begins_with_what_is_known_and_records_what_was_decided() {
    let place = Place::with_list();
    let host = Host::start(&place, "a.test");
    host.serve(PATH, profile());
    let empty = place.read("endorsements.toml");
    insta::assert_snapshot!(review(&place, &[]).yes(), @r#"
    a.test is not on your list yet.
      identity.team  Is the team known: two or more people who can be found?
        the operator says  operator.country = "DE"
      identity.contacts  Are contacts published as the Matrix specification has them?
      intent.registration-defined  Is it clear how one gets an account?
      policies.rules  Are its rules for living together published?
        the operator says  policies.rules = "https://a.test/rules"
      policies.privacy  Is its privacy statement published?
      policies.moderation-contact  Is it said whom to tell about abuse?
      data-access.readers-stated  Is it said who can read what users write?
      finance.report-linked  Is the report of income and spending one link away from the home page, without a login?
      finance.months-covered  Is there money for long enough?
      operator.several-people  Can more than one person help when one is gone?
      portability.account-export  Can users take their account’s data with them?
      portability.shutdown-notice  Are users told in advance when it closes?

    Nothing was recorded. Decide with --verdict, --reason and --by, or on a terminal.
    "#);
    assert_eq!(place.read("endorsements.toml"), empty);

    let decided = review(
        &place,
        &[
            "--verdict",
            "endorse",
            "--by",
            "the board",
            "--reason",
            "Well run",
            "--met",
            "policies.rules",
            "--not-met",
            "finance.months-covered=No report yet",
            "--met",
            "ours=Met them",
        ],
    );
    insta::assert_snapshot!(steady(&decided.yes()), @"
    endorsements.toml: added a.test with the verdict endorse.
      Bound to the issuer ISSUER, who signs https://a.test/.well-known/wellspring/profile.json

    Next: when the list is as you want it, run
      wellspring curator sign
    ");
    review(
        &place,
        &[
            "--verdict",
            "list",
            "--by",
            "Ada",
            "--reason",
            "Quiet",
            "--met",
            "finance.months-covered",
        ],
    )
    .yes();
    let list = place.read("endorsements.toml");
    insta::assert_snapshot!(steady(list[list.find("\n[[entries]]").unwrap()..].trim()), @r#"
    [[entries]]
    server_name = "a.test"
    # 2026-11-22, the board: endorse: Well run
    # 2026-11-22, Ada: list (was endorse): Quiet
    verdict = "list"
    issuer = "ISSUER"
    reviewed_at = 2026-11-22
    criteria."policies.rules" = { met = true }
    criteria.ours = { met = true, note = { en = "Met them" } }
    criteria."finance.months-covered" = { met = true }
    reason.en = "Quiet"
    "#);

    // What was found is where the next review begins, and who decided is not published.
    let sheet = json(&review(&place, &["--json"]).yes());
    assert_eq!(sheet["criteria"][0]["criterion"], "ours");
    assert_eq!(sheet["criteria"][0]["found_before"]["note"]["en"], "Met them");
    assert_eq!(sheet["entry"]["verdict"], "list");
    place.run(&format!("curator sign --now {NOW}")).yes();
    let signed = place.read("endorsements.json");
    assert!(signed.contains("finance.months-covered") && !signed.contains("board"), "{signed}");

    // Comments stay when another command touches the entry.
    place.run(&format!("curator endorse a.test --no-fetch --now {NOW}")).yes();
    assert!(
        place.read("endorsements.toml").contains("# 2026-11-22, the board: endorse: Well run\n")
    );
}

#[test]
fn a_verdict_against_a_server_needs_its_grounds_here_as_well() {
    let place = Place::with_list();
    let review = |more: &[&str]| {
        let words = ["curator", "review", "a.example", "--no-fetch", "--now", NOW];
        place.run_args(&[&words, more].concat())
    };
    let against = ["--verdict", "warn", "--by", "us", "--reason", "Spam"];
    let mut answers = review(&against).no();
    let contact = ["--source", "https://us.example/r", "--objection", "a@us.example"];
    review(&[&against[..], &contact].concat()).yes();
    let list = place.read("endorsements.toml");
    assert!(list.contains("expires_at = 2027-05-21"), "{list}");
    answers.push_str(&review(&[&against[..], &["--met", "a", "--not-met", "a=b"]].concat()).no());
    for wrong in [
        &["--verdict", "warn"][..],
        &["--met", "policies.rules"],
        &["--verdict", "good", "--by", "us", "--reason", "x"],
        &["--verdict", "list", "--by", "us", "--reason", "x", "--met", "Not An Id"],
    ] {
        let refusal = review(wrong).unread();
        answers.push_str(refusal.lines().take(3).collect::<Vec<_>>().join("\n").trim());
        answers.push('\n');
    }
    insta::assert_snapshot!(answers, @"
    error: endorsements.toml was not changed, because it would be wrong: line 84, entries[0].source: is required with the verdict warn
    error: a cannot be met and not met; give it once
    error: the following required arguments were not provided:
      --by <WHO>
      --reason <TEXT>
    error: the following required arguments were not provided:
      --by <WHO>
      --reason <TEXT>
    error: invalid value 'good' for '--verdict <VERDICT>': must be endorse, list, warn or reject

    For more information, try '--help'.
    error: invalid value 'Not An Id' for '--met <ID[=NOTE]>': must be one or more labels with dots between them, as finance.report-public, of at most 100 characters

    For more information, try '--help'.
    ");
}
