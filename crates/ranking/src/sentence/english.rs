mod changes;
mod draw;

use wellspring_document::profile::RegistrationMode;
use wellspring_document::{LanguageTag, Timestamp, Verdict};

use crate::contest::ContestedIssuer;
use crate::criteria::Criterion;
use crate::number::{Fraction, Points};
use crate::reason::{Reason, ReasonCode, Said};
use crate::view::{
    Answer, By, Category, Confirmation, ContradictedClaim, Contradiction, CriterionAnswer,
    ProfileStanding, ProfileStatus, Tally, TrustedCurator, Waiting,
};

pub(super) use changes::reason_change;
pub(super) use draw::{pick, shortfall, wish};

pub(super) fn reason(reason: &Reason) -> String {
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
        ReasonCode::EndorsementExpired | ReasonCode::WarningExpired => {
            format!("{who}. This has expired and counts no more.")
        }
        ReasonCode::ServiceUnknown | ReasonCode::TransparencyUnknown => who,
    }
}

/// "Recommended by NAME (reviewed on 2026-10-01)".
fn who_said(said: &Said) -> String {
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
    format!("{verb} by {}{when}", curator(&said.by))
}

/// "Counts 0.3 = trust 0.5 × recommendation 0.6."; factors of 1 are left out.
fn counts(said: &Said) -> String {
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
    criterion_statements(*criterion)[0].to_owned()
}

pub(super) fn finding((criterion, answer): &(Criterion, Answer)) -> String {
    let [met, not_met, unknown] = criterion_statements(*criterion);
    match answer {
        Answer::Met => met,
        Answer::NotMet => not_met,
        Answer::Unknown => unknown,
    }
    .to_owned()
}

pub(super) fn answer(answer: &CriterionAnswer) -> String {
    let statement = finding(&(answer.criterion, answer.answer));
    match evidence(&answer.by, answer.at) {
        Some(evidence) => format!("{statement} ({evidence})."),
        None => format!("{statement}."),
    }
}

/// What it means that a criterion is met, not met, and unknown.
const fn criterion_statements(criterion: Criterion) -> [&'static str; 3] {
    match criterion {
        Criterion::SignedProfile => [
            "Its operator publishes a signed profile",
            "Its operator publishes no signed profile that is valid",
            "Whether its operator publishes a signed profile is not known",
        ],
        Criterion::NameConfirmed => [
            "It is confirmed whose server it is",
            "Somebody claims the name, and nothing confirms it",
            "Whose server it is is not known",
        ],
        Criterion::KeysUnchanged => [
            "Its keys are those that curators endorsed",
            "Its keys have changed since curators endorsed it",
            "Whether its keys are those that curators endorsed is not known",
        ],
        Criterion::Endorsed => [
            "A trusted curator recommends or lists it",
            "No trusted curator recommends or lists it",
            "Whether a trusted curator recommends or lists it is not known",
        ],
        Criterion::EndorsedTwice => [
            "Two independent voices recommend or list it",
            "Fewer than two independent voices recommend or list it",
            "Whether two independent voices recommend or list it is not known",
        ],
        Criterion::NotRejected => [
            "No curator who is trusted enough to decide rejects it",
            "A curator who is trusted enough to decide rejects it",
            "Whether a curator who is trusted enough rejects it is not known",
        ],
        Criterion::NoWarning => [
            "No curator who is trusted enough to decide warns about it",
            "A curator who is trusted enough to decide warns about it",
            "Whether a curator who is trusted enough warns about it is not known",
        ],
        Criterion::WaitingPeriodOver => [
            "It has been known for long enough",
            "It has not been known for long enough",
            "Since when it exists is not known",
        ],
        Criterion::ServesPublic => [
            "Accounts are meant for everybody",
            "Accounts are not meant for everybody",
            "Whom accounts are meant for is not known",
        ],
        Criterion::RegistrationDefined => [
            "It is known how one gets an account",
            "Nobody says how one gets an account",
            "How one gets an account is not known",
        ],
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
    let confirmed = profile.confirmation.as_ref().map(|it| confirmation(it, profile));
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
