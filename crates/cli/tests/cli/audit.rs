//! `wellspring audit`.

use std::fs;

use wellspring_document::json::Value;
use wellspring_document::{BytesHash, Index, RawDocument, Record, ViewManifest, into_parts};
use wellspring_node::{Issuer, IssuerFiles};

use crate::host::Host;
use crate::place::{NOW, Place, json, steady};

const LIST: &str = r#"[
    {"name": "a.example", "info": "https://a.example/", "open": true, "reg_method": "Element"},
    {"name": "b.example", "info": "https://b.example/", "open": false}
]"#;

/// A node that adopted one list, and its tree.
fn place_with_tree() -> Place {
    let place = Place::new();
    place.write("list.json", LIST);
    place.run(&format!("sync --adopt list.json --data-dir data --now {NOW}")).yes();
    place.run(&format!("export --adopt list.json --data-dir data tree --now {NOW}")).yes();
    place
}

fn audit(place: &Place, more: &str) -> crate::place::Run {
    place.run(&format!("audit tree --now 2026-11-22T12:00:00Z {more}"))
}

/// Without what is another one each time: keys and hashes, and with them the number of bytes.
fn plain(text: &str) -> String {
    let digits = |c: char| c.is_ascii_digit();
    let mut told = String::new();
    for line in steady(text).split_inclusive('\n') {
        let line = match line.split_once("\"bytes\":") {
            Some((before, after)) => {
                format!("{before}\"bytes\":N{}", after.trim_start_matches(digits))
            }
            None => line.to_owned(),
        };
        let count = line.strip_suffix(" bytes\n").map(|it| it.trim_end_matches(digits));
        let count = count.filter(|it| it.ends_with(", "));
        told.push_str(&count.map_or_else(|| line.clone(), |it| format!("{it}N bytes\n")));
    }
    told
}

