use wellspring_document::EndorsementList;

use super::ROLE;
use crate::answer::Outcome;
use crate::together::CosignArgs;

/// Sign what somebody passed on to you, or put it in its place where all have signed
///
/// For a list that several people sign together, each with a key of their own. FILE is a
/// list or a key history that lacks signatures. It is checked as nodes check it, shown in plain
/// words with what changed since endorsements.json, and signed when you say yes; nothing else of it is
/// touched. With the last signature it becomes endorsements.json, or the key history. A file that
/// has all signatures already is put in its place without one of yours.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 all signatures are there, 1 it is refused or nobody said yes, 2 a file or the
passphrase could not be read, 3 signed by you, and others have to sign as well.

Examples:
  wellspring curator cosign endorsements.draft.json
  wellspring curator cosign ~/Downloads/curator-key-history.draft.json
  wellspring curator cosign curator-key-history.draft.json --using recovery-key.pem")]
pub(crate) struct Args {
    #[command(flatten)]
    cosign: CosignArgs,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        self.cosign.run::<EndorsementList>(&ROLE)
    }
}
