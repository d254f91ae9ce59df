//! People who sign documents, and the documents of one small world.

use std::collections::BTreeSet;
use std::sync::Arc;

use wellspring_document::profile::{Registration, RegistrationMode};
use wellspring_document::{
    Body, Contact, Curator, CuratorOpinion, Date, Draft, Endorsement, EndorsementList, IssuerId,
    KeyHistory, Label, Link, Localized, Observation, ObservationReport, Observer, Opinion, Profile,
    ServerName, Sight, SightStatus, SigningKey, Timestamp, Verdict, Verified, sign,
};
use wellspring_ranking::{
    Adopted, Category, Corpus, Fraction, Points, Policy, RankedServer, ReasonCode, Root,
    TrustedCurator, View, rank,
};

/// The moment of every test.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

pub(crate) fn days_ago(days: i64) -> Timestamp {
    now().plus_days(-days)
}

pub(crate) fn date(days_ago: i64) -> Date {
    now().date().plus_days(-days_ago)
}

pub(crate) fn fraction(number: f64) -> Fraction {
    Fraction::new(number).unwrap()
}

pub(crate) fn name(text: &str) -> ServerName {
    ServerName::parse(text).unwrap()
}

/// Somebody who signs.
pub(crate) struct Person {
    pub(crate) id: IssuerId,
    key: SigningKey,
    history: KeyHistory,
}

/// Somebody else for each number.
pub(crate) fn person(number: u32) -> Person {
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    let key = SigningKey::from_seed(seed);
    let issued_at = "2025-01-01T00:00:00Z".parse().unwrap();
    let history = KeyHistory::genesis(issued_at, std::slice::from_ref(&key), 1).unwrap();
    Person { id: history.issuer().clone(), key, history }
}

/// People with the smaller issuer id first.
pub(crate) fn people<const N: usize>(first: u32) -> [Person; N] {
    let mut people: Vec<_> = (first..).take(N).map(person).collect();
    people.sort_by(|left, right| left.id.cmp(&right.id));
    people.try_into().unwrap_or_else(|_| unreachable!("as many as asked for"))
}

impl Person {
    /// Signs a document that is valid for eight days around now.
    pub(crate) fn signs<T: Body>(&self, body: &T) -> Arc<Verified<T>> {
        self.signs_at(body, days_ago(1), 1)
    }

    pub(crate) fn signs_at<T: Body>(
        &self,
        body: &T,
        at: Timestamp,
        sequence: u64,
    ) -> Arc<Verified<T>> {
        self.signs_for(8, body, at, sequence)
    }

    /// Signs a document that is valid for so many days.
    pub(crate) fn signs_for<T: Body>(
        &self,
        days: i64,
        body: &T,
        at: Timestamp,
        sequence: u64,
    ) -> Arc<Verified<T>> {
        let expires_at = at.plus_days(days);
        let draft = Draft { history: &self.history, sequence, issued_at: at, expires_at, body };
        let raw = sign(&draft, std::slice::from_ref(&self.key)).unwrap();
        Arc::new(raw.verify().unwrap())
    }
}

/// A verdict reviewed ten days ago, with whatever its kind must have.
pub(crate) fn verdict(verdict: Verdict, server: &str) -> Endorsement {
    let mut entry = Endorsement::new(name(server), verdict);
    entry.reviewed_at = Some(date(10));
    if verdict.is_adverse() {
        let page = Link::new("https://evidence.example/").unwrap();
        entry.reason = Some(Localized::english("Its moderators do not answer.").unwrap());
        entry.expires_at = Some(date(-100));
        entry.source = Some(page.clone());
        entry.objection = Some(Contact { page: Some(page), ..Contact::default() });
    }
    entry
}

pub(crate) fn endorse(server: &str) -> Endorsement {
    verdict(Verdict::Endorse, server)
}

/// An endorsement of the server under the keys of its owner.
pub(crate) fn endorse_of(server: &str, owner: &Person) -> Endorsement {
    Endorsement { issuer: Some(owner.id.clone()), ..endorse(server) }
}

pub(crate) fn list(title: &str, entries: Vec<Endorsement>) -> EndorsementList {
    let curator = Curator::new(Localized::english(title).unwrap());
    EndorsementList { entries, ..EndorsementList::new(curator) }
}

pub(crate) fn opinion(opinion: Opinion, about: &Person) -> CuratorOpinion {
    let issuer = about.id.clone();
    CuratorOpinion { issuer, opinion, name: None, list_url: None, reason: None }
}

/// What somebody says of others, good or bad: of each once, and nothing of themselves.
pub(crate) fn opinions(
    who: u32,
    said: impl IntoIterator<Item = (u32, bool)>,
) -> Vec<CuratorOpinion> {
    let mut others = BTreeSet::from([who]);
    let said = said.into_iter().filter(|(about, _)| others.insert(*about));
    let word = |is_good| if is_good { Opinion::Recommend } else { Opinion::Distrust };
    said.map(|(about, is_good)| opinion(word(is_good), &person(about))).collect()
}

pub(crate) fn recommends(about: &Person) -> CuratorOpinion {
    opinion(Opinion::Recommend, about)
}

pub(crate) fn distrusts(about: &Person) -> CuratorOpinion {
    opinion(Opinion::Distrust, about)
}

pub(crate) fn profile(server: &str) -> Profile {
    let mut profile = Profile::new(name(server), Localized::english("A server").unwrap());
    let registration =
        Registration { mode: Some(RegistrationMode::Open), ..Registration::default() };
    profile.registration = Some(registration);
    profile
}

