//! Sequences of documents that arrive at a node, what it must answer to each, and where it
//! stands in the end (specification, sections 5.4 and 8).

mod scenarios;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{ISSUED_AT, canonical, codes, time};
use crate::json::Value;
use crate::{
    Acceptance, Accepted, AnyVerified, FeedState, KeyBranches, Mark, RawDocument, Timestamp, accept,
};

/// What arrives, and what comes of it.
struct Scenario {
    name: &'static str,
    about: &'static str,
    documents: Vec<(&'static str, Vec<u8>)>,
    /// Which document arrives, when, and what is answered: an outcome, then a code where
    /// there is one.
    arrivals: Vec<(&'static str, &'static str, &'static str)>,
    order: Order,
    /// The documents at which the feeds stand in the end.
    stands: Vec<&'static str>,
    /// Whether the keys of some issuer are contested in the end.
    is_contested: bool,
}

/// Whether the same must come of every other order of the arrivals.
#[derive(PartialEq)]
enum Order {
    AsGiven,
    Any,
}

impl Scenario {
    fn new(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            documents: Vec::new(),
            arrivals: Vec::new(),
            order: Order::AsGiven,
            stands: Vec::new(),
            is_contested: false,
        }
    }

    /// A document that arrives at the time of everything else.
    fn takes(self, name: &'static str, document: &Value, answer: &'static str) -> Self {
        self.has(name, canonical(document)).then(name, ISSUED_AT, answer)
    }

    fn has(mut self, name: &'static str, bytes: Vec<u8>) -> Self {
        self.documents.push((name, bytes));
        self
    }

    fn then(mut self, name: &'static str, now: &'static str, answer: &'static str) -> Self {
        self.arrivals.push((name, now, answer));
        self
    }

    fn in_any_order(self) -> Self {
        Self { order: Order::Any, ..self }
    }

    fn stands_at(self, stands: &[&'static str]) -> Self {
        Self { stands: stands.to_vec(), ..self }
    }

    fn contested(self) -> Self {
        Self { is_contested: true, ..self }
    }

    fn document(&self, name: &str) -> AnyVerified {
        let (_, bytes) = self.documents.iter().find(|(other, _)| *other == name).unwrap();
        RawDocument::new(bytes.clone()).verify_any().unwrap_or_else(|error| {
            panic!("{}: {name} does not hold: {error}", self.name);
        })
    }
}

type Feed = (String, &'static str, String);

fn feed_of(document: &AnyVerified) -> Feed {
    (document.issuer().to_string(), document.kind().type_name(), document.subject())
}

/// All that a node has to remember.
#[derive(Default)]
struct Node {
    branches: BTreeMap<String, KeyBranches>,
    marks: BTreeMap<(Feed, String), Mark>,
}

impl Node {
    /// Judges a document, and says what was decided in the words of the files.
    fn take(&mut self, document: &AnyVerified, now: Timestamp) -> Value {
        let feed = feed_of(document);
        let place = (feed, document.history().current_hash().to_owned());
        let branches = self.branches.get(document.issuer().as_str()).cloned();
        let state = FeedState { branches, mark: self.marks.get(&place).cloned() };
        let Accepted { acceptance, branches, aside, .. } = match accept(&state, document, now) {
            Ok(accepted) => accepted,
            Err(refusal) => {
                assert_eq!(refusal.code(), codes::of_refusal(&refusal));
                return json!({ "outcome": "refused", "code": refusal.code() });
            }
        };
        let (outcome, identity) = match acceptance {
            Acceptance::New => ("new", document.identity()),
            Acceptance::Known => ("known", document.identity()),
            Acceptance::Equivocation { counts } => ("equivocation", counts),
        };
        self.marks.insert(place, Mark { identity, ..Mark::of(document) });
        self.branches.insert(document.issuer().to_string(), branches);
        match aside {
            None => json!({ "outcome": outcome }),
            Some(aside) => {
                assert_eq!(aside.code(), codes::of_aside(&aside));
                json!({ "outcome": outcome, "aside": aside.code() })
            }
        }
    }

    /// Where the node stands, whatever way it came there.
    fn end(&self, documents: &BTreeMap<&'static str, AnyVerified>, now: Timestamp) -> Value {
        let issuers: BTreeMap<_, _> = self
            .branches
            .iter()
            .map(|(issuer, branches)| {
                let accepted = branches.accepted().hashes();
                (issuer, json!({ "accepted": accepted, "contested": branches.is_contested() }))
            })
            .collect();
        let names: BTreeMap<_, _> =
            documents.iter().rev().map(|(name, it)| (it.identity(), (name, it))).collect();
        let feeds: BTreeSet<_> = self.marks.keys().map(|(feed, _)| feed).collect();
        let feed = |feed: &Feed| {
            let accepted = self.branches[&feed.0].accepted().current_hash().to_owned();
            let mut stand = json!({ "issuer": feed.0, "kind": feed.1, "subject": feed.2 });
            if let Some(mark) = self.marks.get(&(feed.clone(), accepted)) {
                let (name, document) = &names[&mark.identity];
                stand["document"] = json!(name);
                stand["identity"] = json!(mark.identity);
                stand["expired"] = json!(document.is_expired(now));
            }
            stand
        };
        let feeds: Vec<_> = feeds.into_iter().map(feed).collect();
        json!({ "issuers": issuers, "feeds": feeds })
    }
}

/// The file of a scenario, after everything in it was found to be so.
fn file(scenario: &Scenario) -> Value {
    let names = scenario.documents.iter().map(|(name, _)| *name);
    let documents: BTreeMap<_, _> = names.map(|name| (name, scenario.document(name))).collect();
    let run = |order: &[usize]| {
        let mut node = Node::default();
        let mut steps = Vec::new();
        let mut last = Timestamp::MIN;
        for place in order {
            let (name, now, _) = scenario.arrivals[*place];
            let mut step = node.take(&documents[name], time(now));
            step["document"] = json!(name);
            step["now"] = json!(now);
            steps.push(step);
            last = last.max(time(now));
        }
        (steps, node.end(&documents, last))
    };
    let mut orders = vec![(0..scenario.arrivals.len()).collect::<Vec<_>>()];
    if scenario.order == Order::Any {
        orders = permutations(scenario.arrivals.len());
    }
    let (steps, end) = run(&orders[0]);
    let answered = steps.iter().map(answer).collect::<Vec<_>>();
    let expected = scenario.arrivals.iter().map(|(.., answer)| *answer).collect::<Vec<_>>();
    assert_eq!(answered, expected, "{}", scenario.name);
    let stands = end["feeds"].as_array().unwrap().iter();
    let stands: BTreeSet<_> = stands.filter_map(|feed| feed["document"].as_str()).collect();
    assert_eq!(stands, scenario.stands.iter().copied().collect(), "{}", scenario.name);
    let mut issuers = end["issuers"].as_object().unwrap().values();
    let is_contested = issuers.any(|issuer| issuer["contested"] == true);
    assert_eq!(is_contested, scenario.is_contested, "{}", scenario.name);
    let mut runs = Vec::new();
    for order in &orders {
        let (steps, other) = run(order);
        assert_eq!(other, end, "{} in the order {order:?}", scenario.name);
        runs.push(steps);
    }
    let files: BTreeMap<_, _> =
        documents.keys().map(|name| (name, document_file(scenario.name, name))).collect();
    json!({ "about": scenario.about, "documents": files, "runs": runs, "end": end })
}

/// The words in which a scenario says what is expected.
fn answer(step: &Value) -> String {
    let word = |name: &str| step.get(name).and_then(Value::as_str).map(str::to_owned);
    ["outcome", "code", "aside"].iter().filter_map(|name| word(name)).collect::<Vec<_>>().join(" ")
}

/// All orders of that many things, the given one first.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for shorter in permutations(last) {
        for place in (0..count).rev() {
            let mut order = shorter.clone();
            order.insert(place, last);
            all.push(order);
        }
    }
    all
}

fn document_file(scenario: &str, document: &str) -> String {
    format!("acceptance/{scenario}/{document}.json")
}

/// The entries of the index, and the files.
pub(super) fn files() -> (Vec<Value>, BTreeMap<String, Vec<u8>>) {
    let mut entries = Vec::new();
    let mut files = BTreeMap::new();
    for scenario in scenarios::all() {
        for (name, bytes) in &scenario.documents {
            files.insert(document_file(scenario.name, name), bytes.clone());
        }
        let path = format!("acceptance/{}.json", scenario.name);
        let mut text = lines(&file(&scenario));
        text.push('\n');
        files.insert(path.clone(), text.into_bytes());
        entries.push(json!({ "name": scenario.name, "file": path, "about": scenario.about }));
    }
    (entries, files)
}

/// Indented, with each step on a line of its own: there are many.
fn lines(file: &Value) -> String {
    let runs = file["runs"].as_array().unwrap().iter().map(|run| {
        let steps = run.as_array().unwrap().iter().map(|step| format!("      {step}"));
        format!("    [\n{}\n    ]", steps.collect::<Vec<_>>().join(",\n"))
    });
    let runs = format!("[\n{}\n  ]", runs.collect::<Vec<_>>().join(",\n"));
    let mut without = file.clone();
    without["runs"] = json!("RUNS");
    serde_json::to_string_pretty(&without).unwrap().replace("\"RUNS\"", &runs)
}

/// The codes that some step has.
pub(super) fn met() -> BTreeSet<&'static str> {
    let scenarios = scenarios::all();
    let answers = scenarios.iter().flat_map(|scenario| &scenario.arrivals);
    answers.filter_map(|(.., answer)| answer.split_once(' ').map(|(_, code)| code)).collect()
}
