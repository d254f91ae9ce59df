//! A node with a tree, and forgers of it who have the node's key.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wellspring_document::json::Value;
use wellspring_document::profile::Listing;
use wellspring_document::{
    Body, BytesHash, CommunityName, Curator, CuratorOpinion, Endorsement, EndorsementList, Index,
    IndexEntry, KeyHistory, KeyState, Localized, Opinion, Part, PartRef, Profile, Quorum,
    RawDocument, Record, ServerName, SigningKey, Timestamp, Verdict, ViewManifest, ViewRef,
    into_parts,
};
use wellspring_store::WellKnownAnswer;

use crate::config::Config;
use crate::tree::{TreeFile, export};
use crate::{Clock, Issuer, Node, Opening, SyncScope};

pub(super) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn name(text: &str) -> ServerName {
    ServerName::parse(text).unwrap()
}

/// Somebody who signs.
pub(super) fn person(seed: u8) -> Issuer {
    Issuer::start(SigningKey::from_seed([seed; 32]), now().plus_days(-40)).unwrap()
}

/// Somebody after a change of keys.
fn rotated(issuer: u8, key: u8) -> Issuer {
    let old = SigningKey::from_seed([issuer; 32]);
    let new = SigningKey::from_seed([key; 32]);
    let signing = Quorum { keys: [new.public()].into(), threshold: 1 };
    let state = KeyState { issued_at: now().plus_days(-3), signing, recovery: None };
    let history: KeyHistory =
        person(issuer).history().extend(&state, &[old, SigningKey::from_seed([key; 32])]).unwrap();
    Issuer::with(new, history).unwrap()
}

pub(super) fn list_body(entries: &[(&str, Verdict)]) -> EndorsementList {
    let mut body = EndorsementList::new(Curator::new(Localized::english("A curator").unwrap()));
    for (server, verdict) in entries {
        let mut entry = Endorsement::new(name(server), *verdict);
        entry.reviewed_at = Some(now().date().plus_days(-20));
        body.entries.push(entry);
    }
    body
}

pub(super) fn list(seed: u8, sequence: u64, entries: &[(&str, Verdict)]) -> RawDocument {
    signed(&person(seed), sequence, &list_body(entries))
}

fn signed(issuer: &Issuer, sequence: u64, body: &impl Body) -> RawDocument {
    issuer.sign(body, sequence, now().plus_days(-1), 30).unwrap()
}

fn profile(seed: u8, server: &str, listing: Option<Listing>) -> RawDocument {
    let mut body = Profile::new(name(server), Localized::english("A server").unwrap());
    body.about.listing = listing;
    signed(&person(seed), 1, &body)
}

/// A node that reads a folder of documents and has written its tree.
pub(super) struct Town {
    folder: tempfile::TempDir,
    pub(super) node: Arc<Node>,
}

