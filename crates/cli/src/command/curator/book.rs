//! `endorsements.toml`, changed without losing what its author wrote around the entries.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use toml_edit::{ArrayOfTables, DocumentMut, Item, RawString, Table};
use wellspring_document::{Endorsement, EndorsementList, ServerName, authoring};

use super::{ROLE, write};
use crate::failure::Refused;
use crate::file;
use crate::signing::authored_text;

/// The authoring file of a list: as its author sees it, and as it is meant.
#[derive(Debug)]
pub(super) struct Book {
    path: PathBuf,
    text: DocumentMut,
    list: EndorsementList,
}

impl Book {
    /// Reads a file. One that would not make a list is refused: first it is put right.
    pub(super) fn open(path: PathBuf) -> anyhow::Result<Self> {
        let text = authored_text(&path, &ROLE)?;
        Self::read(path, &text)
    }

    fn read(path: PathBuf, text: &str) -> anyhow::Result<Self> {
        let list = parse(&path, text)?;
        let text = text
            .parse::<DocumentMut>()
            .with_context(|| format!("{} is not valid TOML", path.display()))?;
        if text.get("entries").is_some_and(|entries| !entries.is_array_of_tables()) {
            return Err(Refused::because(format!(
                "{} has its entries in one line; write each below a line [[entries]] of its own",
                path.display()
            )));
        }
        Ok(Self { path, text, list })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What the file says as it was opened.
    pub(super) const fn list(&self) -> &EndorsementList {
        &self.list
    }

    /// The entry of a server, as it was when the file was opened.
    pub(super) fn entry(&self, name: &ServerName) -> Option<&Endorsement> {
        self.list.entries.iter().find(|entry| entry.server_name == *name)
    }

    /// Adds an entry behind the others.
    pub(super) fn add(&mut self, entry: &Endorsement) -> anyhow::Result<()> {
        let table = write::entry(entry)?;
        self.push(table);
        Ok(())
    }

    /// Changes the entry of a server, or begins one.
    pub(super) fn change(&mut self, name: &ServerName, change: impl FnOnce(&mut Table)) {
        let position = self.position(name);
        match position.and_then(|position| self.entries()?.get_mut(position)) {
            Some(table) => change(table),
            None => {
                let mut table = Table::new();
                table.insert("server_name", toml_edit::value(name.as_str()));
                change(&mut table);
                self.push(table);
            }
        }
    }

    /// Takes the entry of a server out, with the comments that belong to it alone.
    pub(super) fn remove(&mut self, name: &ServerName) {
        let Some(position) = self.position(name) else { return };
        let Some(entries) = self.entries() else { return };
        let removed = entries.remove(position);
        let kept = write::general_comments(prefix(&removed)).to_owned();
        if let Some(next) = entries.get_mut(position) {
            let joined = format!("{kept}{}", prefix(next));
            next.decor_mut().set_prefix(joined);
            return;
        }
        if entries.is_empty() {
            self.text.remove("entries");
        }
        let joined = format!("{kept}{}", self.text.trailing().as_str().unwrap_or_default());
        self.text.set_trailing(joined);
    }

    /// Writes the file, unless what it says now would not make a list.
    pub(super) fn save(self) -> anyhow::Result<EndorsementList> {
        let text = self.text.to_string();
        let list = authoring::read(&text).map_err(|error| {
            let (path, rule) = (self.path.display(), error);
            Refused::because(format!("{path} was not changed, because it would be wrong: {rule}"))
        })?;
        file::replace(&self.path, text.as_bytes())?;
        Ok(list)
    }

    fn push(&mut self, mut table: Table) {
        let mut above = String::new();
        if self.entries_end_the_file() {
            // What follows the last table explains how to add entries: a new one goes below.
            above.push_str(self.text.trailing().as_str().unwrap_or_default());
            self.text.set_trailing("");
        }
        table.decor_mut().set_prefix(write::before_new_entry(&above));
        match self.entries() {
            Some(entries) => entries.push(table),
            None => {
                let mut entries = ArrayOfTables::new();
                entries.push(table);
                self.text.insert("entries", Item::ArrayOfTables(entries));
            }
        }
    }

    fn entries(&mut self) -> Option<&mut ArrayOfTables> {
        self.text.get_mut("entries")?.as_array_of_tables_mut()
    }

    /// Whether a new entry comes behind every other table of the file.
    fn entries_end_the_file(&self) -> bool {
        let Some(entries) = self.text.get("entries").and_then(Item::as_array_of_tables) else {
            return true;
        };
        let last_entry = entries.iter().filter_map(Table::position).max();
        let others = self.text.iter().filter(|(name, _)| *name != "entries");
        let last_other = others.filter_map(|(_, item)| match item {
            Item::Table(table) => table.position(),
            Item::ArrayOfTables(tables) => tables.iter().filter_map(Table::position).max(),
            _ => None,
        });
        last_other.max() <= last_entry
    }

    fn position(&self, name: &ServerName) -> Option<usize> {
        let entries = self.text.get("entries")?.as_array_of_tables()?;
        let is_wanted =
            |table: &Table| table.get("server_name").and_then(Item::as_str) == Some(name.as_str());
        entries.iter().position(is_wanted)
    }
}

fn parse(path: &Path, text: &str) -> anyhow::Result<EndorsementList> {
    authoring::read(text).map_err(|error| Refused::because(format!("{} {error}", path.display())))
}

fn prefix(table: &Table) -> &str {
    table.decor().prefix().and_then(RawString::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
