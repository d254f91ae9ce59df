use std::path::PathBuf;

use wellspring_document::Profile;

use super::ROLE;
use crate::answer::Outcome;
use crate::together::ShowArgs;

/// Show what is signed: what it says, who signed it, and whose signature is missing
///
/// Takes a profile or a key history, complete or a draft; without FILE, the draft in the folder
/// or else profile.json. Your own key is marked, unless it is encrypted and no passphrase is
/// given.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 it has all signatures, 1 it does not hold, 2 it could not be read, 3 signatures
are missing.

Examples:
  wellspring operator show
  wellspring operator show ~/Downloads/profile.draft.json")]
pub(crate) struct Args {
    /// A profile or a key history, complete or a draft
    file: Option<PathBuf>,

    #[command(flatten)]
    show: ShowArgs,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let folder = &self.show.folder;
        let path = self.file.unwrap_or_else(|| {
            let draft = folder.draft_file(&ROLE);
            if draft.exists() { draft } else { folder.file(ROLE.signed) }
        });
        self.show.run::<Profile>(&ROLE, &path)
    }
}
