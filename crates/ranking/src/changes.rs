//! What changed between two views of one community, and why.
//!
//! A change is told of a server that came or went, whose category is another one, or whose
//! score moved. A server that has another place because others moved has not changed. Reviews
//! age, and measurements are never twice the same: what only such moves by less than
//! [`LEAST_MOVE`] is not told until the moves add up to it, because every change is told
//! against the [`Standing`] of which was last told. Where the policy changed, that is the
//! change: no server is to blame.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use wellspring_document::{IssuerId, ListSource, ServerName, Timestamp};

use crate::criteria::Criterion;
use crate::number::{Fraction, Points};
use crate::policy::Policy;
use crate::reason::Reason;
use crate::view::{Answer, Category, RankedServer, View};

/// What a move of the score must reach to be told, where time and measurements alone made it:
/// one point. A smaller move of that kind is nobody's doing.
pub const LEAST_MOVE: Points = Points::from_tenths(10);

/// The most reasons of one change that are told, the largest first: who reads more of them
/// learns nothing more.
pub const MAX_REASONS_TOLD: usize = 20;

/// A code or name that is stable: of this program, or of the one that wrote it down.
type Code = Cow<'static, str>;

/// Something that changed in the list of a community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// Changes are told from here on.
    Began {
        /// How many servers were in the list.
        servers: usize,
    },
    /// The policy is another one. What it changed of servers is not told of them.
    Policy {
        /// How many servers are in the list under the new one.
        servers: usize,
    },
    /// The server was not in the list before.
    Entered(Moved),
    /// The server is no longer in the list.
    Left(Moved),
    /// Its score is higher.
    Rose(Moved),
    /// Its score is lower.
    Fell(Moved),
    /// Its category is another one, and its score the same.
    Category(Moved),
}

impl Change {
    /// How it is written.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Began { .. } => "began",
            Self::Policy { .. } => "policy",
            Self::Entered(_) => "entered",
            Self::Left(_) => "left",
            Self::Rose(_) => "rose",
            Self::Fell(_) => "fell",
            Self::Category(_) => "category",
        }
    }

    /// Which server moved, where one did.
    pub const fn moved(&self) -> Option<&Moved> {
        match self {
            Self::Began { .. } | Self::Policy { .. } => None,
            Self::Entered(moved)
            | Self::Left(moved)
            | Self::Rose(moved)
            | Self::Fell(moved)
            | Self::Category(moved) => Some(moved),
        }
    }
}

/// A server that moved, from where to where, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The server.
    pub server_name: ServerName,
    /// Where it stood before, where it was in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Stood>,
    /// Where it stands now, where it is in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Stood>,
    /// What made the difference, the largest first; at most [`MAX_REASONS_TOLD`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ReasonChange>,
    /// Where the category changed: the criteria whose answers did, of those that a category
    /// asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<CriterionChange>,
}

/// Where a server stood in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stood {
    /// Its score.
    pub score: Points,
    /// Its category.
    pub category: Category,
}

/// A reason of a score that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonChange {
    /// The code of the reason; of one that went, the code that it had.
    pub code: Code,
    /// Its code before, where that was another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Code>,
    /// Whose word it is, where a curator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Speaker>,
    /// How many points it earns more than before.
    pub points: Points,
    /// In what it differs.
    pub because: Because,
}

/// A reason that changed, with the name of the one whose word it is.
#[derive(Debug, Clone, Copy)]
pub struct NamedReasonChange<'a> {
    /// The reason.
    pub reason: &'a ReasonChange,
    /// What the curator is called; empty where it is nobody's word.
    pub name: &'a str,
}

/// A curator, or a list that the node adopted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Speaker {
    /// Who signs.
    pub issuer: IssuerId,
    /// Where the node read the list, when it adopted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted_from: Option<ListSource>,
}

/// In what a reason differs from what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Because {
    /// There was none.
    Came,
    /// There is none any more.
    Went,
    /// It says something else.
    Otherwise,
    /// The curator is trusted more or less.
    Trust,
    /// Whether it names keys that the server has.
    Keys,
    /// The curator reviewed the server again.
    Reviewed,
    /// The review got older.
    Age,
    /// Something else was measured, or answered.
    Facts,
    /// It says the same, and reasons before it leave more or less to earn.
    Others,
}

impl Because {
    /// How it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::Went => "went",
            Self::Otherwise => "otherwise",
            Self::Trust => "trust",
            Self::Keys => "keys",
            Self::Reviewed => "reviewed",
            Self::Age => "age",
            Self::Facts => "facts",
            Self::Others => "others",
        }
    }

    /// Whether time or chance alone does that.
    const fn is_gradual(self) -> bool {
        matches!(self, Self::Age | Self::Facts | Self::Others)
    }
}

