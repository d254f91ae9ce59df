use wellspring_document::Profile;

use super::ROLE;
use crate::answer::Outcome;
use crate::together::CosignArgs;

/// Sign what somebody passed on to you, or put it in its place where all have signed
///
/// For a profile that several people sign together, each with a key of their own. FILE is a
/// profile or a key history that lacks signatures. It is checked as nodes check it, shown in plain
/// words with what changed since profile.json, and signed when you say yes; nothing else of it is
/// touched. With the last signature it becomes profile.json, or the key history. A file that
/// has all signatures already is put in its place without one of yours.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 all signatures are there, 1 it is refused or nobody said yes, 2 a file or the
passphrase could not be read, 3 signed by you, and others have to sign as well.

Examples:
  wellspring operator cosign profile.draft.json
  wellspring operator cosign ~/Downloads/operator-key-history.draft.json
  wellspring operator cosign operator-key-history.draft.json --using recovery-key.pem")]
pub(crate) struct Args {
    #[command(flatten)]
    cosign: CosignArgs,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        self.cosign.run::<Profile>(&ROLE)
    }
}
