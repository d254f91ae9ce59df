//! Lists of homeservers and what reading them gives.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod export;
mod real;
mod refusals;
mod samples;

use wellspring_document::{Body, Curator, Endorsement, EndorsementList, Localized};

/// Whatever a list says, its reading can be signed.
fn assert_valid(servers: &[Endorsement]) {
    let mut body = EndorsementList::new(Curator::new(Localized::english("Test").unwrap()));
    body.entries = servers.to_vec();
    body.validate().unwrap();
}