/// A criterion that is answered otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionChange {
    /// Its name.
    pub criterion: Code,
    /// The answer before.
    pub before: Answer,
    /// The answer now.
    pub after: Answer,
}

impl CriterionChange {
    /// The criterion, where this program knows it.
    pub fn known(&self) -> Option<Criterion> {
        Criterion::ALL.into_iter().find(|criterion| criterion.as_str() == self.criterion)
    }
}

/// Where a server stands, as far as changes are told of it: what is kept of a view to compare
/// later ones with. It holds no text of any document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its score and category.
    #[serde(flatten)]
    pub stood: Stood,
    reasons: Vec<Told>,
    met: Vec<Code>,
    not_met: Vec<Code>,
}

/// A reason, as far as changes are told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    code: Code,
    points: Points,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<ToldWord>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ToldWord {
    by: Speaker,
    trust: Fraction,
    binding: Fraction,
    freshness: Fraction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reviewed_at: Option<Timestamp>,
}

impl Standing {
    /// Where a server of a view stands.
    pub fn of(server: &RankedServer) -> Self {
        let answered = |wanted: Answer| {
            let answers = server.criteria().filter(move |answer| answer.answer == wanted);
            answers.map(|answer| Code::Borrowed(answer.criterion.as_str())).collect()
        };
        Self {
            stood: Stood::of(server),
            reasons: server.reasons().map(|reason| Told::of(&reason)).collect(),
            met: answered(Answer::Met),
            not_met: answered(Answer::NotMet),
        }
    }

    fn answer(&self, criterion: &str) -> Answer {
        let is_among = |names: &[Code]| names.iter().any(|name| name == criterion);
        if is_among(&self.met) {
            Answer::Met
        } else if is_among(&self.not_met) {
            Answer::NotMet
        } else {
            Answer::Unknown
        }
    }
}

impl Stood {
    /// Where a server of a view stands.
    pub fn of(server: &RankedServer) -> Self {
        Self { score: server.score, category: server.category }
    }
}

impl Told {
    fn of(reason: &Reason<'_>) -> Self {
        let said = reason.said.as_ref().map(|said| ToldWord {
            by: Speaker {
                issuer: said.by.issuer.clone(),
                adopted_from: said.by.adopted_from.clone(),
            },
            trust: said.by.trust,
            binding: said.binding,
            freshness: said.freshness,
            reviewed_at: said.reviewed_at(),
        });
        Self { code: Code::Borrowed(reason.code.as_str()), points: reason.points, said }
    }

    /// Whether both are of one speaker: no server has two reasons of one.
    fn is_counterpart_of(&self, other: &Self) -> bool {
        match (&self.said, &other.said) {
            (Some(one), Some(other)) => one.by == other.by,
            (None, None) => self.code == other.code,
            _ => false,
        }
    }

    fn changed(before: Option<&Self>, after: Option<&Self>) -> Option<ReasonChange> {
        let points = |told: Option<&Self>| told.map_or(Points::ZERO, |told| told.points);
        let because = match (before, after) {
            (Some(before), Some(after)) => before.because(after)?,
            (None, _) => Because::Came,
            (_, None) => Because::Went,
        };
        let told = after.or(before)?;
        let change = ReasonChange {
            code: told.code.clone(),
            was: before.map(|it| it.code.clone()).filter(|code| *code != told.code),
            by: told.said.as_ref().map(|said| said.by.clone()),
            points: points(after) - points(before),
            because,
        };
        // That nobody had measured anything is no news once somebody has.
        (change.by.is_some() || change.points != Points::ZERO).then_some(change)
    }

    fn because(&self, after: &Self) -> Option<Because> {
        if self.code != after.code {
            return Some(Because::Otherwise);
        }
        if self.points == after.points {
            return None;
        }
        let (Some(before), Some(after)) = (&self.said, &after.said) else {
            return Some(Because::Facts);
        };
        Some(if before.trust != after.trust {
            Because::Trust
        } else if before.binding != after.binding {
            Because::Keys
        } else if before.reviewed_at != after.reviewed_at {
            Because::Reviewed
        } else if before.freshness != after.freshness {
            Because::Age
        } else {
            Because::Others
        })
    }
}

