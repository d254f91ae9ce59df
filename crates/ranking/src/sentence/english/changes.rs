use crate::changes::{Because, NamedReasonChange};
use crate::number::Points;

/// What happened to a reason of a score, in a sentence: "New recommendation by NAME."
pub(crate) fn reason_change(change: &NamedReasonChange<'_>) -> String {
    let NamedReasonChange { reason, name } = *change;
    if reason.by.is_none() {
        return found(&reason.code, reason.because, reason.points);
    }
    let word = word(&reason.code);
    let is_more = reason.points > Points::ZERO;
    match reason.because {
        Because::Came => format!("New {word} by {name}."),
        Because::Went => format!("The {word} by {name} is gone, or counts no more."),
        Because::Otherwise => otherwise(&reason.code, reason.was.as_deref(), name),
        Because::Trust => format!("The trust in {name} is another one."),
        Because::Keys if is_more => format!("The {word} by {name} now fits the server's keys."),
        Because::Keys => format!("The {word} by {name} no longer fits the server's keys."),
        Because::Reviewed => format!("{name} reviewed it again."),
        Because::Age => format!("The {word} by {name} got older."),
        Because::Facts | Because::Others if is_more => {
            format!("The {word} by {name} counts more, since others before it count less.")
        }
        Because::Facts | Because::Others => {
            format!("The {word} by {name} counts less, since others before it count more.")
        }
    }
}

fn otherwise(code: &str, was: Option<&str>, name: &str) -> String {
    let before = word(was.unwrap_or_default());
    match code {
        "endorsement.keys-changed" => {
            format!("The {before} by {name} is for keys that the server no longer has.")
        }
        "endorsement.before-keys-changed" => format!(
            "The {before} by {name} names no keys, and is from before the name fell to others."
        ),
        "endorsement.expired" | "warning.expired" => {
            format!("The {before} by {name} has expired.")
        }
        "endorsement.same-voice" => {
            format!("The {before} by {name} is in the same voice as a stronger one.")
        }
        "warning.weaker" => format!("The {before} by {name} is not the strongest any more."),
        _ => format!("{name}: from {before} to {}.", word(code)),
    }
}

/// What a curator gave, by the code of a reason.
fn word(code: &str) -> &'static str {
    match code {
        "endorsement.endorsed" => "recommendation",
        "endorsement.listed" => "listing",
        "endorsement.same-voice" => "word in the same voice as another",
        "endorsement.keys-changed" => "word for other keys",
        "endorsement.before-keys-changed" => "word from before the keys changed",
        "endorsement.expired" => "expired entry",
        "warning.strongest" => "warning",
        "warning.weaker" => "weaker warning",
        "warning.expired" => "expired warning",
        _ if code.starts_with("rejection.") => "rejection",
        _ => "entry",
    }
}

/// Of what nobody's word is behind: what was measured, and what the operator answers.
fn found(code: &str, because: Because, points: Points) -> String {
    let what = match code {
        "service.uptime-90d" => "uptime over 90 days",
        "service.uptime-30d" => "uptime over 30 days",
        "service.watched" => "how long it has been watched",
        "service.reachable" => "reachable for apps and other servers",
        "service.software" => "software",
        "service.certificate" => "certificate",
        _ if code.starts_with("transparency.") => {
            return match points > Points::ZERO {
                true => "More questions are answered openly.",
                false => "Fewer questions are answered openly.",
            }
            .to_owned();
        }
        _ => "service quality",
    };
    match because {
        Because::Came => format!("Now measured: {what}."),
        Because::Went => format!("No longer measured: {what}."),
        _ if points > Points::ZERO => format!("Measured better: {what}."),
        _ => format!("Measured worse: {what}."),
    }
}
