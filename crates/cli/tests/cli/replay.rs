//! `wellspring rank --archive`.

use std::fs;

use crate::place::{NOW, Place, json, steady};

/// A folder with what the example world signed at [`NOW`], as a tree.
fn place_with_archive() -> Place {
    let place = Place::new();
    place.run(&format!("export archive --data-dir one --now {NOW}")).yes();
    place
}

fn rank(place: &Place, words: &str) -> crate::place::Run {
    place.run(&format!("rank --now {NOW} {words}"))
}

#[test]
fn an_archive_gives_the_bytes_of_the_node_that_had_its_documents() {
    let place = place_with_archive();
    let told = rank(&place, "--archive archive --json");
    assert!(told.err.ends_with(" counted up to 2026-11-22T10:00:00Z, 0 later, 0 refused\n"));
    let of_archive = told.yes();
    assert_eq!(of_archive, rank(&place, "--json").yes());
    for community in ["hackerspace", "ministry"] {
        let of_archive = rank(&place, &format!("--archive archive --json --community {community}"));
        assert_eq!(
            of_archive.yes(),
            rank(&place, &format!("--json --community {community}")).yes()
        );
    }
    let explained = rank(&place, "--archive archive --explain lindenhof.example").yes();
    assert_eq!(explained, rank(&place, "--explain lindenhof.example").yes());
    // The documents alone, in folders of another layout.
    fs::create_dir(place.path("other")).unwrap();
    for entry in fs::read_dir(place.path("archive/documents")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let folder = place.path("other").join(&name[..1]);
        fs::create_dir_all(&folder).unwrap();
        fs::copy(&path, folder.join(name)).unwrap();
    }
    assert_eq!(of_archive, rank(&place, "--archive other --json").yes());
}

#[test]
fn later_documents_change_nothing_and_refused_ones_are_told() {
    let place = place_with_archive();
    let before = rank(&place, "--archive archive --json").yes();
    // The reports and the index of two days later.
    place.run("export later --data-dir two --now 2026-11-24T10:00:00Z").yes();
    let (mut later, mut profile) = (0, None);
    for entry in fs::read_dir(place.path("later/documents")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        if document["server_name"] == "polder.example" {
            profile = Some(text.clone());
        }
        if document["issued_at"].as_str().unwrap() > NOW {
            later += 1;
            place.write(&format!("archive/later-{later}.json"), text);
        }
    }
    assert!(later >= 2);
    let told = rank(&place, "--archive archive --json");
    assert!(told.err.ends_with(&format!(", {later} later, 0 refused\n")), "{}", told.err);
    assert!(told.yes() == before);

    // Two days later they count, and what they replaced was there before as a matter of course.
    let told = place.run("rank --archive archive --json --now 2026-11-24T10:00:00Z");
    assert!(told.err.ends_with(", 0 later, 0 refused\n"), "{}", told.err);
    let reports = &json(&told.yes())["observers"];
    assert_eq!(reports[1]["report"]["issued_at"], "2026-11-23T12:00:00Z");

    place.write("archive/forged.json", profile.unwrap().replacen("Polder", "Folder", 1));
    place.write("archive/broken.json", "{");
    let told = rank(&place, "--archive archive --json");
    let warnings: Vec<_> = told.err.lines().filter(|line| line.starts_with("warning")).collect();
    insta::assert_snapshot!(steady(&warnings.join("\n")), @r"
    warning: archive/broken.json is not used: the text ends before the value is complete (at byte N) [json.truncated]
    warning: archive/forged.json is not used: proof: the signature does not fit the document: one of them was altered, or another key signed [proof.invalid-signature]
    ");
    assert!(told.err.ends_with(" 2 refused\n"), "{}", told.err);
    assert!(told.yes() == before);
}

#[test]
fn a_node_that_adopted_a_list_is_replayed_with_what_it_signed_itself() {
    let place = Place::new();
    place.write(
        "list.json",
        r#"[{"name": "a.example", "info": "https://a.example/", "open": true}]"#,
    );
    let node = "--adopt list.json --data-dir data";
    place.run(&format!("sync {node} --now {NOW}")).yes();
    place.run(&format!("export {node} tree --now {NOW}")).yes();
    let shown = rank(&place, &format!("{node} --json")).yes();
    assert_eq!(json(&shown)["servers"][0]["server_name"], "a.example");
    fs::remove_file(place.path("data/wellspring.db")).unwrap();
    assert_eq!(rank(&place, &format!("{node} --archive tree --json")).yes(), shown);
    assert!(!place.path("data/wellspring.db").exists(), "a replay leaves nothing behind");
    // Before the list was adopted there was nothing.
    let before =
        place.run(&format!("rank {node} --archive tree --json --now 2026-11-21T10:00:00Z"));
    assert_eq!(json(&before.yes())["servers"].as_array().unwrap().len(), 0);
}

#[test]
fn a_policy_is_tried_on_an_archive_alone() {
    let place = place_with_archive();
    place.write("idea.toml", "name = \"idea\"");
    let view = json(&rank(&place, "--archive archive --policy idea.toml --json").yes());
    assert_eq!(view["policy"]["name"], "idea");
    place.write("bad.toml", "[points]\nservice = 40");
    place.write("worse.toml", "waiting_day = 3");
    let mut told = rank(&place, "--archive archive --policy bad.toml").no();
    let unknown = rank(&place, "--archive archive --policy worse.toml").no();
    let (unknown, _) = unknown.split_once(", expected one of").unwrap();
    told += &format!("{unknown}\n");
    told += &rank(&place, "--archive archive --community nobody").no();
    told += &rank(&place, "--archive nowhere").unread();
    told += &rank(&place, "--policy idea.toml").unread();
    insta::assert_snapshot!(told, @r#"
    error: bad.toml is no policy that can be used: points: endorsement, service and transparency must make 100 together, not 110; change one of them
    error: worse.toml is no policy that can be used: line 1, waiting_day = 3: unknown field `waiting_day`
    error: there is no community "nobody"; there are: association, hackerspace, ministry
    error: nowhere is no folder that can be read: there is no such file or folder; check the path
    error: the following required arguments were not provided:
      --archive <DIR>

    Usage: wellspring rank --archive <DIR> --now <TIME> --policy <FILE>

    For more information, try '--help'.
    "#);
}

#[test]
fn an_archive_that_would_fill_the_disk_is_refused_before_it_is_read() {
    let place = Place::new();
    fs::create_dir(place.path("archive")).unwrap();
    for number in 0..600 {
        let file = fs::File::create(place.path(&format!("archive/{number}.json"))).unwrap();
        file.set_len(16_000_000).unwrap();
    }
    let told = rank(&place, "--archive archive").unread();
    insta::assert_snapshot!(told, @"error: the files in archive have more than the 8000000000 bytes that are read; take only those of the time in question");
}

#[test]
fn a_policy_that_is_tried_may_begin_as_a_shipped_one() {
    let place = place_with_archive();
    place.write("idea.toml", "based_on = \"strict\"\nwaiting_days = 3\n");
    let tried = json(&rank(&place, "--archive archive --policy idea.toml --json").yes());
    assert_eq!(tried["policy"]["waiting_days"], 3);
    assert_eq!(tried["policy"]["criteria"]["uptime_30d"], 0.98);
}
