//! What somebody who signs with others is shown, and what happens while they are asked.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::host::Host;
use crate::place::{Place, json, steady};
use crate::together::{LATER, pass, two_operators, unordered};

/// Runs the program at a terminal, does something while it asks, and then says yes, and yes again. Nothing
/// where the program `script` is not here.
fn meanwhile(place: &Place, words: &str, question: &str, act: impl FnOnce()) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_wellspring");
    let mut script = Command::new("script");
    script.args(["-qec", &format!("'{program}' {words}"), "/dev/null"]);
    script.current_dir(place.path("")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = script.spawn() else {
        println!("skipped: the program `script` is not here");
        return None;
    };
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !String::from_utf8_lossy(&said).contains(question) {
        assert_ne!(output.read(&mut byte).unwrap(), 0, "{}", String::from_utf8_lossy(&said));
        said.extend(byte);
    }
    act();
    input.write_all(b"yes\nyes\n").unwrap();
    output.read_to_end(&mut said).unwrap();
    child.wait().unwrap();
    Some(String::from_utf8_lossy(&said).into_owned())
}

/// A draft of a profile as `ann` begins it, which she then forgets.
fn begun(ann: &Place, more: &str) -> String {
    ann.run(&format!("operator sign {more}")).waiting();
    let draft = ann.read("profile.draft.json");
    fs::remove_file(ann.path("profile.draft.json")).unwrap();
    draft
}

/// What the program says at last to somebody who says yes to offered.json, while somebody
/// else signs meanwhile.json in the same folder.
fn overtaken(ben: &Place, now: &str) -> Option<String> {
    let words = format!("operator cosign offered.json --now {now}");
    let said = meanwhile(ben, &words, "Sign this?", || {
        ben.run(&format!("operator cosign meanwhile.json --yes --now {now}")).yes();
    })?;
    Some(reason(&said))
}

/// The last line that was said, without the colours of a terminal before it.
fn reason(said: &str) -> String {
    let last = said.trim().lines().last().unwrap();
    steady(last.split_once("error:\u{1b}[0m ").map_or(last, |(_, reason)| reason))
}

#[test]
fn nothing_is_signed_that_was_overtaken_during_the_question() {
    let (ann, ben) = two_operators();
    let day = "2026-12-02T10:00:00Z";
    ben.write("offered.json", begun(&ann, &format!("--sequence 2 --now {LATER}")));
    ben.write("meanwhile.json", begun(&ann, &format!("--sequence 2 --now {day}")));
    let Some(same) = overtaken(&ben, day) else { return };
    insta::assert_snapshot!(same, @"offered.json was not signed: another document with the number 2 is signed already; two of one number contradict each other in public");
    let sequence = || serde_json::from_str::<Value>(&ben.read("profile.json")).unwrap();
    assert_eq!(sequence()["issued_at"], day);

    ben.write("offered.json", begun(&ann, &format!("--sequence 6 --now {day}")));
    ben.write("meanwhile.json", begun(&ann, &format!("--sequence 9 --now {day}")));
    insta::assert_snapshot!(overtaken(&ben, day).unwrap(), @"offered.json was not signed: sequence 6 is older than sequence 9, which is known");
    assert_eq!(sequence()["sequence"], 9);

    // It could be signed, but what was shown beside it is not what is there now.
    ben.write("offered.json", begun(&ann, &format!("--sequence 12 --now {day}")));
    ben.write("meanwhile.json", begun(&ann, &format!("--sequence 11 --now {day}")));
    insta::assert_snapshot!(overtaken(&ben, day).unwrap(), @"offered.json was not signed: what it is compared with changed while you were asked; run the command again and look at what it says then");
    assert_eq!(sequence()["sequence"], 11);

    // With the keys of before.
    let rotated = |name: &str| {
        ann.run(&format!("key rotate --no-passphrase --now {day}")).waiting();
        ben.write(name, ann.read("operator-key-history.draft.json"));
        fs::remove_file(ann.path("operator-key-history.draft.json")).unwrap();
    };
    ben.write("offered.json", begun(&ann, &format!("--sequence 13 --now {day}")));
    rotated("meanwhile.json");
    let words = format!("operator cosign offered.json --now {day}");
    let said = meanwhile(&ben, &words, "Sign this?", || {
        ben.run(&format!("operator cosign meanwhile.json --yes --now {day}")).waiting();
    });
    insta::assert_snapshot!(reason(&said.unwrap()), @"offered.json was not signed: signed under key version 1, but the issuer has moved on to version 2; the document must be signed again");
}