#[test]
fn a_tree_that_holds_is_described() {
    let place = place_with_tree();
    insta::assert_snapshot!(plain(&audit(&place, "").yes()), @r"
    tree holds.
      issuer      ISSUER
      index       number 1795341600, issued 2026-11-22T10:00:00Z (2 hours ago)
      expires     2026-11-30T10:00:00Z
      documents   0 profiles, 1 endorsement list, 0 observation reports
      read        2 parts, N bytes
      view        adopted at 2026-11-22T10:00:00Z: 2 servers, ranked anew to the same bytes
    ");
    insta::assert_snapshot!(plain(&audit(&place, "--json").yes()), @r#"{"tree":"tree","holds":true,"signed":{"issuer":"ISSUER","sequence":1795341600,"issued_at":"2026-11-22T10:00:00Z","expires_at":"2026-11-30T10:00:00Z"},"documents":{"profiles":0,"endorsement_lists":1,"observation_reports":0,"evidence":0},"parts":2,"bytes":N,"views":[{"community":"adopted","now":"2026-11-22T10:00:00Z","outcome":"same","servers":2}],"findings":[],"other_files":0}"#);
    let other = "zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n";
    let told = audit(&place, &format!("--issuer {other}")).no();
    insta::assert_snapshot!(steady(told.lines().next().unwrap()), @r"tree does not hold: the tree was signed by ISSUER, not by ISSUER.");
}

#[test]
fn an_altered_byte_is_named() {
    let place = place_with_tree();
    let documents = fs::read_dir(place.path("tree/documents")).unwrap();
    let list = documents.map(|entry| entry.unwrap().path()).find(|path| {
        fs::read_to_string(path).unwrap().contains("\"type\":\"wellspring.endorsement-list.v1\"")
    });
    let list = list.unwrap();
    let text = fs::read_to_string(&list).unwrap();
    fs::write(&list, text.replacen("b.example", "c.example", 1)).unwrap();
    insta::assert_snapshot!(plain(&audit(&place, "").no()), @r"
    tree does not hold: documents/HASH.json has other bytes than its name says.
      code        audit.wrong-bytes
      issuer      ISSUER
      index       number 1795341600, issued 2026-11-22T10:00:00Z (2 hours ago)
      expires     2026-11-30T10:00:00Z
      documents   0 profiles, 0 endorsement lists, 0 observation reports
      read        2 parts, N bytes
      view        adopted at 2026-11-22T10:00:00Z: not ranked anew
    ");
    fs::remove_file(&list).unwrap();
    let told = json(&audit(&place, "--json").no());
    assert_eq!(told["holds"], false);
    assert_eq!(told["findings"][0]["code"], "audit.missing");
    assert_eq!(told["views"][0]["outcome"], "not-recomputed");
    // There is something, and it cannot be read: it may hold or not.
    fs::create_dir(&list).unwrap();
    let told = json(&audit(&place, "--json").unread());
    assert_eq!(told["holds"], Value::Null);
    assert_eq!(told["findings"][0]["code"], "audit.not-read");
}

/// Raises the score of a server in the view, and signs it all again with the node's key.
fn cheat(place: &Place) {
    let tree = place.path("tree");
    let issuer = Issuer::open(&IssuerFiles::of("node", &place.path("data")), None).unwrap();
    let now = NOW.parse().unwrap();
    let document = |hash: BytesHash| tree.join(format!("documents/{hash}.json"));
    let index = RawDocument::new(fs::read(tree.join("index.json")).unwrap());
    let mut index: Index = index.verify::<Index>().unwrap().body().clone();
    let view = RawDocument::new(fs::read(document(index.views[0].hash)).unwrap());
    let mut view: ViewManifest = view.verify::<ViewManifest>().unwrap().body().clone();
    let part = fs::read(tree.join(format!("parts/{}.json", view.parts[0].hash))).unwrap();
    let records = ViewManifest::read_part(&view.parts[0], &part).unwrap().into_iter().map(|it| {
        let mut record = it;
        if record["server"]["server_name"] == "b.example" {
            record["server"]["score"] = 80.into();
        }
        let about = record.as_object().unwrap().values().next().unwrap();
        let key = about.get("server_name").or_else(|| about.get("issuer"));
        Record::new(key.and_then(Value::as_str).unwrap_or_default(), &record)
    });
    let parts = into_parts(records.collect()).unwrap();
    view.parts = parts.iter().map(|part| part.reference.clone()).collect();
    for part in parts {
        fs::write(tree.join(format!("parts/{}.json", part.reference.hash)), part.bytes).unwrap();
    }
    let signed = issuer.sign(&view, 900, now, 8).unwrap();
    index.views[0].hash = BytesHash::of(signed.bytes());
    index.views[0].size = u32::try_from(signed.bytes().len()).unwrap();
    fs::write(document(index.views[0].hash), signed.bytes()).unwrap();
    let signed = issuer.sign(&index, 900, now, 8).unwrap();
    fs::write(tree.join("index.json"), signed.bytes()).unwrap();
}

#[test]
fn a_node_that_cheats_is_told_where() {
    let place = place_with_tree();
    cheat(&place);
    insta::assert_snapshot!(plain(&audit(&place, "").no()), @r#"
    tree does not hold: the view of "adopted" is not what its policy makes of the documents: server b.example: score is 80 in the tree, and 2.5 comes out (all else is the same).
      code        audit.view-differs
      perhaps     the node runs another version of wellspring; this is 0.1.0
      issuer      ISSUER
      index       number 900, issued 2026-11-22T10:00:00Z (2 hours ago)
      expires     2026-11-30T10:00:00Z
      documents   0 profiles, 1 endorsement list, 0 observation reports
      read        2 parts, N bytes
      view        adopted at 2026-11-22T10:00:00Z: differs from what comes out, 2 servers
      beside      2 files that the index does not name
    "#);
    insta::assert_snapshot!(plain(&audit(&place, "--json").no()), @r#"{"tree":"tree","holds":false,"signed":{"issuer":"ISSUER","sequence":900,"issued_at":"2026-11-22T10:00:00Z","expires_at":"2026-11-30T10:00:00Z"},"documents":{"profiles":0,"endorsement_lists":1,"observation_reports":0,"evidence":0},"parts":2,"bytes":N,"views":[{"community":"adopted","now":"2026-11-22T10:00:00Z","outcome":"differs","servers":2}],"findings":[{"code":"audit.view-differs","file":"documents/HASH.json","message":"the view of \"adopted\" is not what its policy makes of the documents: server b.example: score is 80 in the tree, and 2.5 comes out (all else is the same)","difference":{"records":1,"kind":"server","name":"b.example","change":"member","member":"score","tree":"80","recomputed":"2.5"}}],"other_files":2}"#);
}

#[test]
fn a_tree_is_audited_over_https() {
    let place = place_with_tree();
    let host = Host::start(&place, "list.example");
    let url = "audit https://list.example/tree --config dev.toml --now 2026-11-22T12:00:00Z";
    let absent = place.run(url).unread();
    insta::assert_snapshot!(absent.lines().last().unwrap(), @r"error: there is no tree at https://list.example/tree/: index.json is not there");
    for folder in ["", "documents/", "parts/"] {
        for entry in fs::read_dir(place.path("tree").join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                let name = entry.file_name().into_string().unwrap();
                host.serve(&format!("/tree/{folder}{name}"), fs::read(entry.path()).unwrap());
            }
        }
    }
    let told = place.run(url).yes();
    assert!(told.starts_with("https://list.example/tree holds."), "{told}");

    // A larger file than the index names is not read to its end.
    let index = fs::read(place.path("tree/index.json")).unwrap();
    let index = RawDocument::new(index).verify::<Index>().unwrap();
    let part = format!("/tree/parts/{}.json", index.body().parts[0].hash);
    host.serve(&part, vec![b' '; 2_000_000]);
    let told = place.run(&format!("{url} --json"));
    assert_eq!(told.code, Some(1));
    let told = json(&told.out);
    assert_eq!(told["findings"][0]["code"], "audit.too-long");
}

#[test]
fn what_cannot_be_read_is_no_verdict() {
    let place = Place::new();
    let mut told = place.run("audit nothing").unread();
    told += &place.run("audit http://list.example/").unread();
    told += &place.run("audit https://").unread();
    fs::create_dir(place.path("empty")).unwrap();
    let answer = place.run("audit --json empty").unread();
    assert!(answer.contains(r#"{"error":{"code":"tree.no-index""#), "{answer}");
    insta::assert_snapshot!(told, @r#"
    error: there is no tree at nothing: index.json is not there
    error: there is no tree at http://list.example/: http://list.example/index.json: this URL is not fetched: the URL's scheme is "http"; only https is fetched
    error: https:// is no address: empty host
    "#);
}
