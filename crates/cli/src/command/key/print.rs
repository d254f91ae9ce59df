use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use anyhow::bail;
use wellspring_document::SigningKey;
use wellspring_node::read_key;
use zeroize::Zeroizing;

use crate::answer::{self, Outcome};
use crate::file;
use crate::prompt::PassphraseArgs;

/// Write a private key for paper, to be typed back with `key type`
///
/// 58 characters in groups of four. Six of them check the others: any wrong character, and any
/// two that were swapped, are found when they are typed back. Whoever reads the paper has the
/// key, and needs no passphrase.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The text is Bech32m (BIP 350) of the key's 32 bytes, with the prefix \"wellspring\".

Examples:
  wellspring key print recovery-key.pem | lp
  wellspring key print recovery-key.pem --on-screen")]
pub(crate) struct Args {
    /// A private key: NAME-key.pem
    file: PathBuf,

    /// Show it on this screen, where others may see it and programs may keep it
    #[arg(long)]
    on_screen: bool,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        if io::stdout().is_terminal() && !self.on_screen {
            bail!(
                "the private key is not shown on a screen unless you ask for it with --on-screen; \
                 else send it to a printer: wellspring key print {} | lp",
                self.file.display()
            );
        }
        let pem = Zeroizing::new(file::read(&self.file, file::MAX_TEXT_BYTES)?);
        let is_encrypted = SigningKey::is_encrypted_pem(&String::from_utf8_lossy(&pem));
        let passphrase = match is_encrypted {
            true => Some(self.passphrase.for_encrypted(&self.file)?),
            false => None,
        };
        let key = read_key(&self.file, passphrase.as_ref().map(|text| text.as_str()))?;
        answer::write_exactly(sheet(&key).as_bytes())?;
        Ok(Outcome::Yes)
    }
}

/// How many groups stand in a row.
const GROUPS: usize = 5;

/// What is printed. Between the empty lines is what `key type` reads.
fn sheet(key: &SigningKey) -> Zeroizing<String> {
    // As long as it gets, so that no copy of a part is left behind by growing.
    let mut sheet = Zeroizing::new(String::with_capacity(1_000));
    sheet.push_str("A private key for Wellspring. Whoever reads this paper can use the key.\n\n");
    let paper = key.to_paper();
    let mut groups = paper.split(' ');
    sheet.push_str("  ");
    sheet.push_str(groups.next().unwrap_or_default());
    for (place, group) in groups.enumerate() {
        sheet.push_str(if place % GROUPS == 0 { "\n  " } else { " " });
        sheet.push_str(group);
    }
    sheet.push_str("\n\n");
    sheet.push_str("The digit 1 and the letters b, i and o occur in the first line only.\n");
    sheet.push_str("To type it back: wellspring key type\n");
    sheet.push_str("Its public half: ");
    sheet.push_str(&key.public().to_string());
    sheet.push('\n');
    sheet
}
