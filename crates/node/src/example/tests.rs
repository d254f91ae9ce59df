use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use wellspring_document::profile::{Federation, Listing, RegistrationMode};
use wellspring_document::{
    Acceptance, AnyVerified, FeedState, IssuerId, KeyBranches, Kind, Link, Mark, Opinion,
    ServerName, SightStatus, Text, Verdict, Verified, accept,
};
use wellspring_ranking::{
    Answer, Category, Corpus, Criterion, Origin, ProfileStatus, RankedServer, ReasonCode, View,
    rank,
};

use super::*;

/// The folder of this repository.
fn repository(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn verified(now: Timestamp) -> Vec<AnyVerified> {
    let documents = world(now).unwrap().documents;
    documents.into_iter().map(|raw| raw.verify_any().unwrap()).collect()
}

/// Everybody's issuer id, by the name of their folder.
fn issuers() -> BTreeMap<String, IssuerId> {
    let all = Issuers::read().unwrap();
    let feeds = all.operators().chain(all.curators()).chain(all.observers());
    feeds
        .map(|feed| (feed.name.to_owned(), feed.signer().unwrap().history.issuer().clone()))
        .collect()
}

/// The documents of one day, each kind by itself.
struct Shelf {
    issuers: BTreeMap<String, IssuerId>,
    profiles: Vec<Arc<Verified<Profile>>>,
    lists: Vec<Arc<Verified<EndorsementList>>>,
    reports: Vec<Arc<Verified<ObservationReport>>>,
}

impl Shelf {
    fn of(now: Timestamp) -> Self {
        let (profiles, lists, reports) = Default::default();
        let mut shelf = Self { issuers: issuers(), profiles, lists, reports };
        for document in verified(now) {
            match document {
                AnyVerified::Profile(it) => shelf.profiles.push(Arc::new(it)),
                AnyVerified::EndorsementList(it) => shelf.lists.push(Arc::new(it)),
                AnyVerified::ObservationReport(it) => shelf.reports.push(Arc::new(it)),
                AnyVerified::Index(_) | AnyVerified::View(_) => {}
            }
        }
        shelf
    }

    /// The profile of the issuer with this folder.
    fn profile(&self, folder: &str) -> &Verified<Profile> {
        let issuer = &self.issuers[folder];
        self.profiles.iter().find(|profile| profile.issuer() == issuer).unwrap()
    }

    /// The views of the three communities, in the order of the configuration.
    fn views(self, now: Timestamp) -> [View; 3] {
        let corpus = Corpus::new(self.profiles, self.lists, self.reports, now);
        let communities = Config::parse(COMMUNITIES).unwrap().communities;
        let views: Vec<_> =
            communities.iter().map(|community| rank(&community.policy, &corpus)).collect();
        views.try_into().unwrap()
    }
}

/// Moments at which the world must be whole: before, at and after its reference, at both ends
/// of a day, and much later.
fn moments() -> [Timestamp; 6] {
    [
        "2020-01-01T00:00:00Z",
        "2026-11-01T12:00:00Z",
        "2026-11-22T15:04:05Z",
        "2028-02-29T11:59:59Z",
        "2030-07-14T12:00:00Z",
        "2099-12-31T23:59:59Z",
    ]
    .map(moment)
}

/// What a node knows of a feed whose only document it accepted.
fn state_after(document: &AnyVerified) -> FeedState {
    FeedState {
        branches: Some(KeyBranches::of(document.history().clone())),
        mark: Some(Mark::of(document)),
    }
}

fn accepted(state: &FeedState, document: &AnyVerified, now: Timestamp) -> Acceptance {
    let accepted = accept(state, document, now).unwrap();
    assert_eq!(accepted.aside, None);
    accepted.acceptance
}

#[test]
fn every_document_holds_and_is_accepted_whenever_the_world_is_made() {
    for now in moments() {
        let mut known: BTreeMap<IssuerId, FeedState> = BTreeMap::new();
        for document in verified(now) {
            let state = known.entry(document.issuer().clone()).or_default();
            assert_eq!(accepted(state, &document, now), Acceptance::New, "{now}");
            *state = state_after(&document);
            assert_eq!(accepted(state, &document, now), Acceptance::Known, "{now}");
        }
        assert_eq!(known.len(), 23, "everybody publishes one document");
    }
}

#[test]
fn a_day_later_everything_is_newer_and_on_the_same_day_nothing_is() {
    let morning = moment("2027-03-05T12:00:00Z");
    let bytes = |now| -> Vec<_> {
        world(now).unwrap().documents.iter().map(|raw| raw.bytes().clone()).collect()
    };
    assert_eq!(bytes(morning), bytes(morning.plus_seconds(86_399)));
    let pairs = verified(morning).into_iter().zip(verified(morning.plus_days(1)));
    for (earlier, later) in pairs {
        assert_eq!(earlier.issuer(), later.issuer());
        let state = state_after(&earlier);
        assert_eq!(accepted(&state, &later, morning.plus_days(1)), Acceptance::New);
        assert_eq!(later.sequence(), earlier.sequence() + 1);
        assert_eq!(later.issued_at(), earlier.issued_at().plus_days(1));
    }
}

#[test]
fn a_clock_from_before_the_world_is_named() {
    let error = world(Timestamp::MIN).unwrap_err();
    insta::assert_snapshot!(error, @"the clock says 1970-01-01T00:00:00Z, and the example world begins at 2020-01-01T00:00:00Z; set the clock and start again");
}

#[test]
fn constants_are_the_moments_that_their_documentation_names() {
    assert_eq!(REFERENCE, moment("2026-11-01T12:00:00Z"));
    assert_eq!(KEYS_SINCE, moment("2020-01-01T00:00:00Z"));
}

#[test]
fn the_node_of_the_world_is_the_same_on_every_day_and_nobody_else() {
    let node = |now| world(now).unwrap().node.history().issuer().clone();
    let [first, others @ ..] = moments().map(node);
    assert!(others.iter().all(|other| *other == first));
    assert!(!issuers().values().any(|issuer| *issuer == first));
}

#[test]
fn every_folder_has_an_issuer() {
    let folders: BTreeSet<String> = [&OPERATORS, &CURATORS, &OBSERVERS]
        .into_iter()
        .flat_map(Dir::dirs)
        .map(|folder| folder.path().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(folders, issuers().into_keys().collect());
}

/// Every issuer id in the authoring files has the name of its folder in a comment behind it.
#[test]
fn issuer_ids_are_those_of_the_folder_named_behind_them() {
    let issuers = issuers();
    let files = [&OPERATORS, &CURATORS, &OBSERVERS]
        .into_iter()
        .flat_map(Dir::dirs)
        .flat_map(Dir::files)
        .map(|file| file.contents_utf8().unwrap())
        .chain([COMMUNITIES]);
    let mut found = 0;
    for line in files.flat_map(str::lines).filter(|line| line.contains("\"zQm")) {
        let (_, rest) = line.split_once("\"zQm").unwrap();
        let (id, comment) = rest.split_once('"').unwrap();
        let (_, name) = comment.split_once("# ").unwrap_or_else(|| panic!("{line}: who is it?"));
        assert_eq!(issuers[name].as_str(), format!("zQm{id}"), "{line}");
        found += 1;
    }
    assert!(found > 70, "{found}");
}

#[test]
fn all_links_stay_within_reserved_names() {
    let is_reserved = |host: &str| host.ends_with(".example") || host.ends_with(".test");
    for raw in world(REFERENCE).unwrap().documents {
        let text = String::from_utf8(raw.bytes().to_vec()).unwrap();
        for (_, rest) in text.match_indices("https://").map(|(at, _)| text.split_at(at)) {
            let link = rest.split('"').next().unwrap();
            assert!(is_reserved(&Link::new(link).unwrap().host()), "{link}");
        }
    }
}

/// A year, month or season in a text would be wrong as soon as the dates move.
#[test]
fn no_text_names_a_year() {
    for raw in world(REFERENCE).unwrap().documents {
        let value: serde_json::Value = serde_json::from_slice(raw.bytes()).unwrap();
        for text in prose(&value) {
            let mut words = text.split(|c: char| !c.is_alphanumeric());
            let year = words.find(|word| {
                word.len() == 4 && word.parse().is_ok_and(|year: u32| (1990..2040).contains(&year))
            });
            assert_eq!(year, None, "{text}");
        }
    }
}

/// The texts with a space in them.
fn prose(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(text) if text.contains(' ') => vec![text],
        serde_json::Value::Array(items) => items.iter().flat_map(prose).collect(),
        serde_json::Value::Object(members) => members.values().flat_map(prose).collect(),
        _ => Vec::new(),
    }
}

/// The snapshot holds the world of the reference moment and nothing else. With
/// WELLSPRING_WRITE_SNAPSHOT=1 this writes it.
#[test]
fn the_snapshot_is_the_world_of_the_reference_moment() {
    let folder = repository("feeds/snapshot");
    let folder_of: BTreeMap<_, _> = issuers().into_iter().map(|(name, id)| (id, name)).collect();
    let signed: BTreeMap<_, _> = verified(REFERENCE)
        .iter()
        .map(|document| {
            let kind = match document.kind() {
                Kind::Profile => "profiles",
                Kind::EndorsementList => "endorsement-lists",
                Kind::Index | Kind::View => panic!("the example world has none"),
                Kind::ObservationReport => "observation-reports",
            };
            let file = format!("{kind}/{}.json", folder_of[document.issuer()]);
            (file, document.bytes().to_vec())
        })
        .collect();
    if std::env::var_os("WELLSPRING_WRITE_SNAPSHOT").is_some_and(|value| value == "1") {
        let _ = fs::remove_dir_all(&folder);
        for (file, bytes) in &signed {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    let mut written = BTreeMap::new();
    for kind in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
        for file in fs::read_dir(kind.path()).unwrap().map(Result::unwrap) {
            let path = file.path();
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            written.insert(name, fs::read(path).unwrap());
        }
    }
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&signed));
    for (file, bytes) in &signed {
        assert!(
            written[file] == *bytes,
            "{file} differs; write the snapshot anew (feeds/README.md)"
        );
    }
}

