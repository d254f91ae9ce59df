mod changes;
mod criteria;
mod draw;
mod service;

use wellspring_document::profile::RegistrationMode;
use wellspring_document::{LanguageTag, Timestamp, Verdict};

use crate::contest::ContestedIssuer;
use crate::criteria::{Criterion, Family};
use crate::number::{Fraction, Points};
use crate::reason::{Openness, Reason, ReasonCode, Said};
use crate::trust_graph::MentionEffect;
use crate::view::{
    Answer, By, Category, Confirmation, ContradictedClaim, Contradiction, CriterionAnswer,
    ProfileStanding, ProfileStatus, Tally, TrustedCurator, Waiting,
};

pub(super) use changes::reason_change;
pub(super) use draw::{pick, shortfall, wish};

pub(super) fn reason(reason: &Reason<'_>) -> String {
    if let ReasonCode::Service(part) = reason.code {
        return service::reason(part, reason.finding.as_ref());
    }
    if let Some(Openness { answered, asked }) = reason.openness {
        let (questions, points) = (counted(asked, "question"), reason.points);
        return format!("Answers {answered} of {questions} openly: {points} points.");
    }
    let Some(said) = &reason.said else {
        return match reason.code {
            ReasonCode::TransparencyUnknown => "Transparency is not yet known.",
            _ => "Measured service quality is not yet known.",
        }
        .to_owned();
    };
    let who = who_said(said);
    let counts = counts(said);
    match reason.code {
        ReasonCode::RejectionVeto if reason.points == Points::ZERO => {
            format!("{who}. It should not be used to register.")
        }
        ReasonCode::RejectionVeto => {
            format!("{who}. It should not be used to register. {counts}")
        }
        ReasonCode::Rejection => {
            format!("{who}, whose trust is too low to decide that alone. {counts}")
        }
        ReasonCode::Warning | ReasonCode::Endorsed | ReasonCode::Listed => {
            format!("{who}. {counts}")
        }
        ReasonCode::WarningWeaker => {
            format!("{who}. Only the strongest warning takes points away.")
        }
        ReasonCode::SameVoice => {
            format!("{who}, in the same voice as a stronger entry. Each voice is heard once.")
        }
        ReasonCode::KeysChanged => {
            format!("{who}, but under keys that the server no longer has. This does not follow.")
        }
        ReasonCode::BeforeKeysChanged => {
            format!(
                "{who}, without naming keys and before the name fell to others, as far as is \
                 known. This does not follow."
            )
        }
        ReasonCode::EndorsementExpired | ReasonCode::WarningExpired => {
            format!("{who}. This has expired and counts no more.")
        }
        ReasonCode::Service(_)
        | ReasonCode::ServiceUnknown
        | ReasonCode::TransparencyAnswered
        | ReasonCode::TransparencyUnknown => who,
    }
}

