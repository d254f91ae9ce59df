//! The criteria on the page of a server: by family, and what would move it up.

use wellspring_ranking::{
    Answer, Category, Criterion, CriterionAnswer, Family, Points, Policy, RankedServer, ReasonCode,
};

/// The answers of one family.
pub(super) struct FamilyAnswers {
    pub(super) family: Family,
    pub(super) answers: Vec<CriterionAnswer>,
}

impl FamilyAnswers {
    /// The families with anything to answer, in their order.
    pub(super) fn of(server: &RankedServer) -> Vec<Self> {
        let mut families: Vec<Self> = Vec::new();
        for answer in server.criteria() {
            let family = answer.criterion.family();
            match families.last_mut() {
                Some(last) if last.family == family => last.answers.push(answer),
                _ => families.push(Self { family, answers: vec![answer] }),
            }
        }
        families
    }

    /// How many are met, not met and unknown, in words.
    pub(super) fn counts(&self) -> String {
        let count = |answer| self.answers.iter().filter(|it| it.answer == answer).count();
        let parts = [
            (count(Answer::Met), "so"),
            (count(Answer::NotMet), "not so"),
            (count(Answer::Unknown), "not known"),
        ];
        let said = parts.iter().filter(|(count, _)| *count > 0);
        said.map(|(count, words)| format!("{count} {words}")).collect::<Vec<_>>().join(", ")
    }
}

/// What would move a server up.
pub(super) struct Ahead {
    /// The next better category, and what is missing for it.
    pub(super) lack: Option<Lack>,
    /// The points that endorsements could still earn, and those that they can.
    pub(super) endorsement: Share,
    /// The same for measured service quality.
    pub(super) service: Share,
    /// The same for transparency.
    pub(super) transparency: Share,
    /// The questions that are not answered openly.
    pub(super) questions: Vec<Criterion>,
    /// What a warning takes away.
    pub(super) warning: Points,
}

/// What a server lacks for a category that is better than its own.
pub(super) struct Lack {
    pub(super) category: Category,
    pub(super) answers: Vec<CriterionAnswer>,
}

/// Some of the points that something can earn.
#[derive(Clone, Copy)]
pub(super) struct Share {
    pub(super) open: Points,
    pub(super) of: u8,
}

impl Share {
    pub(super) fn is_open(self) -> bool {
        self.open > Points::ZERO
    }

    fn left_by(of: u8, earned: Points) -> Self {
        Self { open: Points::from_tenths(i32::from(of) * 10) - earned, of }
    }
}

impl Ahead {
    pub(super) fn of(server: &RankedServer, policy: &Policy) -> Self {
        let earned = |is_it: fn(ReasonCode) -> bool| -> Points {
            let reasons = server.reasons().filter(|reason| is_it(reason.code));
            reasons.map(|reason| reason.points).filter(|points| *points > Points::ZERO).sum()
        };
        let weights = &policy.points;
        let asked = &policy.transparency.criteria;
        let unanswered = server.criteria().filter(|it| it.answer != Answer::Met);
        let unanswered = unanswered.map(|it| it.criterion).filter(|it| asked.contains(it));
        let lost = server.reasons().map(|reason| reason.points).min();
        Self {
            lack: lack(server, policy),
            endorsement: Share::left_by(
                weights.endorsement,
                earned(ReasonCode::is_counted_endorsement),
            ),
            service: Share::left_by(
                weights.service,
                earned(|code| code.as_str().starts_with("service.")),
            ),
            transparency: Share::left_by(
                weights.transparency,
                earned(|code| code.as_str().starts_with("transparency.")),
            ),
            questions: unanswered.collect(),
            warning: -lost.unwrap_or_default().min(Points::ZERO),
        }
    }

    /// Whether nothing is left to move up to.
    pub(super) fn is_at_the_top(&self) -> bool {
        let shares = [self.endorsement, self.service, self.transparency];
        self.lack.is_none() && !shares.into_iter().any(Share::is_open)
    }
}

/// What keeps a server that is open to the public out of the next better category.
fn lack(server: &RankedServer, policy: &Policy) -> Option<Lack> {
    let categories = &policy.categories;
    let (category, asked) = match server.category {
        Category::B => (Category::A, &categories.a),
        Category::C => (Category::B, &categories.b),
        Category::A | Category::D | Category::NotForPublic => return None,
    };
    let lacks = |it: &CriterionAnswer| match it.answer {
        Answer::Met => false,
        Answer::Unknown => asked.contains(&it.criterion),
        Answer::NotMet => {
            asked.contains(&it.criterion) || categories.stopped_by.contains(&it.criterion)
        }
    };
    let answers: Vec<_> = server.criteria().filter(lacks).collect();
    (!answers.is_empty()).then_some(Lack { category, answers })
}