/// What is to be told of a server that stood `before` as was last told and stands `after` now;
/// nothing for a server that is in neither list. `policy` is that of both lists.
pub fn change(
    server_name: &ServerName,
    before: Option<&Standing>,
    after: Option<&Standing>,
    policy: &Policy,
) -> Option<Change> {
    let stood = |standing: Option<&Standing>| standing.map(|it| it.stood);
    let mut moved = Moved {
        server_name: server_name.clone(),
        before: stood(before),
        after: stood(after),
        reasons: reasons(before, after),
        criteria: Vec::new(),
    };
    let told = match (before, after) {
        (None, None) => return None,
        (None, Some(_)) => Change::Entered,
        (Some(_), None) => Change::Left,
        (Some(before), Some(after)) => {
            let by = after.stood.score - before.stood.score;
            if before.stood.category != after.stood.category {
                moved.criteria = criteria(before, after, policy);
            } else if !is_worth_telling(by, &moved.reasons) {
                return None;
            }
            match by.tenths() {
                1.. => Change::Rose,
                0 => Change::Category,
                _ => Change::Fell,
            }
        }
    };
    moved.reasons.truncate(MAX_REASONS_TOLD);
    Some(told(moved))
}

fn is_worth_telling(by: Points, reasons: &[ReasonChange]) -> bool {
    let is_somebodys_doing =
        |reason: &ReasonChange| reason.points != Points::ZERO && !reason.because.is_gradual();
    match by.tenths().unsigned_abs() {
        0 => false,
        tenths if tenths >= LEAST_MOVE.tenths().unsigned_abs() => true,
        _ => reasons.iter().any(is_somebodys_doing),
    }
}

/// The reasons that differ, the largest difference first; those of one size stand as they do
/// `after`, then as they did `before`.
fn reasons(before: Option<&Standing>, after: Option<&Standing>) -> Vec<ReasonChange> {
    let of = |standing: Option<&'_ Standing>| -> Vec<Told> {
        standing.map(|it| it.reasons.clone()).unwrap_or_default()
    };
    let (before, after) = (of(before), of(after));
    let counterpart = |told: &Told, among: &[Told]| -> Option<usize> {
        among.iter().position(|other| told.is_counterpart_of(other))
    };
    let here = after.iter().map(|told| {
        let was = counterpart(told, &before).and_then(|place| before.get(place));
        Told::changed(was, Some(told))
    });
    let gone = before.iter().filter(|told| counterpart(told, &after).is_none());
    let mut all: Vec<_> =
        here.chain(gone.map(|told| Told::changed(Some(told), None))).flatten().collect();
    all.sort_by_key(|change| std::cmp::Reverse(change.points.tenths().unsigned_abs()));
    all
}

/// The criteria that are answered otherwise, of those that a category asks for; where none of
/// these is, all.
fn criteria(before: &Standing, after: &Standing, policy: &Policy) -> Vec<CriterionChange> {
    let changed = |criterion: Criterion| {
        let name = criterion.as_str();
        let (before, after) = (before.answer(name), after.answer(name));
        let change = CriterionChange { criterion: Code::Borrowed(name), before, after };
        (before != after).then_some(change)
    };
    let needs = &policy.categories;
    let needs = [&needs.a, &needs.b, &needs.stopped_by];
    let is_asked = |it: &Criterion| needs.iter().any(|named| named.contains(it));
    let asked: Vec<_> = Criterion::ALL.into_iter().filter(is_asked).filter_map(changed).collect();
    match asked.is_empty() {
        false => asked,
        true => Criterion::ALL.into_iter().filter_map(changed).collect(),
    }
}

/// What changed from one view of a community to a later one, by server name. A server that no
/// longer wants to be listed is not told of: it is in no list, and so in no list of changes.
///
/// The same views give the same changes.
///
/// ```
/// use wellspring_document::Timestamp;
/// use wellspring_ranking::{Change, Corpus, Policy, changes, rank};
///
/// let now: Timestamp = "2026-11-22T10:00:00Z".parse()?;
/// let corpus = Corpus::new(vec![], vec![], vec![], now);
/// let before = rank(&Policy::default(), &corpus);
/// assert_eq!(changes(&before, &before), []);
///
/// let stricter = Policy { waiting_days: 60, ..Policy::default() };
/// let after = rank(&stricter, &corpus);
/// assert_eq!(changes(&before, &after), [Change::Policy { servers: 0 }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn changes(before: &View, after: &View) -> Vec<Change> {
    if before.policy != after.policy {
        return vec![Change::Policy { servers: after.servers.len() }];
    }
    let standing = |server: Option<&RankedServer>| server.map(Standing::of);
    let told = |name: &ServerName| {
        let (was, is) = (before.server(name), after.server(name));
        if was.map(Stood::of) == is.map(Stood::of) {
            return None;
        }
        change(name, standing(was).as_ref(), standing(is).as_ref(), &after.policy)
    };
    let left = before.servers.iter().map(|server| &server.server_name);
    let left = left.filter(|name| after.server(name).is_none() && after.unlisted(name).is_none());
    let here = after.servers.iter().map(|server| &server.server_name);
    let mut names: Vec<_> = here.chain(left).collect();
    names.sort_unstable();
    names.into_iter().filter_map(told).collect()
}