impl Town {
    /// Two communities: `town` trusts the first curator and through them the second, `club`
    /// the second alone; and to the policy of `club` comes what `club` says.
    fn new(club: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("documents")).unwrap();
        let id = |seed| person(seed).history().issuer().clone();
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
            curators = [{{ issuer = \"{}\" }}]
            [[community]]
            id = \"club\"
            name = {{ en = \"The club\" }}
            [community.policy]
            curators = [{{ issuer = \"{}\" }}]
            {club}",
            id(1),
            id(2),
        );
        let config = Config::parse_in(&text, folder.path()).unwrap();
        let opening = Opening::configured(config, Clock::Fixed(now()), [9; 32]);
        let node = Node::open(opening).unwrap();
        Self { folder, node }
    }

    fn put(&self, name: &str, document: &RawDocument) {
        fs::write(self.folder.path().join("documents").join(name), document.bytes()).unwrap();
    }

    async fn sync_and_export(&self) {
        self.node.sync(SyncScope::All, &|_| {}).await.unwrap();
        export(&self.node, &self.tree(), &mut |_, _| {}).unwrap();
    }

    pub(super) fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    /// A profile, a wish not to be listed, three lists of which two contradict each other, and
    /// what the node itself saw.
    pub(super) async fn lively() -> Self {
        let town = Self::new("");
        let names = ["a.example", "b.example", "c.example"];
        let mut body = list_body(&names.map(|name| (name, Verdict::Endorse)));
        body.curators.push(CuratorOpinion {
            issuer: person(2).history().issuer().clone(),
            opinion: Opinion::Recommend,
            name: None,
            list_url: None,
            reason: None,
        });
        town.put("1.json", &signed(&person(1), 1, &body));
        // Whichever counts, it names one server.
        town.put("2.json", &list(2, 2, &[("a.example", Verdict::Endorse)]));
        town.put("2-other.json", &list(2, 2, &[("a.example", Verdict::List)]));
        let (shown, hidden) =
            (profile(3, "a.example", None), profile(4, "d.example", Some(Listing::Unlisted)));
        town.put("a.json", &shown);
        town.put("d.json", &hidden);
        let served = |seed, document: &RawDocument| WellKnownAnswer::Served {
            identity: document.clone().verify_any().unwrap().identity(),
            issuer: person(seed).history().issuer().clone(),
        };
        let sights = [
            (name("a.example"), served(3, &shown)),
            (name("c.example"), WellKnownAnswer::NotFound),
            (name("d.example"), served(4, &hidden)),
        ];
        town.node.store().record_sights(&sights, now()).unwrap();
        town.sync_and_export().await;
        town
    }

    /// One profile is gone for good, and a name serves a wish instead of its profile, or for
    /// the first time.
    pub(super) async fn take_back(&self) {
        let sights = [
            (name("a.example"), WellKnownAnswer::Gone),
            (name("b.example"), WellKnownAnswer::Unlisted),
            (name("d.example"), WellKnownAnswer::Gone),
        ];
        let names = [name("a.example"), name("d.example")];
        self.node.store().record_sights(&sights, now()).unwrap();
        self.node.store().withdraw_profiles(&names, now()).unwrap();
        self.sync_and_export().await;
    }

    /// The keys of the second curator lead two ways, and the club follows one of them.
    pub(super) async fn contested() -> Self {
        let (ours, theirs) = (rotated(2, 22), rotated(2, 23));
        let town = Self::new(&format!(
            "[[community.policy.contests]]
            issuer = \"{}\"
            follow = \"{}\"
            reason = \"They told us.\"
            decided_at = \"2026-11-21\"",
            ours.history().issuer(),
            ours.history().current_hash(),
        ));
        let mut body = list_body(&[]);
        body.curators.push(CuratorOpinion {
            issuer: ours.history().issuer().clone(),
            opinion: Opinion::Recommend,
            name: None,
            list_url: None,
            reason: None,
        });
        town.put("1.json", &signed(&person(1), 1, &body));
        town.put("before.json", &list(2, 1, &[("before.example", Verdict::Endorse)]));
        let entries = ["ours.example", "next.example"].map(|name| (name, Verdict::Endorse));
        town.put("ours.json", &signed(&ours, 1, &list_body(&entries)));
        let entries = [("theirs.example", Verdict::Endorse)];
        town.put("theirs.json", &signed(&theirs, 1, &list_body(&entries)));
        town.sync_and_export().await;
        town
    }

    /// The keys of a curator are contested, and only an index that somebody signed with them
    /// shows it, as mirrors do.
    pub(super) async fn contested_by_an_index() -> Self {
        let (ours, theirs) = (rotated(2, 22), rotated(2, 23));
        let town = Self::new("");
        town.put("ours.json", &signed(&ours, 1, &list_body(&[("a.example", Verdict::Endorse)])));
        let index = theirs.sign(&Index::default(), 1, now(), 8).unwrap().verify_any().unwrap();
        let database = town.folder.path().join("data").join(crate::DATABASE_FILE);
        let mut store = wellspring_store::Store::open(database).unwrap();
        let arrival = wellspring_store::Arrival { document: &index, source: None };
        store.accept(&[arrival], now()).unwrap();
        town.sync_and_export().await;
        town
    }

    /// Another tree, which the node signed after `change`.
    pub(super) fn forged(&self, change: &dyn Fn(&mut Forged)) -> PathBuf {
        let mut forged = Forged::read(&self.tree());
        change(&mut forged);
        let place = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        forged.write(&self.node.issuer(), &place);
        place
    }
}

/// A tree taken to pieces.
pub(super) struct Forged {
    pub(super) entries: Vec<IndexEntry>,
    pub(super) views: Vec<ForgedView>,
    documents: BTreeMap<BytesHash, Vec<u8>>,
    /// Whether the records of views stand in the order that they must not have.
    pub(super) backwards: bool,
}

pub(super) struct ForgedView {
    /// As what the index names it.
    pub(super) named: CommunityName,
    pub(super) manifest: ViewManifest,
    pub(super) records: Vec<Value>,
    /// Who signs, if not the node.
    pub(super) signer: Option<Issuer>,
}

impl Forged {
    /// The files of a tree.
    pub(super) fn names(tree: &Path) -> Vec<String> {
        let mut names = vec!["index.json".to_owned()];
        for folder in ["documents", "parts"] {
            let entries = fs::read_dir(tree.join(folder)).unwrap();
            names.extend(entries.map(|entry| {
                format!("{folder}/{}", entry.unwrap().file_name().into_string().unwrap())
            }));
        }
        names
    }

    fn read(tree: &Path) -> Self {
        let read = |file: TreeFile| fs::read(tree.join(file.to_string())).unwrap();
        let index: Index =
            RawDocument::new(read(TreeFile::Index)).verify::<Index>().unwrap().body().clone();
        let part = |part: &PartRef| read(TreeFile::Part(part.hash));
        let entries: Vec<IndexEntry> = index
            .parts
            .iter()
            .flat_map(|it| IndexEntry::read_part(it, &part(it)).unwrap())
            .collect();
        let view = |reference: &ViewRef| {
            let document = RawDocument::new(read(TreeFile::Document(reference.hash)));
            let manifest = document.verify::<ViewManifest>().unwrap().body().clone();
            let records = manifest
                .parts
                .iter()
                .flat_map(|it| ViewManifest::read_part(it, &part(it)).unwrap())
                .collect();
            ForgedView { named: reference.community.clone(), manifest, records, signer: None }
        };
        let documents =
            entries.iter().map(|it| (it.hash, read(TreeFile::Document(it.hash)))).collect();
        let views = index.views.iter().map(view).collect();
        Self { entries, views, documents, backwards: false }
    }

    pub(super) fn view(&mut self, community: &str) -> &mut ForgedView {
        let view = self.views.iter_mut().find(|it| it.named.as_str() == community);
        view.unwrap()
    }

    /// The record of this kind about a server or an issuer.
    pub(super) fn record(&mut self, community: &str, kind: &str, about: &str) -> &mut Value {
        let records = self.view(community).records.iter_mut();
        let mut found = records.filter_map(|record| record.get_mut(kind));
        found.find(|it| it["server_name"] == about || it["issuer"] == about).unwrap()
    }

    /// Names one more document as one that counts.
    pub(super) fn add(&mut self, document: &RawDocument) {
        let verified = document.clone().verify::<EndorsementList>().unwrap();
        self.entries.push(verified.index_entry());
        self.documents.insert(verified.bytes_hash(), document.bytes().to_vec());
    }

    /// Names other bytes in the place of a document.
    pub(super) fn replace(&mut self, place: usize, bytes: Vec<u8>) {
        let entry = &mut self.entries[place];
        entry.hash = BytesHash::of(&bytes);
        entry.size = u32::try_from(bytes.len()).unwrap();
        self.documents.insert(entry.hash, bytes);
    }

    fn write(self, issuer: &Issuer, to: &Path) {
        for folder in ["documents", "parts"] {
            fs::create_dir(to.join(folder)).unwrap();
        }
        let put = |file: TreeFile, bytes: &[u8]| {
            fs::write(to.join(file.to_string()), bytes).unwrap();
        };
        for (hash, bytes) in &self.documents {
            put(TreeFile::Document(*hash), bytes);
        }
        let parts = |records: Vec<Record>| -> Vec<PartRef> {
            let parts = into_parts(records).unwrap().into_iter();
            let write = |Part { reference, bytes }| {
                put(TreeFile::Part(reference.hash), &bytes);
                reference
            };
            parts.map(write).collect()
        };
        let mut views = Vec::new();
        for ForgedView { named, mut manifest, records, signer } in self.views {
            manifest.parts = parts(records.iter().map(record).collect());
            if self.backwards {
                let reference = &mut manifest.parts[0];
                let records: Vec<&Value> = records.iter().rev().collect();
                let bytes = serde_json::to_vec(&serde_json::json!({ "records": records })).unwrap();
                reference.hash = BytesHash::of(&bytes);
                reference.size = u32::try_from(bytes.len()).unwrap();
                put(TreeFile::Part(reference.hash), &bytes);
            }
            let document =
                signer.as_ref().unwrap_or(issuer).sign(&manifest, 900, now(), 8).unwrap();
            let hash = BytesHash::of(document.bytes());
            put(TreeFile::Document(hash), document.bytes());
            let size = u32::try_from(document.bytes().len()).unwrap();
            views.push(ViewRef { community: named, hash, size });
        }
        let index =
            Index { views, parts: parts(self.entries.iter().map(IndexEntry::record).collect()) };
        put(TreeFile::Index, issuer.sign(&index, 900, now(), 8).unwrap().bytes());
    }
}

/// A record of a view at its place, whatever it says.
fn record(value: &Value) -> Record {
    let about = value.as_object().and_then(|record| record.values().next());
    let text = |member| about.and_then(|about| about.get(member)).and_then(Value::as_str);
    Record::new(text("server_name").or_else(|| text("issuer")).unwrap_or_default(), value)
}
