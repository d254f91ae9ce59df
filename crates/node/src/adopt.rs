//! Lists that exist unsigned become endorsement lists of the node's own issuer.

use std::collections::BTreeMap;

use wellspring_document::{
    AdoptedFrom, Curator, Date, Endorsement, EndorsementList, Label, LabelError, LanguageTag,
    ListSource, Localized, MAX_NAME_CHARACTERS, ServerName, Text, TextError, Timestamp,
};
use wellspring_matrix::ListReading;
use wellspring_store::AdoptedName;

use crate::config::AdoptedList;

/// What one reading of an adopted list gave.
#[derive(Debug, Clone)]
pub(crate) struct AdoptedCopy {
    format: Label,
    servers: Vec<Endorsement>,
    read_at: Timestamp,
}

impl AdoptedCopy {
    /// A list that was read at `read_at`.
    pub(crate) fn of(reading: &ListReading, read_at: Timestamp) -> Result<Self, AdoptError> {
        let format = Label::new(reading.format.name())?;
        Ok(Self { format, servers: reading.servers.clone(), read_at })
    }

    /// A list that was asked for at `read_at` and has not changed since `list` was made of
    /// it; nothing where `list` was not adopted.
    pub(crate) fn again(list: &EndorsementList, read_at: Timestamp) -> Option<Self> {
        let format = list.adopted_from.as_ref()?.format.clone();
        Some(Self { format, servers: list.entries.clone(), read_at })
    }
}

/// The endorsement list that says what an adopted list says, as the node's word.
///
/// Each entry carries since when its server counts as known: names in the first copy since
/// the date of the list or of the configuration's vouching, whichever is earlier, else for
/// 30 days; later ones since they appeared.
pub(crate) fn endorsement_list(
    adoption: &AdoptedList,
    source: ListSource,
    copy: AdoptedCopy,
    names: &[AdoptedName],
) -> Result<EndorsementList, AdoptError> {
    let dated = adoption.list_date.into_iter().chain(adoption.vouched_since).min();
    let known: BTreeMap<&ServerName, Date> = names
        .iter()
        .map(|name| {
            let since = dated.filter(|_| name.in_first_copy);
            (&name.server_name, since.unwrap_or_else(|| name.known_since().date()))
        })
        .collect();
    let mut list = EndorsementList::new(Curator::new(curator_name(adoption, &source)?));
    list.entries = copy.servers;
    for entry in &mut list.entries {
        entry.known_since = known.get(&entry.server_name).copied();
    }
    list.adopted_from = Some(AdoptedFrom {
        source,
        format: copy.format,
        read_at: copy.read_at,
        list_date: adoption.list_date,
        vouched_since: adoption.vouched_since,
        credit: adoption.credit.clone(),
    });
    Ok(list)
}

/// The one who made the list, where the configuration credits them; else where it is from.
fn curator_name(adoption: &AdoptedList, source: &ListSource) -> Result<Localized, TextError> {
    let name = match &adoption.credit {
        Some(credit) => credit.name.clone(),
        None => Text::new(source.as_str().chars().take(MAX_NAME_CHARACTERS).collect::<String>())?,
    };
    Ok(Localized::single(LanguageTag::undetermined(), name))
}

/// Why what a list says cannot be written as an endorsement list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AdoptError {
    #[error("the list's name cannot be written in a document: it {0}")]
    Name(#[from] TextError),
    #[error("the list's format cannot be written in a document: {0}")]
    Format(#[from] LabelError),
}

#[cfg(test)]
mod tests;
