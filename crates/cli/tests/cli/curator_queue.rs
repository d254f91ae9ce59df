//! What waits for a curator.

use wellspring_document::{ObservationReport, SigningKey, authoring};
use wellspring_node::Issuer;

use crate::place::{NOW, Place, json, steady};

/// A profile of `server_name` that applies to `curator`.
fn applicant(server_name: &str, curator: &str, more: &str) -> String {
    let place = Place::new();
    place.run(&format!("operator init {server_name} --no-passphrase --now {NOW}")).yes();
    let profile = format!(
        "server_name = '{server_name}'\nabout.name.en = 'A'\n{more}\n\
         [[applies_to]]\nissuer = '{curator}'\nmessage.en = '''Please\nlook at us.'''\n"
    );
    place.write("profile.toml", profile);
    place.run(&format!("operator sign --now {NOW}")).yes();
    place.read("profile.json")
}

/// A report by an observer of its own, who found that nobody can register at `server_name`.
fn report(server_name: &str) -> (String, Vec<u8>) {
    let now = NOW.parse().unwrap();
    let observer = Issuer::start(SigningKey::from_seed([9; 32]), now).unwrap();
    let report: ObservationReport = authoring::read(&format!(
        "observer.name.en = 'Observer'\n[[entries]]\nserver_name = '{server_name}'\n\
         observed_at = 2026-11-22T09:00:00Z\nregistration = 'closed'\n"
    ))
    .unwrap();
    let signed = observer.sign(&report, 1, now, 8).unwrap();
    (observer.history().issuer().to_string(), signed.bytes().to_vec())
}

fn issuer(place: &Place) -> String {
    let shown = json(&place.run("key show --json curator-key-history.json").yes());
    shown["issuer"].as_str().unwrap().to_owned()
}

#[test]
fn verdicts_that_end_are_shown_without_a_node() {
    let place = Place::with_list();
    for words in [
        "endorse lasting.example --no-fetch",
        "endorse soon.example --no-fetch --expires 2026-12-21",
        "endorse later.example --no-fetch --expires 2026-12-23",
        "list over.example --no-fetch --reviewed 2026-10-01 --expires 2026-11-22",
    ] {
        place.run(&format!("curator {words} --now {NOW}")).yes();
    }
    insta::assert_snapshot!(place.run(&format!("curator queue --now {NOW}")).yes(), @r#"
    0 applications, 2 ending verdicts, 0 contradictions.
      ends        over.example: list until 2026-11-22, is over
      ends        soon.example: endorse until 2026-12-21, in 28 days

    Only your own list was looked at; --config FILE of a node shows applications and
    contradictions that it knows of.

    Next: look at one of them, then run
      wellspring curator endorse over.example --reason "Why"
    "#);
    let queue = json(&place.run(&format!("curator queue --json --within 40 --now {NOW}")).yes());
    assert_eq!(queue["node_was_asked"], false);
    assert_eq!(queue["ending"].as_array().unwrap().len(), 3);
    assert_eq!(queue["ending"][0]["days_left"], -1);
}

#[test]
fn applications_and_contradictions_are_those_that_a_node_knows() {
    let place = Place::with_list();
    let us = issuer(&place);
    std::fs::create_dir(place.path("documents")).unwrap();
    let put = |name: &str, profile: &str| place.write(&format!("documents/{name}"), profile);
    let open = applicant("open.example", &us, "registration.mode = 'open'");
    put("open.json", &open);
    put("stranger.json", &applicant("stranger.example", &us, ""));
    put("reviewed.json", &applicant("reviewed.example", &us, ""));
    put("shy.json", &applicant("shy.example", &us, "about.listing = 'unlisted'"));
    let other = issuer(&Place::with_list());
    put("other.json", &applicant("other.example", &other, ""));
    let (observer, report) = report("open.example");
    place.write("documents/report.json", report);

    // Copied is not reviewed; a binding confirms whose profile it is.
    place.write("list.json", r#"[{"name": "open.example", "open": true}]"#);
    place
        .run(&format!("curator import list.json --imported-from https://l.example/ --now {NOW}"))
        .yes();
    place.run(&format!("curator list reviewed.example --no-fetch --now {NOW}")).yes();
    let binding = Place::with_list();
    binding.write("open.json", &open);
    binding.run(&format!("curator endorse open.example --profile open.json --now {NOW}")).yes();
    binding.run(&format!("curator sign --now {NOW}")).yes();
    put("list.json", &binding.read("endorsements.json"));
    place.write(
        "node.toml",
        format!(
            "[node]\ndata_dir = 'node'\n[sync]\nsources = 'configured'\n\
             [[directory]]\npath = 'documents'\n\
             [[community]]\nid = 'a'\nname.en = 'A'\n[community.policy]\nobservers = ['{observer}']\n\
             [[community.policy.curators]]\nissuer = '{}'\ntrust = 1.0\n",
            issuer(&binding)
        ),
    );
    let queue = |more: &str| place.run(&format!("curator queue {more} --now {NOW}"));
    insta::assert_snapshot!(queue("--config node.toml").unread(), @"error: there is no node in node yet; `wellspring sync` with the same options makes one and reads its sources");
    place.run(&format!("sync --config node.toml --now {NOW}")).yes();
    insta::assert_snapshot!(queue("--config node.toml").yes(), @r#"
    2 applications, 0 ending verdicts, 1 contradiction.
      applies     open.example; copied with the verdict list: Please look at us.
      applies     stranger.example, by a profile that nothing confirms as its own: Please look at us.
      differs     open.example: The operator says that registration is open; 1 of 1 observer found it closed.

    Next: look at one of them, then run
      wellspring curator endorse open.example --reason "Why"
    "#);
    let report = json(&queue("--config node.toml --json").yes());
    assert_eq!(report["applications"][0]["message"], "Please\nlook at us.");
    assert_eq!(report["applications"][0]["imported_verdict"], "list");
    let report = json(&queue(&format!("--config node.toml --json --issuer {other}")).yes());
    assert_eq!(report["applications"][0]["server_name"], "other.example");

    std::fs::remove_file(place.path("curator-key-history.json")).unwrap();
    let mut answers = queue("--config node.toml").unread();
    answers.push_str(&queue("--data-dir node").unread());
    insta::assert_snapshot!(steady(&answers), @"
    error: curator-key-history.json could not be read: there is no such file or folder; check the path
    error: --data-dir alone says nothing of a node; give its --config as well
    ");
}
