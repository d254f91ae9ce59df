//! Questions to the person at the terminal, and what answers them where there is none.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

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
    /// The file that was named for it.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.passphrase_file.as_deref()
    }

    /// The passphrase of a key that exists; none where the key asks for none.
    pub(crate) fn for_key(&self, files: &IssuerFiles) -> anyhow::Result<Option<Passphrase>> {
        // Else the passphrase would be asked of a key that is about to be replaced.
        files.complete_change()?;
        if !files.is_encrypted()? {
            return Ok(None);
        }
        self.for_encrypted(&files.key).map(Some)
    }

    /// The passphrase of a private key that asks for one.
    pub(crate) fn for_encrypted(&self, key: &Path) -> anyhow::Result<Passphrase> {
        if let Some(given) = self.given()? {
            return Ok(given);
        }
        require_terminal(
            &format!("{} asks for its passphrase", key.display()),
            &format!("use --passphrase-file or {VARIABLE}"),
        )?;
        ask_hidden(&format!("Passphrase of {}: ", key.display()))
    }

    /// The passphrase, where nobody has to be asked for it.
    pub(crate) fn given(&self) -> anyhow::Result<Option<Passphrase>> {
        if let Some(path) = &self.passphrase_file {
            return passphrase_in(path).map(Some);
        }
        let Some(value) = env::var_os(VARIABLE) else { return Ok(None) };
        let value = value.into_string().ok();
        let value = value.with_context(|| format!("{VARIABLE} is not text in UTF-8"))?;
        require_some(Zeroizing::new(value), VARIABLE).map(Some)
    }
}

/// The passphrase in the first line of a file.
pub(crate) fn passphrase_in(path: &Path) -> anyhow::Result<Passphrase> {
    let bytes = Zeroizing::new(file::read(path, MAX_PASSPHRASE_BYTES)?);
    let text = str::from_utf8(&bytes)
        .ok()
        .with_context(|| format!("{} is not text in UTF-8", path.display()))?;
    let first = text.lines().next().unwrap_or_default();
    require_some(Zeroizing::new(first.to_owned()), &path.display().to_string())
}

fn require_some(given: Passphrase, origin: &str) -> anyhow::Result<Passphrase> {
    if given.is_empty() {
        bail!("{origin} holds no passphrase; write one there");
    }
    Ok(given)
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
    pub(crate) fn choose(&self, key: &Path) -> anyhow::Result<Option<Passphrase>> {
        if self.no_passphrase {
            warn_of_no_passphrase(key);
            return Ok(None);
        }
        if let Some(given) = self.passphrase.given()? {
            return Ok(Some(given));
        }
        require_terminal(
            "a new private key is encrypted with a passphrase",
            &format!("use --passphrase-file, {VARIABLE} or --no-passphrase"),
        )?;
        ask_new(key).map(Some)
    }
}

/// How the private key that replaces another one is protected.
#[derive(Debug, Args)]
pub(crate) struct NextKeyArgs {
    #[command(flatten)]
    before: PassphraseArgs,

    /// Read the passphrase of the new private key from the first line of this file
    ///
    /// Without it you are asked; where there is no terminal, the passphrase stays as it was.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,

    /// Write the new private key without encryption: whoever reads the file can sign as you
    #[arg(long, conflicts_with = "new_passphrase_file")]
    no_passphrase: bool,
}

impl NextKeyArgs {
    /// The passphrase of the key that exists.
    pub(crate) fn before(&self, files: &IssuerFiles) -> anyhow::Result<Option<Passphrase>> {
        self.before.for_key(files)
    }

    /// That the new key has no passphrase, as a node needs it.
    pub(crate) fn none_for_a_node(&self) -> anyhow::Result<Option<Passphrase>> {
        match &self.new_passphrase_file {
            None => Ok(None),
            Some(_) => bail!("a node has nobody to ask for a passphrase; its key has none"),
        }
    }

    /// The passphrase of the new key, given that of the key before.
    pub(crate) fn choose(
        &self,
        key: &Path,
        before: Option<&Passphrase>,
    ) -> anyhow::Result<Option<Passphrase>> {
        if self.no_passphrase {
            warn_of_no_passphrase(key);
            return Ok(None);
        }
        if let Some(path) = &self.new_passphrase_file {
            return passphrase_in(path).map(Some);
        }
        if io::stdin().is_terminal() {
            return ask_new(key).map(Some);
        }
        match before {
            Some(before) => Ok(Some(before.clone())),
            None => bail!(
                "the key before has no passphrase, and there is no terminal to ask for one on; \
                 use --new-passphrase-file or --no-passphrase"
            ),
        }
    }
}

fn warn_of_no_passphrase(key: &Path) {
    let key = key.display();
    answer::warn(&format!(
        "{key} will not be encrypted: whoever can read that file can sign as you"
    ));
}

fn ask_new(key: &Path) -> anyhow::Result<Passphrase> {
    let first = ask_hidden(&format!("Choose a passphrase for {}: ", key.display()))?;
    if first.is_empty() {
        bail!(
            "a passphrase has at least one character; for a key without one there is \
             --no-passphrase"
        );
    }
    if ask_hidden("The same once more: ")? != first {
        bail!("the two passphrases differ, so no key was made; try again");
    }
    Ok(first)
}

pub(crate) fn require_terminal(why: &str, instead: &str) -> anyhow::Result<()> {
    if io::stdin().is_terminal() {
        return Ok(());
    }
    bail!("{why}, and there is no terminal to ask on; {instead}")
}

/// Asks whether to go on, and takes nothing but a yes for one. Where there is no terminal, the
/// answer is no.
pub(crate) fn confirms(question: &str) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("{question} [yes/no] ");
    let mut line = String::new();
    io::stdin().read_line(&mut line).context("no answer could be read")?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Asks for something that is not shown while it is typed.
pub(crate) fn ask_hidden(question: &str) -> anyhow::Result<Zeroizing<String>> {
    let answer = rpassword::prompt_password(question).context("no answer could be read")?;
    Ok(Zeroizing::new(answer))
}
