//! Signing again before the end, without anybody at a terminal.

use crate::place::{NOW, Place, Run, finish, json, steady};

/// A profile of 365 days from [`NOW`] on is due when a third of them is left.
const BEFORE_DUE: &str = "2027-07-23T17:00:00Z";
const DUE: &str = "2027-07-24T02:00:00Z";

fn renew(place: &Place, more: &str, now: &str) -> Run {
    place.run(&format!("operator renew {more} --now {now}"))
}

#[test]
fn what_is_not_due_is_left_alone() {
    let place = Place::with_profile("example.org");
    let signed = place.read("profile.json");
    insta::assert_snapshot!(renew(&place, "", BEFORE_DUE).yes(), @"profile.json counts until 2027-11-22T10:00:00Z; nothing to do before 2027-07-23T18:00:00Z.");
    let quiet = renew(&place, "--quiet", BEFORE_DUE);
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (Some(0), "", ""));
    let report = json(&renew(&place, "--json", BEFORE_DUE).yes());
    assert_eq!((&report["renewed"], &report["sequence"]), (&false.into(), &1.into()));
    renew(&place, "--within 5", DUE).yes();
    assert_eq!(place.read("profile.json"), signed);
}

#[test]
fn what_is_due_is_signed_again_for_as_long_as_before() {
    let place = Place::with_profile("example.org");
    let run = renew(&place, "--quiet", DUE);
    assert_eq!(run.err, "");
    insta::assert_snapshot!(run.yes(), @"
    Renewed profile.json: number 2, until 2028-07-23T02:00:00Z.
      It says what it said before. Upload it, unless it is served from here.
    ");
    place.run(&format!("verify profile.json --now {DUE}")).yes();
    assert!(renew(&place, "", DUE).yes().contains("nothing to do before"));
    let report = json(&renew(&place, "--within 400 --json", DUE).yes());
    assert_eq!((&report["renewed"], &report["sequence"]), (&true.into(), &3.into()));
    // One that has expired already is renewed all the same.
    assert!(renew(&place, "", "2029-01-01T00:00:00Z").yes().contains("number 4"));
}

#[test]
fn a_timer_gets_the_passphrase_from_a_file_or_the_variable_and_waits_for_nobody() {
    let place = Place::new();
    place.write("passphrase", "correct horse\n");
    place.run(&format!("operator init example.org --passphrase-file passphrase --now {NOW}")).yes();
    place.run(&format!("operator sign --passphrase-file passphrase --now {NOW}")).yes();
    insta::assert_snapshot!(renew(&place, "--quiet", DUE).unread(), @"error: operator-key.pem asks for its passphrase, and there is no terminal to ask on; use --passphrase-file or WELLSPRING_PASSPHRASE");
    // Where nothing is due, nobody has to open the key.
    renew(&place, "--quiet", BEFORE_DUE).yes();
    let with_variable = || {
        let words = ["operator", "renew", "--now", DUE];
        finish(place.command(words).env("WELLSPRING_PASSPHRASE", "correct horse"))
    };
    assert!(with_variable().yes().contains("number 2"));
    let from_file = renew(&place, "--passphrase-file passphrase", "2029-01-01T00:00:00Z");
    assert!(from_file.yes().contains("number 3"));
}

#[test]
fn edits_wait_for_somebody_who_signs_them() {
    let place = Place::with_profile("example.org");
    let edited =
        place.read("profile.toml").replace("[registration]", "[registration]\nmode = \"open\"");
    place.write("profile.toml", &edited);
    let run = renew(&place, "", DUE);
    insta::assert_snapshot!(run.err, @"warning: profile.toml says something else than profile.json, which was renewed as it was signed; sign to publish the edits");
    run.yes();
    assert!(!place.read("profile.json").contains("registration"));
    // Half an edit stops nobody either.
    place.write("profile.toml", "server_name = ");
    let run = renew(&place, "", "2029-01-01T00:00:00Z");
    assert!(run.err.contains("says something else"), "{run:?}");
    run.yes();
}

#[test]
fn what_cannot_be_renewed_is_refused_and_stays() {
    let place = Place::with_profile("example.org");
    let signed = place.read("profile.json");
    place.write("profile.json", signed.replacen("\"sequence\":1", "\"sequence\":2", 1));
    let mut answers = renew(&place, "", DUE).no();
    place.write("profile.json", Place::with_profile("example.org").read("profile.json"));
    answers.push_str(&renew(&place, "", DUE).no());
    std::fs::remove_file(place.path("profile.json")).unwrap();
    answers.push_str(&renew(&place, "", DUE).unread());
    place.write("profile.json", &signed);
    std::fs::remove_file(place.path("operator-key-history.json")).unwrap();
    answers.push_str(&renew(&place, "", DUE).unread());
    insta::assert_snapshot!(steady(&answers), @"
    error: profile.json is not renewed, because it does not hold: proof: the signature does not fit the document: one of them was altered, or another key signed
    error: profile.json is not renewed, because another issuer signed it than the one whose key is beside it; sign it once yourself
    error: profile.json is not there, so there is nothing to renew; sign first
    error: operator-key-history.json could not be read: there is no such file or folder; check the path
    ");
    assert_eq!(place.read("profile.json"), signed);
}

#[test]
fn lists_are_renewed_the_same_way() {
    let place = Place::with_list();
    place.run(&format!("curator list a.example --no-fetch --now {NOW}")).yes();
    place.run(&format!("curator sign --now {NOW}")).yes();
    let due = "2027-01-22T00:00:00Z";
    insta::assert_snapshot!(place.run(&format!("curator renew --now {due}")).yes(), @"
    Renewed endorsements.json: number 2, until 2027-04-22T00:00:00Z.
      It says what it said before. Upload it, unless it is served from here.
    ");
    let held = json(&place.run("curator show --json").yes());
    assert_eq!(held["entries"][0]["reviewed_at"], "2026-11-22");
}

#[test]
fn a_timer_is_ready_to_be_taken() {
    let place = Place::new();
    place.write("passphrase", "correct horse");
    let dir = "my profile, 100%";
    place
        .run_args(&[
            "operator",
            "init",
            "example.org",
            "--dir",
            dir,
            "--passphrase-file",
            "passphrase",
        ])
        .yes();
    let print = |more: &[&str]| {
        let mut words = vec!["operator", "renew", "--print-timer", "--dir", dir];
        words.extend(more);
        let printed = place.run_args(&words).yes();
        let here = place.path("").canonicalize().unwrap();
        let printed = printed.replace(here.to_str().unwrap().trim_end_matches('/'), "/HERE");
        let user = printed.lines().find(|line| line.starts_with("User=")).unwrap().to_owned();
        assert!(user["User=".len()..].parse::<u32>().is_ok(), "{user}");
        printed
            .replace(env!("CARGO_BIN_EXE_wellspring"), "/bin/wellspring")
            .replace(&user, "User=N")
    };
    insta::assert_snapshot!(print(&["--within", "30"]), @r#"
    # Every day; nothing happens until profile.json is due. Take one of both.
    # The passphrase of the key has to be in /HERE/my profile, 100%/operator-passphrase,
    # a file that nobody else can read (chmod 600).
    # If profile.json is not served from its folder, let an upload follow:
    # "&& COMMAND" behind the line of cron, ExecStartPost=COMMAND in the service.

    # Cron: a line for `crontab -e` of the owner of the key.
    23 4 * * * /bin/wellspring operator renew --quiet --dir '/HERE/my profile, 100\%' --passphrase-file '/HERE/my profile, 100\%/operator-passphrase' --within 30

    # systemd: /etc/systemd/system/wellspring-operator-renew.service
    [Unit]
    Description=Renew profile.json before it expires

    [Service]
    Type=oneshot
    # The owner of the key.
    User=N
    ExecStart=/bin/wellspring operator renew --quiet --dir "/HERE/my profile, 100%%" --passphrase-file "/HERE/my profile, 100%%/operator-passphrase" --within 30

    # systemd: /etc/systemd/system/wellspring-operator-renew.timer, then
    # systemctl enable --now wellspring-operator-renew.timer
    [Unit]
    Description=Renew profile.json before it expires

    [Timer]
    OnCalendar=daily
    RandomizedDelaySec=6h
    Persistent=true

    [Install]
    WantedBy=timers.target
    "#);
    let named = print(&["--passphrase-file", "passphrase"]);
    assert!(named.contains(" --passphrase-file /HERE/passphrase\n"), "{named}");
    assert!(!named.contains("chmod"), "{named}");

    // The line does what it says, as the shell of cron sees it.
    let line = named.lines().find_map(|line| line.strip_prefix("23 4 * * * ")).unwrap();
    let line =
        line.replace(r"\%", "%").replace("/bin/wellspring", env!("CARGO_BIN_EXE_wellspring"));
    let line = line.replace(
        "/HERE",
        place.path("").canonicalize().unwrap().to_str().unwrap().trim_end_matches('/'),
    );
    let shell = |line: &str| std::process::Command::new("sh").args(["-c", line]).output().unwrap();
    assert_eq!(shell(&line).status.code(), Some(2), "nothing is signed yet");
    place.run_args(&["operator", "sign", "--dir", dir, "--passphrase-file", "passphrase"]).yes();
    let run = shell(&line);
    assert_eq!((run.status.code(), run.stdout.as_slice()), (Some(0), &b""[..]), "{run:?}");

    let line = place.run("operator renew --print-timer --dir absent").unread();
    assert!(line.contains("operator-key.pem could not be read"), "{line}");
}
