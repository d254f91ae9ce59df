//! Questions to the person at the terminal, and what answers them where there is none.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use wellspring_node::IssuerFiles;
use zeroize::Zeroizing;

use crate::{answer, file};

/// The environment variable that answers for a person.
const VARIABLE: &str = "WELLSPRING_PASSPHRASE";

/// The longest passphrase file that is read, in bytes.
const MAX_PASSPHRASE_BYTES: usize = 4_096;

/// Where the passphrase of a private key comes from.
#[derive(Debug, Args)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase of the private key from the first line of this file
    ///
    /// Without it, the environment variable WELLSPRING_PASSPHRASE counts; without that,
    /// you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// The passphrase of a key that exists; none where the key asks for none.
    pub(crate) fn for_key(&self, files: &IssuerFiles) -> anyhow::Result<Option<Passphrase>> {
        if !files.is_encrypted()? {
            return Ok(None);
        }
        if let Some(given) = self.given()? {
            return Ok(Some(given));
        }
        require_terminal(
            &format!("{} asks for its passphrase", files.key.display()),
            &format!("use --passphrase-file or {VARIABLE}"),
        )?;
        ask_hidden(&format!("Passphrase of {}: ", files.key.display())).map(Some)
    }

    fn given(&self) -> anyhow::Result<Option<Passphrase>> {
        let (given, origin) = if let Some(path) = &self.passphrase_file {
            let bytes = Zeroizing::new(file::read(path, MAX_PASSPHRASE_BYTES)?);
            let text = str::from_utf8(&bytes)
                .ok()
                .with_context(|| format!("{} is not text in UTF-8", path.display()))?;
            let first = text.lines().next().unwrap_or_default();
            (Zeroizing::new(first.to_owned()), path.display().to_string())
        } else if let Some(value) = env::var_os(VARIABLE) {
            let value = value.into_string().ok();
            let value = value.with_context(|| format!("{VARIABLE} is not text in UTF-8"))?;
            (Zeroizing::new(value), VARIABLE.to_owned())
        } else {
            return Ok(None);
        };
        if given.is_empty() {
            bail!("{origin} holds no passphrase; write one there");
        }
        Ok(Some(given))
    }
}

/// A passphrase, wiped from memory when dropped.
pub(crate) type Passphrase = Zeroizing<String>;

/// How a new private key is protected.
#[derive(Debug, Args)]
pub(crate) struct NewKeyArgs {
    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Write the private key without encryption: whoever reads the file can sign as you
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
}

impl NewKeyArgs {
    /// The passphrase for a new key; none where the person insists on none.
    pub(crate) fn choose(&self, files: &IssuerFiles) -> anyhow::Result<Option<Passphrase>> {
        let key = files.key.display();
        if self.no_passphrase {
            answer::warn(&format!(
                "{key} will not be encrypted: whoever can read that file can sign as you"
            ));
            return Ok(None);
        }
        if let Some(given) = self.passphrase.given()? {
            return Ok(Some(given));
        }
        require_terminal(
            "a new private key is encrypted with a passphrase",
            &format!("use --passphrase-file, {VARIABLE} or --no-passphrase"),
        )?;
        let first = ask_hidden(&format!("Choose a passphrase for {key}: "))?;
        if first.is_empty() {
            bail!(
                "a passphrase has at least one character; for a key without one there is \
                 --no-passphrase"
            );
        }
        if ask_hidden("The same once more: ")? != first {
            bail!("the two passphrases differ, so no key was made; try again");
        }
        Ok(Some(first))
    }
}

fn require_terminal(why: &str, instead: &str) -> anyhow::Result<()> {
    if io::stdin().is_terminal() {
        return Ok(());
    }
    bail!("{why}, and there is no terminal to ask on; {instead}")
}

fn ask_hidden(question: &str) -> anyhow::Result<Passphrase> {
    let answer = rpassword::prompt_password(question).context("no passphrase could be read")?;
    Ok(Zeroizing::new(answer))
}