/// The sight of a name that has served the profile of `owner` for `days`.
pub(crate) fn served(server: &str, profile: &Verified<Profile>, days: i64) -> Observation {
    let mut observation = Observation::new(name(server), days_ago(0));
    observation.profile = Some(Sight {
        status: SightStatus::Served,
        identity: Some(profile.identity()),
        issuer: Some(profile.issuer().clone()),
        seen_at: days_ago(0),
        first_seen_at: days_ago(days),
        profile_first_seen_at: Some(days_ago(days)),
        issuer_first_seen_at: Some(days_ago(days)),
    });
    observation
}

/// The sight of a name that served no profile.
pub(crate) fn seen(server: &str, status: SightStatus) -> Observation {
    let mut observation = Observation::new(name(server), days_ago(0));
    let (seen_at, first_seen_at) = (days_ago(0), days_ago(0));
    observation.profile = Some(Sight {
        status,
        identity: None,
        issuer: None,
        seen_at,
        first_seen_at,
        profile_first_seen_at: None,
        issuer_first_seen_at: None,
    });
    observation
}

/// A community and the documents that its node has.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) profiles: Vec<Arc<Verified<Profile>>>,
    pub(crate) lists: Vec<Arc<Verified<EndorsementList>>>,
    pub(crate) reports: Vec<Arc<Verified<ObservationReport>>>,
}

impl World {
    pub(crate) fn trusts(&mut self, who: &Person, trust: f64) {
        let root = Root { issuer: who.id.clone(), trust: fraction(trust), name: None };
        self.policy.curators.push(root);
    }

    pub(crate) fn hears(&mut self, who: &Person) {
        self.policy.observers.push(who.id.clone());
    }

    /// A curator whom the community trusts, with a list of these entries.
    pub(crate) fn root(&mut self, who: &Person, trust: f64, entries: Vec<Endorsement>) {
        self.trusts(who, trust);
        self.publishes(who, &list("A curator", entries));
    }

    pub(crate) fn publishes(&mut self, who: &Person, list: &EndorsementList) {
        self.lists.push(who.signs(list));
    }

    pub(crate) fn recommends(&mut self, who: &Person, others: &[&Person]) {
        let curators = others.iter().map(|other| recommends(other)).collect();
        let list = EndorsementList { curators, ..list("A curator", Vec::new()) };
        self.publishes(who, &list);
    }

    pub(crate) fn adopts(&mut self, node: &Person, source: &str, list: &EndorsementList) {
        self.policy.own = Some(node.id.clone());
        let source: wellspring_document::ListSource = source.parse().unwrap();
        self.policy.adopted.push(Adopted {
            source: source.clone(),
            trust: Fraction::ONE,
            name: None,
        });
        let origin =
            list.adopted_from.clone().unwrap_or_else(|| wellspring_document::AdoptedFrom {
                source,
                format: Label::new("joinmatrix").unwrap(),
                read_at: days_ago(1),
                list_date: None,
                vouched_since: None,
                credit: None,
            });
        let list = EndorsementList { adopted_from: Some(origin), ..list.clone() };
        self.publishes(node, &list);
    }

    pub(crate) fn reports(&mut self, who: &Person, entries: Vec<Observation>) {
        let observer = Observer::new(Localized::english("An observer").unwrap());
        let report = ObservationReport { entries, ..ObservationReport::new(observer) };
        self.reports.push(who.signs(&report));
    }

    /// A profile that its name serves, as the community's own node saw for `days`.
    pub(crate) fn serves(&mut self, owner: &Person, profile: &Profile, days: i64) {
        let node = person(9_999);
        self.policy.own = Some(node.id.clone());
        let signed = owner.signs(profile);
        let mut sights = vec![served(profile.server_name.as_str(), &signed, days)];
        self.profiles.push(signed);
        if let Some(index) = self.reports.iter().position(|report| *report.issuer() == node.id) {
            sights.extend(self.reports.remove(index).body().entries.iter().cloned());
        }
        self.reports(&node, sights);
    }

    pub(crate) fn corpus(&self) -> Corpus {
        Corpus::new(self.profiles.clone(), self.lists.clone(), self.reports.clone(), now())
    }

    pub(crate) fn view(&self) -> View {
        rank(&self.policy, &self.corpus())
    }

    pub(crate) fn server(&self, server: &str) -> RankedServer {
        self.view().server(&name(server)).expect("the server is in the view").clone()
    }

    pub(crate) fn score(&self, server: &str) -> String {
        self.server(server).score.to_string()
    }

    pub(crate) fn category(&self, server: &str) -> Category {
        self.server(server).category
    }

    /// The codes and points of a server's reasons, without what is not yet known.
    pub(crate) fn reasons(&self, server: &str) -> Vec<(&'static str, String)> {
        let server = self.server(server);
        let sum: Points = server.reasons().map(|reason| reason.points).sum();
        assert_eq!(sum, server.score, "the reasons add up to the score");
        let unknown = [ReasonCode::ServiceUnknown, ReasonCode::TransparencyUnknown];
        let known = server.reasons().filter(|reason| !unknown.contains(&reason.code));
        known.map(|reason| (reason.code.as_str(), reason.points.to_string())).collect()
    }

    pub(crate) fn curator(&self, who: &Person) -> Option<Arc<TrustedCurator>> {
        self.view().curators.into_iter().find(|curator| curator.issuer == who.id)
    }

    pub(crate) fn trust_in(&self, who: &Person) -> String {
        self.curator(who).map_or_else(|| "0".to_owned(), |curator| curator.trust.to_string())
    }
}
