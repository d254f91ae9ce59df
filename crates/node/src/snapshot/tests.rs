use wellspring_document::{
    Body, Curator, Draft, Endorsement, KeyHistory, KeyState, Localized, Observer, Quorum,
    SigningKey, Verdict, sign,
};

use super::*;

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// An issuer with as many keys, one after the other, as `versions`.
struct Signer {
    key: SigningKey,
    history: KeyHistory,
}

impl Signer {
    fn new(seed: u8, versions: u8) -> Self {
        let mut key = SigningKey::from_seed([seed; 32]);
        let mut history = KeyHistory::genesis(now(), std::slice::from_ref(&key), 1).unwrap();
        for version in 2..=versions {
            let next = SigningKey::from_seed([seed + 100 + version; 32]);
            let signing = Quorum { keys: [next.public()].into(), threshold: 1 };
            let state = KeyState { issued_at: now(), signing, recovery: None };
            history = history.extend(&state, &[key, next.clone()]).unwrap();
            key = next;
        }
        Self { key, history }
    }

    fn sign<T: Body>(&self, sequence: u64, body: &T) -> AnyVerified {
        let draft = Draft {
            history: &self.history,
            sequence,
            issued_at: now(),
            expires_at: now().plus_days(8),
            body,
        };
        sign(&draft, std::slice::from_ref(&self.key)).unwrap().verify_any().unwrap()
    }

    fn profile(&self, sequence: u64, server_name: &str) -> AnyVerified {
        let name = Localized::english("A server").unwrap();
        self.sign(sequence, &Profile::new(server_name.parse().unwrap(), name))
    }

    fn list(&self, sequence: u64) -> AnyVerified {
        let curator = Curator::new(Localized::english("A curator").unwrap());
        self.sign(sequence, &EndorsementList::new(curator))
    }

    fn report(&self, sequence: u64) -> AnyVerified {
        let observer = Observer::new(Localized::english("An observer").unwrap());
        self.sign(sequence, &ObservationReport::new(observer))
    }
}

/// What is held, as subject, version of the keys and sequence.
fn held(documents: &CurrentDocuments) -> Vec<(String, u32, u64)> {
    fn of<T: Body>(document: &Arc<Verified<T>>) -> (String, u32, u64) {
        let kind = document.body().subject();
        (format!("{}{kind}", T::KIND), document.key_version(), document.sequence())
    }
    let profiles = documents.profiles.values().map(of);
    profiles
        .chain(documents.lists.values().map(of))
        .chain(documents.reports.values().map(of))
        .collect()
}

#[test]
fn a_document_takes_the_place_of_its_feed_alone() {
    let (one, other) = (Signer::new(1, 1), Signer::new(2, 1));
    let mut documents = CurrentDocuments::default();
    for document in [
        one.profile(1, "a.example"),
        one.profile(1, "b.example"),
        other.profile(7, "a.example"),
        one.list(1),
        one.profile(2, "a.example"),
    ] {
        documents.put(document);
    }
    let mut sequences: Vec<_> = held(&documents).into_iter().map(|(_, _, it)| it).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, [1, 1, 2, 7]);
    let list = documents.list(one.history.issuer(), "").unwrap();
    assert_eq!(list.sequence(), 1);
    assert!(documents.list(other.history.issuer(), "").is_none());
    assert!(documents.list(one.history.issuer(), "file:servers.json").is_none());
}

