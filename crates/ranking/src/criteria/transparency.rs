//! How much a server's operator publishes.

use super::grounds::Asked;
use crate::view::{RankedServer, Tally};

/// How many of the questions that the policy asks for transparency are answered openly;
/// nothing where none is, or none is asked.
pub(crate) fn transparency(server: &RankedServer) -> Option<Tally> {
    if server.declared().is_none() && !server.has_facts && !server.has_findings {
        return None;
    }
    let asked = Asked::of(server);
    let mut tally = Tally { agree: 0, of: 0 };
    for criterion in &asked.terms.policy.transparency.criteria {
        tally.of += 1;
        tally.agree += u32::from(criterion.is_met(asked));
    }
    (tally.agree > 0).then_some(tally)
}
