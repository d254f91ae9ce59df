use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use wellspring_document::profile::Listing;
use wellspring_document::{
    Curator, EndorsementList, Index, IndexEntry, Kind, Localized, Profile, RawDocument, ServerName,
    SigningKey, Timestamp, Verified, ViewManifest,
};
use wellspring_store::WellKnownAnswer;

use super::*;
use crate::config::Config;
use crate::{Clock, Issuer, Node, Opening, SyncScope};

const NOW: &str = "2026-11-22T10:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn issuer(seed: u8) -> Issuer {
    Issuer::start(SigningKey::from_seed([seed; 32]), now().plus_days(-40)).unwrap()
}

/// A node that reads a folder of documents, with a clock that can be set.
struct Town {
    folder: tempfile::TempDir,
    node: Arc<Node>,
    hand: &'static AtomicI64,
}

impl Town {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("documents")).unwrap();
        let text = format!(
            "
            [node]
            data_dir = \"data\"
            [[directory]]
            path = \"documents\"
            [[community]]
            id = \"town\"
            name = {{ en = \"The town\" }}
            [community.policy]
            curators = [{{ issuer = \"{}\" }}]",
            issuer(1).history().issuer()
        );
        let config = Config::parse_in(&text, folder.path()).unwrap();
        let hand: &AtomicI64 = Box::leak(Box::new(AtomicI64::new(now().unix())));
        let node = Node::open(Opening::configured(config, Clock::Hand(hand), [9; 32])).unwrap();
        Self { folder, node, hand }
    }

    fn put(&self, name: &str, document: &RawDocument) {
        fs::write(self.folder.path().join("documents").join(name), document.bytes()).unwrap();
    }

    fn wait(&self, seconds: i64) {
        self.hand.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn sync(&self) {
        self.node.sync(SyncScope::All, &|_| {}).await.unwrap();
    }

    fn tree(&self) -> std::path::PathBuf {
        self.folder.path().join("tree")
    }

    fn export(&self) -> Exported {
        export(&self.node, &self.tree(), &mut |_, _| {}).unwrap()
    }
}

fn list(sequence: u64, names: &[&str]) -> RawDocument {
    let mut body = EndorsementList::new(Curator::new(Localized::english("A curator").unwrap()));
    for name in names {
        let name = ServerName::parse(name).unwrap();
        body.entries
            .push(wellspring_document::Endorsement::new(name, wellspring_document::Verdict::List));
    }
    issuer(1).sign(&body, sequence, now().plus_days(-1), 30).unwrap()
}

fn profile(seed: u8, sequence: u64, name: &str, listing: Option<Listing>) -> RawDocument {
    let name = ServerName::parse(name).unwrap();
    let mut body = Profile::new(name, Localized::english("A server").unwrap());
    body.about.listing = listing;
    issuer(seed).sign(&body, sequence, now().plus_days(-1), 30).unwrap()
}

/// The files of a tree with their bytes.
fn files(tree: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in ["", "documents/", "parts/"] {
        for entry in fs::read_dir(tree.join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                let name = format!("{folder}{}", entry.file_name().to_str().unwrap());
                found.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

fn index(tree: &Path) -> Verified<Index> {
    RawDocument::new(fs::read(tree.join("index.json")).unwrap()).verify().unwrap()
}

fn entries(tree: &Path) -> Vec<IndexEntry> {
    let read = |part: &wellspring_document::PartRef| {
        let bytes = fs::read(tree.join(TreeFile::Part(part.hash).to_string())).unwrap();
        IndexEntry::read_part(part, &bytes).unwrap()
    };
    index(tree).body().parts.iter().flat_map(read).collect()
}

/// The kinds and subjects that the index names.
fn named(tree: &Path) -> Vec<(Kind, String, u64)> {
    let mut named: Vec<_> =
        entries(tree).into_iter().map(|it| (it.kind, it.subject, it.sequence)).collect();
    named.sort();
    named
}

#[tokio::test]
async fn a_tree_holds_what_its_index_names_and_nothing_else() {
    let town = Town::new();
    town.put("list.json", &list(1, &["a.example", "b.example"]));
    town.put("profile.json", &profile(2, 1, "a.example", None));
    town.sync().await;
    let exported = town.export();
    assert_eq!((exported.documents, exported.views, exported.removed), (2, 1, 0));
    let files = files(&town.tree());
    assert_eq!((files.len(), exported.files, exported.written), (6, 6, 6));

    let index = index(&town.tree());
    assert_eq!(index.issuer(), town.node.issuer().history().issuer());
    for entry in entries(&town.tree()) {
        let bytes = &files[&TreeFile::Document(entry.hash).to_string()];
        assert!(entry.names(&RawDocument::new(bytes.clone()).verify_any().unwrap()));
        assert!(!entry.evidence);
    }
    let [view] = &index.body().views[..] else { panic!("not one view") };
    let bytes = files[&TreeFile::Document(view.hash).to_string()].clone();
    assert_eq!(bytes.len(), usize::try_from(view.size).unwrap());
    let view = RawDocument::new(bytes).verify::<ViewManifest>().unwrap();
    assert_eq!(view.body().now, town.node.snapshot().made_at);
    let [part] = &view.body().parts[..] else { panic!("not one part") };
    let bytes = &files[&TreeFile::Part(part.hash).to_string()];
    let records = ViewManifest::read_part(part, bytes).unwrap();
    assert!(records.iter().any(|it| it["server"]["server_name"] == "a.example"));
    // Anybody may read it, such as a web server.
    let mode = fs::metadata(town.tree().join("index.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}

#[tokio::test]
async fn an_export_without_news_changes_no_file() {
    let town = Town::new();
    town.put("list.json", &list(1, &["a.example"]));
    town.sync().await;
    town.export();
    let stamps = || -> Vec<_> {
        let names = files(&town.tree()).into_keys();
        names.map(|name| fs::metadata(town.tree().join(&name)).unwrap().ino()).collect()
    };
    let before = (files(&town.tree()), stamps());
    town.wait(3_600);
    town.sync().await;
    let exported = town.export();
    assert_eq!((exported.written, exported.removed), (0, 0));
    assert_eq!((files(&town.tree()), stamps()), before);

    // Whoever reads it should see that the node is alive.
    town.wait(86_400);
    town.sync().await;
    assert!(town.export().written > 0);
    assert!(index(&town.tree()).issued_at() > now());
}

#[tokio::test]
async fn only_what_changed_is_written_and_what_is_gone_is_removed() {
    let town = Town::new();
    town.put("list.json", &list(1, &["a.example"]));
    town.put("profile.json", &profile(2, 1, "a.example", None));
    town.sync().await;
    town.export();
    let before = files(&town.tree());
    fs::write(town.tree().join("documents/README"), "kept").unwrap();
    fs::write(town.tree().join("parts/.wellspring-export-left"), "of a kill").unwrap();

    town.put("profile.json", &profile(2, 2, "a.example", None));
    town.wait(60);
    town.sync().await;
    town.export();
    let after = files(&town.tree());
    let old = profile(2, 1, "a.example", None);
    let old = TreeFile::Document(wellspring_document::BytesHash::of(old.bytes())).to_string();
    assert!(before.contains_key(&old) && !after.contains_key(&old));
    assert!(after.contains_key("documents/README"));
    assert!(!after.contains_key("parts/.wellspring-export-left"));
    let of_list =
        TreeFile::Document(wellspring_document::BytesHash::of(list(1, &["a.example"]).bytes()));
    assert!(after.contains_key(&of_list.to_string()));
    assert_eq!(named(&town.tree()).len(), 2);

    // The parts of the index before are there for whoever is reading it, until the next time.
    let parts_before: Vec<_> = before.keys().filter(|it| it.starts_with("parts/")).collect();
    assert_eq!(parts_before.iter().filter(|it| after.contains_key(**it)).count(), 1);
    town.put("profile.json", &profile(2, 3, "a.example", None));
    town.wait(60);
    town.sync().await;
    town.export();
    assert!(parts_before.iter().all(|it| !files(&town.tree()).contains_key(*it)));
}

#[tokio::test]
async fn the_order_of_arrival_changes_no_part() {
    let documents = [
        ("1.json", list(1, &["a.example", "b.example"])),
        ("2.json", profile(2, 1, "a.example", None)),
        ("3.json", profile(3, 1, "b.example", None)),
    ];
    let (one, other) = (Town::new(), Town::new());
    for (name, document) in &documents {
        one.put(name, document);
        one.sync().await;
    }
    for (name, document) in documents.iter().rev() {
        other.put(name, document);
        other.sync().await;
    }
    one.export();
    other.export();
    let parts = |town: &Town| {
        let mut files = files(&town.tree());
        files.retain(|name, _| name.starts_with("parts/"));
        files
    };
    assert_eq!(parts(&one), parts(&other));
    assert_eq!(index(&one.tree()).body().parts, index(&other.tree()).body().parts);
}

#[tokio::test]
async fn evidence_is_part_of_the_tree() {
    let town = Town::new();
    town.put("list.json", &list(1, &["a.example"]));
    town.put("other.json", &list(1, &["b.example"]));
    town.sync().await;
    town.export();
    let entries = entries(&town.tree());
    let [one, other] = &entries[..] else { panic!("not two: {entries:?}") };
    assert_eq!((one.sequence, &one.issuer), (other.sequence, &other.issuer));
    let counts = entries.iter().find(|it| !it.evidence).unwrap();
    let proof = entries.iter().find(|it| it.evidence).unwrap();
    assert!(counts.identity < proof.identity);
    assert!(files(&town.tree()).contains_key(&TreeFile::Document(proof.hash).to_string()));
}

#[tokio::test]
async fn who_does_not_want_to_be_listed_is_in_no_tree() {
    let town = Town::new();
    town.put("list.json", &list(1, &["a.example", "b.example", "c.example"]));
    town.put("a.json", &profile(2, 1, "a.example", None));
    town.put("b.json", &profile(3, 1, "b.example", None));
    town.put("c.json", &profile(4, 1, "c.example", Some(Listing::Unlisted)));
    town.sync().await;
    let served = |seed, document: &RawDocument| WellKnownAnswer::Served {
        identity: document.clone().verify::<Profile>().unwrap().identity(),
        issuer: issuer(seed).history().issuer().clone(),
    };
    let name = |name| ServerName::parse(name).unwrap();
    let mut sights = vec![
        (name("a.example"), served(2, &profile(2, 1, "a.example", None))),
        (name("b.example"), served(3, &profile(3, 1, "b.example", None))),
        (name("c.example"), served(4, &profile(4, 1, "c.example", Some(Listing::Unlisted)))),
    ];
    town.node.store().record_sights(&sights, now()).unwrap();
    town.wait(60);
    town.sync().await;
    town.export();
    let profiles = || -> Vec<String> {
        let named = named(&town.tree()).into_iter();
        named.filter(|(kind, ..)| *kind == Kind::Profile).map(|(_, subject, _)| subject).collect()
    };
    // Of the last one, the profile is the wish.
    assert_eq!(profiles(), ["a.example", "b.example", "c.example"]);

    sights[0].1 = WellKnownAnswer::Unlisted;
    sights[1].1 = WellKnownAnswer::Gone;
    town.node.store().record_sights(&sights, now().plus_seconds(120)).unwrap();
    town.node.store().withdraw_profiles(&[name("b.example")], now().plus_seconds(120)).unwrap();
    town.wait(120);
    town.sync().await;
    town.export();
    assert_eq!(profiles(), ["c.example"]);
    let all = files(&town.tree()).into_values().flatten().collect::<Vec<u8>>();
    let text = String::from_utf8_lossy(&all);
    assert!(!text.contains("A server") || text.matches("A server").count() == 1);
}

#[tokio::test]
async fn the_served_tree_is_the_exported_one_and_has_the_parts_of_the_index_before() {
    let town = Town::new();
    town.put("list.json", &list(1, &["a.example"]));
    town.sync().await;
    town.export();
    let first = files(&town.tree());
    for (name, bytes) in &first {
        let file = TreeFile::at(name).unwrap();
        let served = town.node.tree_file(file).await.unwrap().unwrap();
        assert_eq!(served, bytes, "{name}");
    }
    town.put("list.json", &list(2, &["b.example"]));
    town.wait(60);
    town.sync().await;
    let part = index_part(&town.tree());
    let view = index(&town.tree()).body().views[0].hash;
    assert_ne!(town.node.tree_file(TreeFile::Index).await.unwrap().unwrap(), first["index.json"]);
    assert!(town.node.tree_file(part).await.unwrap().is_some());
    assert_eq!(town.node.tree_file(TreeFile::Document(view)).await.unwrap(), None);
    let old = wellspring_document::BytesHash::of(list(1, &["a.example"]).bytes());
    assert_eq!(town.node.tree_file(TreeFile::Document(old)).await.unwrap(), None);
}

fn index_part(tree: &Path) -> TreeFile {
    TreeFile::Part(index(tree).body().parts[0].hash)
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let town = Town::new();
    town.sync().await;
    let file = town.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = |folder: &Path| export(&town.node, folder, &mut |_, _| {}).unwrap_err();
    assert_eq!(refused(&file).code(), "export.not-a-folder");
    assert_eq!(refused(&file.join("below")).code(), "export.not-written");

    fs::create_dir(town.tree()).unwrap();
    let held = fs::File::open(town.tree()).unwrap();
    held.try_lock().unwrap();
    assert_eq!(refused(&town.tree()).code(), "export.busy");
}

#[tokio::test]
async fn a_folder_of_somebody_else_is_left_alone() {
    let town = Town::new();
    town.sync().await;
    let refused = || export(&town.node, &town.tree(), &mut |_, _| {}).unwrap_err().code();
    fs::create_dir(town.tree()).unwrap();
    let index = town.tree().join("index.json");
    let of_another = issuer(7).sign(&Index::default(), 1, now(), 8).unwrap();
    for bytes in [&b"[1]"[..], of_another.bytes()] {
        fs::write(&index, bytes).unwrap();
        assert_eq!(refused(), "export.not-ours");
        assert_eq!(fs::read(&index).unwrap(), bytes);
        assert_eq!(fs::read_dir(town.tree()).unwrap().count(), 1, "nothing was written beside it");
    }
    fs::remove_file(index).unwrap();
    town.export();
    town.export();
}

#[tokio::test]
async fn what_is_no_file_of_the_tree_itself_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let reader = TreeReader::in_folder(folder.path().to_owned());
    let code = async || reader.read(TreeFile::Index).await.unwrap_err().code();
    assert_eq!(code().await, "tree.no-index");
    let index = folder.path().join("index.json");
    fs::write(folder.path().join("elsewhere"), "{}").unwrap();
    std::os::unix::fs::symlink("elsewhere", &index).unwrap();
    assert_eq!(code().await, "tree.not-a-file");
    fs::remove_file(&index).unwrap();
    // Whoever opened this one would wait for ever.
    assert!(std::process::Command::new("mkfifo").arg(&index).status().unwrap().success());
    assert_eq!(code().await, "tree.not-a-file");
    fs::remove_file(&index).unwrap();
    fs::File::create(&index).unwrap().set_len(4_000_001).unwrap();
    assert_eq!(code().await, "tree.too-large");
}

#[test]
fn paths_of_trees() {
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let (document, part) = (format!("documents/{hash}.json"), format!("parts/{hash}.json"));
    for path in ["index.json", &document, &part] {
        assert_eq!(TreeFile::at(path).unwrap().to_string(), path);
    }
    let shouted = format!("parts/{}.json", hash.to_uppercase());
    for path in ["", "Index.json", "parts/../index.json", "other/a.json", &shouted, &document[1..]]
    {
        assert_eq!(TreeFile::at(path), None, "{path}");
    }
}

#[test]
fn places_of_trees() {
    let url = |text: &str| TreePlace::parse(text).map(|it| it.to_string());
    assert_eq!(url("https://a.example/tree").unwrap(), "https://a.example/tree/");
    assert_eq!(url("https://a.example").unwrap(), "https://a.example/");
    assert_eq!(TreePlace::parse("a/tree").unwrap(), TreePlace::Folder("a/tree".into()));
    assert!(TreePlace::parse("https://").is_err());
}