#[test]
fn the_published_anchors_are_those_of_the_world() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Anchors {
        curators: Vec<CuratorAnchor>,
        observers: Vec<ObserverAnchor>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct CuratorAnchor {
        issuer: IssuerId,
        name: Text,
        list_url: Link,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ObserverAnchor {
        issuer: IssuerId,
        name: Text,
        report_url: Link,
    }
    let text = fs::read_to_string(repository("keys/example.toml")).unwrap();
    let anchors: Anchors = toml::from_str(&text).unwrap();
    let shelf = Shelf::of(REFERENCE);

    let curators = shelf.lists.iter().map(|list| {
        let name = list.body().curator.name.pick(&[]).1.clone();
        (list.issuer().clone(), name, list.body().curator.website.as_ref().unwrap().host())
    });
    let published = anchors.curators.into_iter();
    let published = published.map(|it| (it.issuer, it.name, it.list_url.host()));
    assert_eq!(published.collect::<Vec<_>>(), curators.collect::<Vec<_>>());

    let observers = shelf.reports.iter().map(|report| {
        let name = report.body().observer.name.pick(&[]).1.clone();
        (report.issuer().clone(), name, report.body().observer.website.as_ref().unwrap().host())
    });
    let published = anchors.observers.into_iter();
    let published = published.map(|it| (it.issuer, it.name, it.report_url.host()));
    assert_eq!(published.collect::<Vec<_>>(), observers.collect::<Vec<_>>());
}

#[test]
fn the_cast_is_as_varied_as_promised() {
    for now in moments() {
        let shelf = Shelf::of(now);
        assert!(shelf.profiles.len() >= 12 && shelf.lists.len() == 3 && shelf.reports.len() == 2);

        let servers: BTreeSet<_> =
            shelf.profiles.iter().map(|profile| &profile.body().server_name).collect();
        assert_eq!(servers.len() + 1, shelf.profiles.len(), "one name has two issuers");
        let of = |folder: &str| shelf.profile(folder).body().clone();
        assert_eq!(of("kolibri.example").server_name, of("kolibri.example-former").server_name);

        let expired = shelf.profiles.iter().filter(|profile| profile.is_expired(now));
        let expired: Vec<_> = expired.map(|profile| profile.subject()).collect();
        assert_eq!(expired, ["tidepool.example"], "{now}");
        assert!(shelf.lists.iter().all(|list| !list.is_expired(now)));
        assert!(shelf.reports.iter().all(|report| !report.is_expired(now)));

        assert_eq!(of("hollow.test").about.listing, Some(Listing::Unlisted));
        let mode = |folder| of(folder).registration.unwrap().mode.unwrap();
        assert_eq!(mode("fuchsbau.test"), RegistrationMode::Invite);
        assert_eq!(mode("quietwater.example"), RegistrationMode::Closed);
        let federation = of("chat.kreis-brennfeld.example").service.unwrap().federation;
        assert_eq!(federation, Some(Federation::Limited));

        // Two of three people sign the list of the first curator.
        let commons = shelf.lists.iter().find(|list| *list.issuer() == shelf.issuers["commons"]);
        assert_eq!(commons.unwrap().signers().len(), 2);
    }
}

#[test]
fn the_first_profile_says_something_in_every_section() {
    let Profile {
        server_name: _,
        about,
        registration,
        operator,
        contacts,
        hosting,
        pricing,
        finance,
        limits,
        policies,
        data_access,
        service,
        portability,
        applies_to,
        replies,
    } = Shelf::of(REFERENCE).profile("lindenhof.example").body().clone();
    assert!(about.description.is_some() && about.logo.is_some());
    assert!(registration.is_some() && operator.is_some() && contacts.is_some());
    assert!(hosting.is_some() && pricing.is_some() && finance.is_some() && limits.is_some());
    assert!(policies.is_some() && data_access.is_some() && service.is_some());
    assert!(portability.is_some() && !applies_to.is_empty() && !replies.is_empty());
}

#[test]
fn curators_agree_disagree_warn_reject_recommend_and_distrust() {
    let shelf = Shelf::of(REFERENCE);
    let verdicts = |server: &str| -> BTreeSet<Verdict> {
        let entries = shelf.lists.iter().flat_map(|list| &list.body().entries);
        let about = entries.filter(|entry| entry.server_name.as_str() == server);
        about.map(|entry| entry.verdict).collect()
    };
    assert_eq!(verdicts("plaza-abierta.example"), BTreeSet::from([Verdict::Endorse]));
    assert_eq!(
        verdicts("harbourline.example"),
        BTreeSet::from([Verdict::Endorse, Verdict::List, Verdict::Warn])
    );
    assert_eq!(verdicts("megaphone.example"), BTreeSet::from([Verdict::List, Verdict::Reject]));
    let opinions: Vec<_> = shelf
        .lists
        .iter()
        .map(|list| {
            let opinions = list.body().curators.iter();
            opinions.filter(|it| it.opinion == Opinion::Recommend).count()
        })
        .collect();
    assert_eq!(opinions, [2, 1, 1]);
    let opinions = shelf.lists.iter().flat_map(|list| &list.body().curators);
    assert!(opinions.into_iter().any(|it| it.opinion == Opinion::Distrust));
}

#[test]
fn sights_are_of_the_profiles_that_are_served() {
    let now = moment("2029-05-06T07:08:09Z");
    let shelf = Shelf::of(now);
    for report in &shelf.reports {
        for entry in &report.body().entries {
            assert!(entry.observed_at <= now && entry.observed_at > now.plus_days(-2));
            let Some(sight) = &entry.profile else { continue };
            if sight.status != SightStatus::Served {
                continue;
            }
            let seen = shelf.profiles.iter().find(|profile| {
                Some(profile.identity()) == sight.identity
                    && Some(profile.issuer()) == sight.issuer.as_ref()
            });
            assert_eq!(seen.unwrap().body().server_name, entry.server_name);
            assert!(sight.seen_at >= seen.unwrap().issued_at());
            if entry.server_name.as_str() == "kolibri.example" {
                assert_eq!(sight.issuer.as_ref(), Some(&shelf.issuers["kolibri.example"]));
            }
        }
    }
}

/// One line per server: its category for each community, `-` where it is not listed.
fn categories(views: &[View; 3]) -> String {
    let names: BTreeSet<_> =
        views.iter().flat_map(|view| &view.servers).map(|server| &server.server_name).collect();
    let line = |name: &ServerName| {
        let [association, hackerspace, ministry] = views
            .each_ref()
            .map(|view| view.server(name).map_or("-", |server| server.category.as_str()));
        format!("{:30} {association:16} {hackerspace:16} {ministry}", name.as_str())
    };
    names.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_three_communities_see_one_world_differently() {
    let views = Shelf::of(REFERENCE).views(REFERENCE);
    insta::assert_snapshot!(categories(&views), @r"
    abeilles.example               A                A                A
    bramble.example                B                B                B
    chat.kreis-brennfeld.example   not-for-public   not-for-public   not-for-public
    fuchsbau.test                  not-for-public   not-for-public   not-for-public
    harbourline.example            C                C                A
    kolibri.example                C                C                C
    komorebi.example               A                A                B
    lindenhof.example              A                A                A
    majlis.example                 A                A                B
    megaphone.example              D                D                B
    oldmill.example                C                C                C
    plaza-abierta.example          A                A                B
    polder.example                 A                A                A
    quietwater.example             not-for-public   not-for-public   not-for-public
    raumstation.test:8448          B                B                -
    rookery.example                C                A                C
    sardinas.example               B                B                B
    skylark-chat.example           C                C                B
    stadtwerke-elmen.example       B                -                B
    tidepool.example               B                B                B
    uni-ravnholt.example           not-for-public   not-for-public   not-for-public
    zielona.example                C                C                C
    ");
    let order = |view: &View| -> Vec<_> {
        view.servers.iter().map(|server| server.server_name.clone()).collect()
    };
    let [association, hackerspace, ministry] = views.each_ref().map(order);
    assert_ne!(association, hackerspace);
    assert_ne!(hackerspace, ministry);
    assert_ne!(ministry, association);
}

/// Dates move with the clock: what waits goes on waiting, and what is fresh stays so.
#[test]
fn the_categories_stay_the_same_at_any_time() {
    let at_reference = categories(&Shelf::of(REFERENCE).views(REFERENCE));
    for now in moments() {
        assert_eq!(categories(&Shelf::of(now).views(now)), at_reference, "{now}");
    }
}

#[test]
fn special_cases_show_in_the_views() {
    let now = moment("2027-01-20T18:00:00Z");
    let [association, hackerspace, ministry] = Shelf::of(now).views(now);
    let server = |view: &View, name: &str| view.server(&name.parse().unwrap()).unwrap().clone();

    let category = |view, name| server(view, name).category;
    assert_eq!(category(&association, "megaphone.example"), Category::D);
    assert_eq!(category(&ministry, "megaphone.example"), Category::B);
    assert_eq!(category(&hackerspace, "rookery.example"), Category::A);
    assert_eq!(category(&ministry, "rookery.example"), Category::C);

    for view in [&association, &hackerspace, &ministry] {
        for name in [
            "fuchsbau.test",
            "uni-ravnholt.example",
            "chat.kreis-brennfeld.example",
            "quietwater.example",
        ] {
            assert_eq!(category(view, name), Category::NotForPublic, "{name}");
        }
        assert_eq!(server(view, "tidepool.example").profile.status, ProfileStatus::Expired);
        let names = |is_meant: fn(&RankedServer) -> bool| -> BTreeSet<&str> {
            let meant = view.servers.iter().filter(|server| is_meant(server));
            meant.map(|server| server.server_name.as_str()).collect()
        };
        // One is new, one begins again with new keys, and nobody else waits.
        assert_eq!(
            names(|server| server.waiting().is_some_and(|waiting| !waiting.is_over)),
            BTreeSet::from(["kolibri.example", "zielona.example"])
        );
        assert_eq!(
            names(|server| server.waiting().is_some_and(|waiting| waiting.is_restarted)),
            BTreeSet::from(["kolibri.example"])
        );
        assert_eq!(
            names(|server| !server.contradictions.is_empty()),
            BTreeSet::from(["skylark-chat.example"])
        );
        let unlisted: Vec<_> = view.unlisted.iter().map(|it| it.server_name.as_str()).collect();
        assert_eq!(unlisted, ["hollow.test"]);
        // Whom an observer alone knows is not listed.
        assert!(!names(|_| true).contains("gardenshed.test"));
    }

    let kolibri = server(&association, "kolibri.example");
    assert!(kolibri.reasons().any(|reason| reason.code == ReasonCode::KeysChanged));
    assert_eq!(kolibri.profile.owner, Some(issuers()["kolibri.example"].clone()));
    assert!(association.unlisted[0].warnings().next().is_some());
    let distrusted = |view: &View| view.distrusted.len();
    assert_eq!((distrusted(&association), distrusted(&hackerspace)), (0, 1));
    let expired = server(&association, "oldmill.example");
    assert!(expired.reasons().any(|reason| reason.code == ReasonCode::EndorsementExpired));
}

/// Where a criterion of the program asks the same, curators use its name, so that what they
/// found is evidence.
#[test]
fn what_curators_found_answers_criteria() {
    let [association, ..] = Shelf::of(REFERENCE).views(REFERENCE);
    for (name, criterion, answer) in [
        ("lindenhof.example", Criterion::ReportLinked, Answer::Met),
        ("harbourline.example", Criterion::ReportPublic, Answer::NotMet),
    ] {
        let server = association.server(&name.parse().unwrap()).unwrap();
        let found = server.criteria().find(|it| it.criterion == criterion).unwrap();
        assert_eq!((found.answer, found.by.origin()), (answer, Origin::Endorsed), "{name}");
    }
    let lists = Shelf::of(REFERENCE).lists;
    let entries = lists.iter().flat_map(|list| &list.body().entries);
    for id in entries.flat_map(|entry| entry.criteria.keys()) {
        // Names with a point are those of the program.
        let is_known = Criterion::of_id(id).is_some_and(Criterion::takes_findings);
        assert_eq!(id.as_str().contains('.'), is_known, "{id:?}");
    }
}

#[test]
fn the_communities_contact_nobody_and_look_different() {
    let config = world(REFERENCE).unwrap().config;
    assert!(config.feeds.is_empty() && config.adopt.is_empty() && config.directories.is_empty());
    assert_eq!(config.sync.sources, crate::config::Discovery::Configured);
    let ids: Vec<_> = config.communities.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["association", "hackerspace", "ministry"]);
    let accents: BTreeSet<_> =
        config.communities.iter().map(|it| it.accent.light.to_string()).collect();
    assert_eq!(accents.len(), 3);
    assert!(config.communities.iter().all(|it| it.servers.is_empty()));
}