#[test]
fn new_keys_drop_what_the_old_ones_signed_and_nothing_else() {
    let (before, after) = (Signer::new(1, 1), Signer::new(1, 3));
    assert_eq!(before.history.issuer(), after.history.issuer());
    let neighbours: Vec<_> = (2..12).map(|seed| Signer::new(seed, 1)).collect();
    let mut documents = CurrentDocuments::default();
    for signer in neighbours.iter().chain([&before]) {
        documents.put(signer.profile(5, "a.example"));
        documents.put(signer.profile(5, "b.example"));
        documents.put(signer.list(5));
        documents.put(signer.report(5));
    }
    let others = 4 * neighbours.len();
    assert_eq!(held(&documents).len(), others + 4);

    documents.put(after.list(1));
    let of_issuer: Vec<_> = held(&documents).into_iter().filter(|(_, _, it)| *it != 5).collect();
    assert_eq!(of_issuer, [("endorsement list".to_owned(), 3, 1)]);
    assert_eq!(held(&documents).len(), others + 1);

    // What is signed again counts again.
    documents.put(after.profile(1, "a.example"));
    documents.put(after.report(1));
    assert_eq!(held(&documents).len(), others + 3);
    assert!(documents.report(after.history.issuer()).is_some());
}

#[test]
fn what_was_erased_is_held_no_longer() {
    let (one, other) = (Signer::new(1, 1), Signer::new(2, 1));
    let mut documents = CurrentDocuments::default();
    let (erased, newer) = (one.profile(1, "a.example"), one.profile(2, "a.example"));
    let (kept, list) = (other.profile(1, "a.example"), one.list(1));
    for document in [&erased, &kept, &list] {
        documents.put(document.clone());
        assert!(documents.holds(document));
    }
    assert!(!documents.holds(&newer));
    documents.drop_erased(&BTreeSet::from([erased.identity(), newer.identity()]));
    assert!(!documents.holds(&erased));
    assert!(documents.holds(&kept) && documents.holds(&list));
}

#[test]
fn what_no_changed_list_touches_is_not_looked_at_again_in_any_community() {
    let (one, other) = (Signer::new(1, 1), Signer::new(2, 1));
    let list = |signer: &Signer, sequence, servers: &[&str]| {
        let curator = Curator::new(Localized::english("A curator").unwrap());
        let entry = |name: &&str| Endorsement::new(name.parse().unwrap(), Verdict::Endorse);
        let entries = servers.iter().map(entry).collect();
        signer.sign(sequence, &EndorsementList { entries, ..EndorsementList::new(curator) })
    };
    let community = |id: &str, path: &str, trust: [f32; 2]| {
        let root = |(signer, trust): (&Signer, f32)| {
            let issuer = signer.history.issuer();
            format!("[[community.policy.curators]]\nissuer = \"{issuer}\"\ntrust = {trust:?}\n")
        };
        let roots: String = [&one, &other].into_iter().zip(trust).map(root).collect();
        let name = "name = { en = \"A\" }";
        format!("[[community]]\nid = \"{id}\"\npath = \"{path}\"\n{name}\n{roots}")
    };
    let text = community("a", "/", [1.0, 0.5]) + &community("b", "/b", [0.5, 1.0]);
    let config = Config::parse(&text).unwrap();
    let (own, contests) = (Signer::new(9, 1), Contests::default());
    let own = own.history.issuer();
    let mut documents = CurrentDocuments::default();
    documents.put(list(&one, 1, &["a.example", "b.example", "c.example", "d.example"]));
    documents.put(list(&other, 1, &["a.example"]));
    let mut ranked = Ranked::default();
    let before = ranked.views(&config, own, &documents, &contests, now());

    documents.put(list(&other, 2, &["b.example"]));
    let later = now().plus_seconds(60);
    let after = ranked.views(&config, own, &documents, &contests, later);
    let place = |view: &CommunityView, name: &str| {
        std::ptr::from_ref(&**view.view.server(&name.parse().unwrap()).unwrap())
    };
    for (before, after) in before.iter().zip(&after) {
        let expected = view(&documents, &contests, later, &after.view.policy);
        let written = |view: &View| serde_json::to_string(view).unwrap();
        assert_eq!(written(&after.view), written(&expected));
        let is_kept = |name| place(before, name) == place(after, name);
        let kept = ["a.example", "b.example", "c.example", "d.example"].map(is_kept);
        assert_eq!(kept, [false, false, true, true]);
    }
}
