use super::observers;
use crate::number::Fraction;
use crate::reason::Finding;
use crate::service::ServicePart;
use crate::view::{Answered, Measured, Tally};

/// "Answered 99.2 % of the checks of 90 days (median of 3 observers, 2026-11-22). Counts 0.92
/// of 9.0 points."
pub(super) fn reason(part: ServicePart, finding: Option<&Finding<'_>>) -> String {
    let told = finding.and_then(|finding| {
        let found = found(part, finding.measured)?;
        Some(format!("{found}. {}", counts(part, finding)))
    });
    told.unwrap_or_else(|| unknown(part).to_owned())
}

const fn unknown(part: ServicePart) -> &'static str {
    match part {
        ServicePart::Uptime90d => "How often it answers within 90 days is not yet known.",
        ServicePart::Uptime30d => "How often it answers within 30 days is not yet known.",
        ServicePart::Watched => "For how long it has been watched is not yet known.",
        ServicePart::Reachable => "Whether it can be reached is not yet known.",
        ServicePart::Software => "Whether its software is up to date is not yet known.",
        ServicePart::Certificate => "How long its certificate lasts is not yet known.",
    }
}

fn found(part: ServicePart, measured: &Measured) -> Option<String> {
    let day = measured.observed_at.map(|at| format!(", {}", at.date())).unwrap_or_default();
    Some(match part {
        ServicePart::Uptime90d => uptime(measured.uptime.quarter?, 90, &day),
        ServicePart::Uptime30d => uptime(measured.uptime.month?, 30, &day),
        ServicePart::Watched => {
            format!("First seen by an observer on {}", measured.first_seen_at?.date())
        }
        ServicePart::Reachable => reached(measured, &day),
        ServicePart::Software => software(measured, &day)?,
        ServicePart::Certificate => {
            let until = measured.tls_expires_at?.date();
            let number = measured.observers;
            format!("Its certificate lasts until {until} ({}{day})", median_of(number))
        }
    })
}

fn uptime(answered: Answered, days: u32, day: &str) -> String {
    let share = percent(answered.share);
    let median = median_of(answered.observers.get());
    format!("Answered {share} of the checks of {days} days ({median}{day})")
}

fn median_of(number: u16) -> String {
    if number == 1 { "1 observer".to_owned() } else { format!("median of {number} observers") }
}

fn reached(measured: &Measured, day: &str) -> String {
    let number = |tally: Tally| {
        let only = if tally.holds() { "" } else { "only " };
        format!("{only}{}", observers(tally))
    };
    let apps = match measured.client_reachable {
        Some(tally) => format!("As apps do, {} reached it", number(tally)),
        None => "Whether apps reach it is not yet known".to_owned(),
    };
    let servers = match measured.federation_reachable {
        Some(tally) => format!("as other servers do, {}", number(tally)),
        None => "whether other servers do is not yet known".to_owned(),
    };
    format!("{apps}; {servers}{day}")
}

fn software(measured: &Measured, day: &str) -> Option<String> {
    let (agreed, release) = (measured.software.as_ref()?, measured.release?);
    let name = &agreed.value.name;
    let version = agreed.value.version.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
    let age = match release.outdated_days {
        0 => "nothing newer is out".to_owned(),
        days => {
            let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            format!("outdated for {days}, the newest is {}", release.newest.text)
        }
    };
    Some(format!("Runs {name}{version}, {age} ({}{day})", observers(agreed.tally)))
}

/// "Counts 0.92 of 9.0 points."
fn counts(part: ServicePart, finding: &Finding<'_>) -> String {
    let Finding { quality, covered, of, .. } = finding;
    let is_uptime = matches!(part, ServicePart::Uptime90d | ServicePart::Uptime30d);
    if is_uptime && *covered != Fraction::ONE {
        let share = finding.share();
        return format!(
            "Counts {share} = uptime {quality} × part of that time seen {covered}, of {of} points."
        );
    }
    format!("Counts {quality} of {of} points.")
}

/// Down to the tenth: what is not everything never reads "100 %".
fn percent(share: Fraction) -> String {
    if share == Fraction::ONE {
        return "100 %".to_owned();
    }
    let thousandths = share.millionths() / 1_000;
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}
