//! A server of the made-up world, what its operator says of it, and what is so.

use serde_json::{Value, json};
use wellspring_document::profile::RegistrationMode;
use wellspring_document::{
    Checks, IssuerId, Observation, Profile, ServerName, Sight, SightStatus, Software, Text, Uptime,
    Verified,
};

use super::people::{Person, now};

/// A server.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) name: String,
    /// Who runs it, by number.
    pub(crate) operator: u32,
    pub(crate) issuer: IssuerId,
    /// How much the operator says: nothing and no profile at all with 0; who they are and
    /// how one registers with 1; terms and contacts with 2; everything with 3.
    pub(crate) openness: u64,
    /// The accounts that the operator says it has.
    pub(crate) accounts: u64,
    /// Since how many days observers have known it.
    pub(crate) known_days: i64,
    /// Of a thousand checks, how many it answers.
    pub(crate) answers: u32,
    pub(crate) version: &'static str,
    /// Since when the name serves the profile of other people than before, where it does.
    pub(crate) taken_days: Option<i64>,
    /// Whether anybody can register in truth.
    pub(crate) is_open: bool,
}

impl Home {
    /// A server without a fault, of an operator who says everything, and says that it is
    /// small.
    pub(crate) fn perfect(name: String, operator: u32) -> Self {
        Self {
            name,
            operator,
            issuer: Person::new(operator).id,
            openness: 3,
            accounts: 100,
            known_days: 400,
            answers: 1_000,
            version: "1.163.2",
            taken_days: None,
            is_open: true,
        }
    }

    pub(crate) fn server_name(&self) -> ServerName {
        ServerName::parse(&self.name).unwrap()
    }

    /// What its operator says.
    pub(crate) fn profile(&self) -> Option<Profile> {
        let page = |path: &str| format!("https://{}/{path}", self.name);
        let mut profile = json!({
            "server_name": self.name,
            "about": {"name": {"en": "A server"}, "audience": "public"},
            "registration": {"mode": "open"},
            "service": {"active_accounts": self.accounts},
        });
        let sections = match self.openness {
            0 => return None,
            1 => json!({}),
            2 => json!({
                "contacts": contacts(),
                "policies": {"terms": page("terms"), "privacy": page("privacy"), "rules": page("rules")},
                "data_access": {"who_can_read": {"en": "Two of us."}},
            }),
            _ => json!({
                "contacts": contacts(),
                "operator": {
                    "legal_form": "association", "non_profit": true, "people_with_full_access": 3,
                    "team": [
                        {"role": {"en": "Chair"}, "links": [page("chair")]},
                        {"role": {"en": "Admin"}, "links": [page("admin")]},
                    ],
                },
                "policies": {
                    "terms": page("terms"), "privacy": page("privacy"), "rules": page("rules"),
                    "business_model_comparison": page("model"),
                    "moderation": {
                        "policy": page("moderation"), "decided_by": {"en": "Three of us."},
                        "criteria": {"en": "Our rules."}, "appeal": {"en": "Ask the chair."},
                        "report_contact": {"page": page("report")},
                    },
                },
                "finance": {"report": page("money"), "last_report": "2026-11-01", "months_covered": 6},
                "hosting": {
                    "energy": {"supplier": "Sun", "kwh_per_month": 40, "renewable": true},
                    "other_resources": [{"resource": {"en": "Water"}}],
                },
                "data_access": {
                    "who_can_read": {"en": "Two of us."}, "secured_by": {"en": "Two keys."},
                },
                "service": {
                    "active_accounts": self.accounts, "shutdown_notice_days": 90,
                    "software": {"name": "Synapse", "version": "1.163.2"},
                },
            }),
        };
        if let (Value::Object(profile), Value::Object(sections)) = (&mut profile, sections) {
            profile.extend(sections);
        }
        Some(serde_json::from_value(profile).unwrap())
    }

    /// What an honest observer measures of it.
    pub(crate) fn measured(&self) -> Observation {
        let checks = |made: u32| Some(Checks { answered: made * self.answers / 1_000, made });
        let is_up = self.answers > 500;
        let mode = if self.is_open { RegistrationMode::Open } else { RegistrationMode::Closed };
        Observation {
            client_reachable: Some(is_up),
            federation_reachable: Some(is_up),
            tls_expires_at: Some(now().plus_days(60)),
            software: Some(Software {
                name: Text::new("Synapse").unwrap(),
                version: Some(Text::new(self.version).unwrap()),
            }),
            registration: Some(mode),
            uptime: Uptime { month: checks(120), quarter: checks(360), ..Uptime::default() },
            first_seen_at: Some(now().plus_days(-self.known_days)),
            ..Observation::new(self.server_name(), now())
        }
    }

    /// What the node saw its name serve.
    pub(crate) fn sight(&self, profile: &Verified<Profile>) -> Observation {
        let since = now().plus_days(-self.taken_days.unwrap_or(self.known_days));
        let profile = Sight {
            status: SightStatus::Served,
            identity: Some(profile.identity()),
            issuer: Some(profile.issuer().clone()),
            seen_at: now(),
            first_seen_at: since,
            profile_first_seen_at: Some(now().plus_days(-self.known_days)),
            issuer_first_seen_at: Some(since),
        };
        Observation { profile: Some(profile), ..Observation::new(self.server_name(), now()) }
    }
}

fn contacts() -> Value {
    json!({"contacts": [{"role": "m.role.admin", "email_address": "admin@mail.example"}]})
}