fn counted(number: u8, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// "Recommended by NAME (reviewed on 2026-10-01)".
fn who_said(said: &Said<'_>) -> String {
    let verb = match said.entry().map(|entry| entry.verdict) {
        Some(Verdict::Endorse) => "Recommended",
        Some(Verdict::Warn) => "Warned about",
        Some(Verdict::Reject) => "Rejected",
        Some(Verdict::List) | None => "Listed",
    };
    let when = match said.reviewed_at() {
        Some(at) => format!(" (reviewed on {})", at.date()),
        None => String::new(),
    };
    format!("{verb} by {}{when}", curator(said.by))
}

/// "Counts 0.3 = trust 0.5 × recommendation 0.6."; factors of 1 are left out.
fn counts(said: &Said<'_>) -> String {
    let entry = said.entry();
    let verdict = match entry.map(|entry| entry.verdict) {
        Some(Verdict::List) => "listing",
        _ => "recommendation",
    };
    let binding = match entry.map(|entry| entry.issuer.is_some()) {
        Some(true) => "keys not confirmed",
        _ => "entry without keys",
    };
    let mut product = format!("trust {}", said.by.trust);
    for (what, factor) in
        [(verdict, said.factor), ("age of review", said.freshness), (binding, said.binding)]
    {
        if factor != Fraction::ONE {
            product.push_str(&format!(" × {what} {factor}"));
        }
    }
    format!("Counts {} = {product}.", said.share())
}

fn curator(curator: &TrustedCurator) -> String {
    let name = curator.name(&[LanguageTag::english()]);
    match curator.adopted_from {
        Some(_) => format!("{name}, adopted by this node"),
        None => name.to_owned(),
    }
}

pub(super) fn criterion(criterion: &Criterion) -> String {
    criteria::criterion(*criterion).question.to_owned()
}

pub(super) fn family(family: &Family) -> String {
    criteria::family(*family).to_owned()
}

pub(super) fn finding((criterion, answer): &(Criterion, Answer)) -> String {
    criteria::criterion(*criterion).finding(*answer).to_owned()
}

pub(super) fn answer(answer: &CriterionAnswer) -> String {
    let statement = finding(&(answer.criterion, answer.answer));
    let statement = match evidence(&answer.by, answer.at) {
        Some(evidence) => format!("{statement} ({evidence})."),
        None => format!("{statement}."),
    };
    match &answer.against {
        Some(By::Curator(by)) => format!("{statement} {} says otherwise.", curator(by)),
        Some(_) => format!("{statement} Its operator says otherwise."),
        None => statement,
    }
}

/// "according to NAME, 2026-10-01".
fn evidence(by: &By, at: Option<Timestamp>) -> Option<String> {
    let who = match by {
        By::Nobody => return None,
        By::Operator => "according to its operator".to_owned(),
        By::Curator(by) => format!("according to {}", curator(by)),
        By::Observer(observer) if observer.is_own => "seen by this node".to_owned(),
        By::Observer(observer) => {
            format!("seen by {}", observer.name(&[LanguageTag::english()]))
        }
        By::Observers(tally) => format!("seen by {}", observers(*tally)),
    };
    Some(match at {
        Some(at) => format!("{who}, {}", at.date()),
        None => who,
    })
}

fn observers(Tally { agree, of }: Tally) -> String {
    let noun = if of == 1 { "observer" } else { "observers" };
    format!("{agree} of {of} {noun}")
}

pub(super) fn category(category: &Category) -> String {
    match category {
        Category::A => "Can be offered without asking.",
        Category::B => "Can be chosen from.",
        Category::C => "Is known and lacks something.",
        Category::D => "Should not be used to register.",
        Category::NotForPublic => "Not for the public.",
    }
    .to_owned()
}

pub(super) fn profile(profile: &ProfileStanding) -> String {
    let confirmed = profile.confirmation.as_deref().map(|it| confirmation(it, profile));
    let status = match profile.status {
        ProfileStatus::None => "No signed profile is known.",
        ProfileStatus::Confirmed => "This is the server's own profile.",
        ProfileStatus::Expired => "The server's own profile has expired and counts no more.",
        ProfileStatus::NotHere => "It is known whose server this is, but not their profile.",
        ProfileStatus::Unconfirmed => {
            "Somebody signed a profile for this name. Nothing confirms that it is the server's."
        }
        ProfileStatus::Withdrawn => "The operator withdrew the profile.",
    };
    match confirmed {
        Some(confirmed) => format!("{status} {confirmed}"),
        None => status.to_owned(),
    }
}

fn confirmation(confirmation: &Confirmation, profile: &ProfileStanding) -> String {
    let served =
        if profile.is_served_otherwise() { "another profile of the same issuer" } else { "it" };
    match confirmation {
        Confirmation::OwnSight { seen_at, .. } => {
            let day = seen_at.date();
            format!("The name itself served {served} when this node last looked, on {day}.")
        }
        Confirmation::Observers { tally, .. } => {
            format!("{} saw the name itself serve {served}.", observers(*tally))
        }
        Confirmation::Curator { by } => {
            format!("Nobody saw the name serve it; {} confirms it.", curator(by))
        }
    }
}

pub(super) fn contradiction(contradiction: &Contradiction) -> String {
    let observers = observers(contradiction.tally);
    match &contradiction.claim {
        ContradictedClaim::Registration { declared, measured } => format!(
            "The operator says that registration is {}; {observers} found it {}.",
            mode(*declared),
            mode(*measured)
        ),
        ContradictedClaim::Software { declared, measured } => {
            format!("The operator says that it runs {declared}; {observers} found {measured}.")
        }
        ContradictedClaim::Federation { .. } => format!(
            "The operator says that it talks with all other servers; {observers} did not reach it \
             as another server does."
        ),
        ContradictedClaim::RoomDirectory { declared: true, .. } => format!(
            "The operator says that anybody can read its room directory; {observers} could not."
        ),
        ContradictedClaim::RoomDirectory { declared: false, .. } => format!(
            "The operator says that its room directory is not for everybody; {observers} could \
             read it."
        ),
    }
}

const fn mode(mode: RegistrationMode) -> &'static str {
    match mode {
        RegistrationMode::Open => "open",
        RegistrationMode::Approval => "by approval",
        RegistrationMode::Invite => "by invitation",
        RegistrationMode::Closed => "closed",
    }
}

pub(super) fn contest(contest: &ContestedIssuer) -> String {
    match &contest.decision {
        Some(decision) => format!(
            "The keys are contested. Decided by this community on {}: {}",
            decision.decided_at, decision.reason
        ),
        None => format!(
            "The keys are contested: they lead {} ways, and no recovery key decides between them. \
             What was signed after key version {} counts for nothing.",
            contest.ways.len(),
            contest.common_version
        ),
    }
}

pub(super) fn waiting(waiting: &Waiting) -> String {
    let since = waiting.since.date();
    let evidence = match evidence(&waiting.by, None) {
        Some(evidence) => format!(" ({evidence})"),
        None => String::new(),
    };
    let known = if waiting.is_restarted {
        format!("Its keys have changed. Known under the present ones since {since}{evidence}.")
    } else {
        format!("Known since {since}{evidence}.")
    };
    if waiting.is_over {
        known
    } else {
        format!("{known} Waits until {} before it can be recommended.", waiting.until.date())
    }
}

/// What comes of what a curator says about another, as it stands behind the name.
pub(super) fn mention(effect: &MentionEffect) -> String {
    match effect {
        MentionEffect::Distrusted => "distrusted: nobody's recommendation helps",
        MentionEffect::DistrustWithoutEffect => "distrusted, without effect here",
        MentionEffect::RecommendsDistrusted => "recommended, but distrusted here",
        MentionEffect::OutOfReach => "recommended, but too far away to count",
    }
    .to_owned()
}