#[test]
fn nobody_contests_their_issuer_during_the_question() {
    let (ann, ben) = two_operators();
    for name in ["offered.json", "meanwhile.json"] {
        ann.run("key rotate --no-passphrase").waiting();
        ben.write(name, ann.read("operator-key-history.draft.json"));
        fs::remove_file(ann.path("operator-key-history.draft.json")).unwrap();
    }
    fs::remove_file(ben.path("profile.json")).unwrap();
    let said = meanwhile(&ben, "operator cosign offered.json", "Sign this?", || {
        ben.run("operator cosign meanwhile.json --yes").yes();
    });
    let Some(said) = said else { return };
    insta::assert_snapshot!(reason(&said), @"offered.json was not signed: it follows state 1, and the key history in this folder goes on to state 2: two states in one place would contest the issuer");
    let keys = |name: &str| {
        let states: Value = serde_json::from_str(&ben.read(name)).unwrap();
        states[1]["signing_keys"].clone()
    };
    assert_eq!(keys("operator-key-history.json"), keys("meanwhile.json"));
    assert!(!ben.path("operator-key-history.draft.json").exists());
}

/// A passphrase is asked for before the folder is locked.
#[test]
fn keys_that_changed_during_a_question_are_not_changed_again() {
    let place = Place::with_profile("example.org");
    let said = meanwhile(&place, "key rotate", "assphrase", || {
        place.run("operator sign").yes();
        place.run("key rotate --no-passphrase").yes();
    });
    let Some(said) = said else { return };
    insta::assert_snapshot!(reason(&said), @r##"the keys were not changed: another program changed them while you were asked; run the command again"##);
    let states: Value = serde_json::from_str(&place.read("operator-key-history.json")).unwrap();
    assert_eq!(states.as_array().unwrap().len(), 2);
}

#[test]
fn programs_that_sign_at_once_take_numbers_of_their_own() {
    let place = Place::with_profile("example.org");
    let at_once = |words: &str| {
        let start = || {
            let mut command = place.command(words.split_whitespace());
            command.stdout(Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<_> = std::iter::repeat_with(start).take(6).collect();
        let mut numbers: Vec<_> = children
            .into_iter()
            .map(|child| {
                let said = child.wait_with_output().unwrap().stdout;
                json(&String::from_utf8(said).unwrap())["sequence"].as_u64().unwrap()
            })
            .collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(at_once(&format!("operator sign --json --now {LATER}")), [2, 3, 4, 5, 6, 7]);
    // What one of them renewed is due for none of the others.
    assert_eq!(at_once("operator renew --json --now 2027-11-01T10:00:00Z"), [8; 6]);
}

/// A document or key state that nobody has signed yet.
fn unsigned(text: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(text).unwrap();
    let object = match value.as_array_mut() {
        Some(states) => states.last_mut().unwrap(),
        None => &mut value,
    };
    object.as_object_mut().unwrap().remove("proof");
    change(object);
    value.to_string()
}

#[test]
fn what_changed_can_be_told_since_the_document_at_an_address() {
    let (ann, ben) = two_operators();
    let host = Host::start(&ben, "a.test");
    host.serve("/profile.json", ann.read("profile.json"));
    let draft = begun(&ann, &format!("--now {LATER}"));
    let offered = unsigned(&draft, |profile| {
        profile["about"]["description"] = json!({"en": "New"});
    });
    ben.write("offered.json", &offered);
    fs::remove_file(ben.path("profile.json")).unwrap();
    let since = "--since https://a.test/profile.json --config dev.toml";
    let told = "Changed since https://a.test/profile.json, number 1 of 2026-11-22T10:00:00Z:\n  \
                added    about.description.en: \"New\"\n";
    let shown = ben.run(&format!("operator show offered.json {since} --now {LATER}")).waiting();
    assert!(shown.contains(told), "{shown}");
    let cosign = format!("operator cosign offered.json --yes {since} --now {LATER}");
    let asked = ben.run(&cosign);
    assert!(asked.err.contains(told), "{}", asked.err);
    asked.waiting();

    // What is not there is no document since which anything changed, and nothing is signed.
    fs::remove_file(ben.path("profile.draft.json")).unwrap();
    let cosign = cosign.replace("/profile.json", "/other.json");
    let refused = ben.run(&cosign);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(!ben.path("profile.draft.json").exists());
}

#[test]
fn nothing_that_is_signed_is_invisible_or_looks_like_something_else() {
    let (ann, ben) = two_operators();
    let draft = begun(&ann, &format!("--now {LATER}"));
    let offered = unsigned(&draft, |profile| {
        profile["about"]["description"] = json!({"en": "Good\"\n  added    x: \"y"});
        profile["about.listing"] = json!("shown");
        profile["service"] = json!({"bridges": []});
        profile["later"] = json!({"": 1, "a b": [5, 2, 5], "[0]": {}, "\"": "\u{202e}"});
    });
    ben.write("offered.json", &offered);
    let shown = ben.run(&format!("operator show offered.json --now {LATER}")).waiting();
    let changes = shown.lines().skip_while(|line| !line.starts_with("Changed"));
    insta::assert_snapshot!(changes.collect::<Vec<_>>().join("\n"), @r##"
    Changed since profile.json, number 1 of 2026-11-22T10:00:00Z:
      added    "about.listing": "shown"
      added    about.description.en: "Good\"\n  added    x: \"y"
      added    later."": 1
      added    later."[0]": {}
      added    later."\"": "\u{202e}"
      added    later."a b"[2]
      added    later."a b"[5]
      added    later."a b"[5]#2: 5
      added    service.bridges: []
    "##);
    // And what becomes empty, or changes its order only.
    ben.write("before.json", ben.read("profile.json"));
    ben.run(&format!("operator cosign offered.json --yes --now {LATER}")).waiting();
    pass(&ben, "profile.draft.json", &ann);
    ann.run(&format!("operator cosign profile.draft.json --yes --now {LATER}")).yes();
    let next = unsigned(&offered, |profile| {
        profile["sequence"] = json!(3);
        profile["later"] = json!({"a b": [2, 5, 5], "[0]": []});
    });
    ann.write("next.json", next);
    let shown = ann.run(&format!("operator show next.json --now {LATER}")).waiting();
    let changes = shown.lines().skip_while(|line| !line.starts_with("Changed"));
    insta::assert_snapshot!(changes.collect::<Vec<_>>().join("\n"), @r##"
    Changed since profile.json, number 2 of 2026-12-01T10:00:00Z:
      removed  later."": 1
      changed  later."[0]"
        from   {}
        to     []
      removed  later."\"": "\u{202e}"
      changed  later."a b"
        from   [5,2,5]
        to     [2,5,5]
    "##);
}

#[test]
fn a_number_that_jumps_is_warned_of_and_one_that_ends_the_feed_refused() {
    let (ann, ben) = two_operators();
    let draft = begun(&ann, &format!("--now {LATER}"));
    let offer = |number: u64| {
        ben.write("offered.json", unsigned(&draft, |it| it["sequence"] = json!(number)));
        ben.run(&format!("operator cosign offered.json --now {LATER}")).no()
    };
    assert!(!offer(1_001).contains("WARNING"));
    insta::assert_snapshot!(unordered(&offer(1_002)), @r##"
    You are asked to sign this profile of example.org:
      issuer      ISSUER
      sequence    1002, under key version 1
      WARNING     THE NUMBER JUMPS from 1, the last one known here: no
                  lower one counts any more, until the keys change.
      issued      2026-12-01T10:00:00Z
      expires     2027-12-01T10:00:00Z
      identity    HASH
      signatures  0 of 2 needed
        KEY  not yet
        KEY  not yet, your key
    Changed since profile.json, number 1 of 2026-11-22T10:00:00Z:
      nothing that it says
    error: nothing was signed, because nobody said yes; where there is no terminal to ask on, look at what is said above and give --yes
    "##);
    assert!(offer(1_000_000_000_000).contains("WARNING"));
    for number in [1_000_000_000_001, 9_007_199_254_740_991] {
        let said = offer(number);
        assert!(said.starts_with(&format!(
            "error: offered.json was not signed: its number is {number}, and above 1000000000000 \
             too few are left"
        )));
    }
}

#[test]
fn a_key_state_with_unknown_members_is_shown_and_not_signed() {
    let (ann, ben) = two_operators();
    ann.run(&format!("key rotate --no-passphrase --now {LATER}")).waiting();
    let draft = ann.read("operator-key-history.draft.json");
    let offered = unsigned(&draft, |state| state["may_also_sign"] = json!(["\u{1b}[2Jx"]));
    ben.write("offered.json", offered);
    let shown = ben.run(&format!("operator show offered.json --now {LATER}")).waiting();
    let unknown = shown.lines().skip_while(|line| !line.starts_with("It has what"));
    insta::assert_snapshot!(unknown.collect::<Vec<_>>().join("\n"), @r##"
    It has what this version of the program does not know:
      added    may_also_sign["\u{1b}[2Jx"]
    "##);
    let refused = ben.run(&format!("operator cosign offered.json --yes --now {LATER}")).no();
    insta::assert_snapshot!(refused, @r##"error: offered.json was not signed: the key state has a member that this version of the program does not know, may_also_sign["\u{1b}[2Jx"]; sign with the version that made it, where you know what it is for"##);
}

#[test]
fn nobody_is_held_up_by_a_pipe_in_the_place_of_a_file() {
    let (ann, ben) = two_operators();
    ben.write("offered.json", begun(&ann, &format!("--now {LATER}")));
    for name in ["profile.draft.json", "profile.json", "operator-key-history.json"] {
        let aside = ben.path("aside");
        let was_there = fs::rename(ben.path(name), &aside).is_ok();
        assert!(Command::new("mkfifo").arg(ben.path(name)).status().unwrap().success());
        let said = ben.run(&format!("operator cosign offered.json --yes --now {LATER}")).unread();
        assert!(said.contains(name) && said.contains("it is no regular file"), "{said}");
        fs::remove_file(ben.path(name)).unwrap();
        if was_there {
            fs::rename(&aside, ben.path(name)).unwrap();
        }
    }
}
