use wellspring_document::EndorsementList;

use super::ROLE;
use crate::answer::Outcome;
use crate::renewal::RenewArgs;

/// Sign the list again before it expires, without anybody at a terminal
///
/// Signs what endorsements.json says once more, with the next number and for as long as
/// before. Edits in endorsements.toml wait for `sign`, and reviews keep their dates: nobody
/// looked at a server again. It is made to run every day: where nothing is due, nothing is
/// done. The passphrase of the key comes from --passphrase-file or WELLSPRING_PASSPHRASE.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 renewed or nothing is due, 1 it cannot be renewed as it is, 2 a file or the
passphrase could not be read, 3 others have to sign it as well. Then a draft is written once,
and it waits for their `cosign`.

Examples:
  wellspring curator renew --quiet --passphrase-file passphrase
  wellspring curator renew --print-timer --dir /srv/list")]
pub(crate) struct Args {
    #[command(flatten)]
    renew: RenewArgs,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        self.renew.run::<EndorsementList>(&ROLE)
    }
}
