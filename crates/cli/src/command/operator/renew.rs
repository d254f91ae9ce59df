use wellspring_document::Profile;

use super::ROLE;
use crate::answer::Outcome;
use crate::renewal::RenewArgs;

/// Sign the profile again before it expires, without anybody at a terminal
///
/// Signs what profile.json says once more, with the next number and for as long as before.
/// Edits in profile.toml wait for `sign`. It is made to run every day: where nothing is due,
/// nothing is done. The passphrase of the key comes from --passphrase-file or
/// WELLSPRING_PASSPHRASE.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 renewed or nothing is due, 1 it cannot be renewed as it is, 2 a file or the
passphrase could not be read, 3 others have to sign it as well. Then a draft is written once,
and it waits for their `cosign`.

Examples:
  wellspring operator renew --quiet --passphrase-file passphrase
  wellspring operator renew --print-timer --dir /srv/profile")]
pub(crate) struct Args {
    #[command(flatten)]
    renew: RenewArgs,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        self.renew.run::<Profile>(&ROLE)
    }
}
