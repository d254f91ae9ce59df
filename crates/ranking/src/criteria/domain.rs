//! The name of a server.

use psl::{List, Psl as _, Type};
use wellspring_document::ServerName;

use super::grounds::{Asked, Grounds};

/// Exactly a name that somebody can register: the suffix and one label before it. What is
/// further below belongs to whoever has that.
pub(super) fn registrable(asked: Asked<'_>) -> Grounds<'_> {
    let name = &asked.server.server_name;
    let host = name.host().as_bytes();
    let is_met =
        !name.is_ip_address() && List.domain(host).is_some_and(|domain| domain.as_bytes() == host);
    Grounds::worked_out(is_met)
}

/// Under no suffix that the policy names, and under none of the private section of the list
/// but those that the policy knows to be paid for: whoever gives names away can take them
/// back, and takes them back without asking.
pub(super) fn not_free_suffix(asked: Asked<'_>) -> Grounds<'_> {
    let name = &asked.server.server_name;
    let rules = &asked.terms.policy.criteria;
    let is_free = is_under(name, &rules.free_suffixes)
        || (is_under_private_suffix(name) && !is_under(name, &rules.paid_suffixes));
    Grounds::worked_out(!is_free)
}

pub(super) fn not_flagship(asked: Asked<'_>) -> Grounds<'_> {
    let flagships = &asked.terms.policy.criteria.flagships;
    Grounds::worked_out(!is_under(&asked.server.server_name, flagships))
}

fn is_under_private_suffix(name: &ServerName) -> bool {
    let suffix = List.suffix(name.host().as_bytes());
    !name.is_ip_address() && suffix.is_some_and(|it| it.typ() == Some(Type::Private))
}

/// Whether the name is one of these or below one of them.
fn is_under(name: &ServerName, domains: &[ServerName]) -> bool {
    domains.iter().any(|domain| {
        let rest = name.host().strip_suffix(domain.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}
