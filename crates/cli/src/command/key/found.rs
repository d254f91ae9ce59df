//! The files of an issuer, as a person names them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use wellspring_document::{AnyVerified, Kind, RawDocument, json};
use wellspring_node::{IssuerFiles, KEY_HISTORY_SUFFIX};

use crate::command::{curator, operator};
use crate::failure::Refused;
use crate::file;

/// How the name of every file with the private key of an issuer ends.
const KEY_SUFFIX: &str = "-key.pem";

/// What a file is that was named instead of an issuer.
pub(super) enum Named {
    /// A private key.
    Key(Vec<u8>),
    /// A signed document that holds, with the key history in it.
    Document(Box<AnyVerified>),
    /// Anything else: a key history, or what is taken for one.
    History,
}

/// Looks at a file.
pub(super) fn look_at(path: &Path) -> anyhow::Result<Named> {
    let bytes = file::read(path, file::MAX_TEXT_BYTES)?;
    if bytes.starts_with(b"-----BEGIN ") {
        return Ok(Named::Key(bytes));
    }
    match json::read(&bytes, Kind::LARGEST_BYTES) {
        Ok(value) if value.get("key_history").is_some() => {
            let document = RawDocument::new(bytes).verify_any().map_err(|error| {
                Refused::because(format!(
                    "{} is a signed document that does not hold: {error}",
                    path.display()
                ))
            })?;
            Ok(Named::Document(Box::new(document)))
        }
        _ => Ok(Named::History),
    }
}

/// The key history in this folder, where there is exactly one.
pub(super) fn the_only_history() -> anyhow::Result<PathBuf> {
    let entries = fs::read_dir(".").context("this folder could not be read")?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut found: Vec<_> = names.filter(|name| name.ends_with(KEY_HISTORY_SUFFIX)).collect();
    found.sort();
    match &found[..] {
        [only] => Ok(PathBuf::from(only)),
        [] => bail!("there is no key history in this folder; name a file"),
        several => bail!("there are several key histories here: {}; name one", several.join(", ")),
    }
}

pub(super) fn history_beside(key: &Path) -> anyhow::Result<PathBuf> {
    let name = name_of(key).with_context(|| {
        let key = key.display();
        format!("{key} is not named NAME-key.pem, so its key history is not known; name that one")
    })?;
    Ok(key.with_file_name(format!("{name}{KEY_HISTORY_SUFFIX}")))
}

/// The files of the issuer that a file belongs to: its key or its key history; without one,
/// of the only issuer in this folder.
pub(super) fn issuer_files(named: Option<PathBuf>) -> anyhow::Result<IssuerFiles> {
    let path = named.map_or_else(the_only_history, Ok)?;
    let name = name_of(&path).with_context(|| {
        let path = path.display();
        format!("{path} is named neither NAME-key.pem nor NAME-key-history.json; name one of those")
    })?;
    Ok(IssuerFiles::of(&name, path.parent().unwrap_or(Path::new(""))))
}

/// The files of the issuer of a document: of an operator or a curator, in its folder.
pub(super) fn files_beside(path: &Path, document: &AnyVerified) -> anyhow::Result<IssuerFiles> {
    let role = match document.kind() {
        Kind::Profile => operator::ROLE,
        Kind::EndorsementList => curator::ROLE,
        Kind::ObservationReport | Kind::Index | Kind::View => bail!(
            "{} is signed by a node; name the key history in the node's data folder",
            path.display()
        ),
    };
    Ok(IssuerFiles::of(role.key, path.parent().unwrap_or(Path::new(""))))
}

fn name_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(KEY_HISTORY_SUFFIX).or_else(|| name.strip_suffix(KEY_SUFFIX))?;
    Some(name.to_owned())
}
