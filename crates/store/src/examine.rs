//! Whether a database holds what it should: every document is verified again from its bytes,
//! and everything that can be read from documents is compared with what the columns say.

mod documents;
mod feeds;
mod issuers;
mod structure;

use rusqlite::Connection;
use wellspring_document::{Identity, Timestamp};

use crate::Store;
use crate::columns::ReadColumns as _;
use crate::documents::DocumentStatus;
use crate::error::{CorruptRow, StoreError};
pub(crate) use documents::Facts;

/// Is told, now and then, how many documents have been looked at, and of how many.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// What is wrong with a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ComplaintKind {
    /// The structure of the file.
    Structure,
    /// An index that does not fit its table.
    Index,
    /// The definition of the tables.
    Schema,
    /// A row that refers to one that is not there.
    Orphan,
    /// A row with a value that cannot be.
    UnreadableRow,
    /// The bytes of a document.
    Document,
    /// A document without its bytes.
    BytesMissing,
    /// A column that does not say what the document says.
    Column,
    /// Which keys of an issuer count.
    Keys,
    /// How far a feed has come.
    Mark,
    /// What a document is to its feed.
    Status,
    /// Since when a document no longer counts.
    End,
}

impl ComplaintKind {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Structure => "doctor.structure",
            Self::Index => "doctor.index",
            Self::Schema => "doctor.schema",
            Self::Orphan => "doctor.orphan",
            Self::UnreadableRow => "doctor.unreadable-row",
            Self::Document => "doctor.document",
            Self::BytesMissing => "doctor.bytes-missing",
            Self::Column => "doctor.column",
            Self::Keys => "doctor.keys",
            Self::Mark => "doctor.mark",
            Self::Status => "doctor.status",
            Self::End => "doctor.end",
        }
    }

    /// What it means, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Structure => {
                "Part of the file is not what was written there: a disk or memory fails, or a \
                 program wrote into the file. What lies there is lost."
            }
            Self::Index => {
                "Looking something up can miss rows that are there. The rows themselves are not \
                 touched."
            }
            Self::Schema => "The tables are not those of this program; somebody changed them.",
            Self::Orphan => "A row belongs to something that is gone, and is of no use to anybody.",
            Self::UnreadableRow => {
                "A row was altered and is passed over: what it said is as if it were unknown."
            }
            Self::Document => {
                "A document was altered after it was accepted. It does not count and is not given \
                 out."
            }
            Self::BytesMissing => {
                "A document should be there and is not. It does not count and is not given out."
            }
            Self::Column => {
                "What is noted about a document is not what the document says, so that it may not \
                 be found, or not count."
            }
            Self::Keys => {
                "Documents of this issuer may be refused, or count with keys that do not count."
            }
            Self::Mark => {
                "It is not known rightly how far a feed has come, so that an older document could \
                 come back, or a newer one be refused."
            }
            Self::Status => {
                "A document may count that was replaced, or not count although it should."
            }
            Self::End => {
                "A document may be erased that still counts, or stay that should be erased in time."
            }
        }
    }
}

/// Something that is wrong with a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What kind of thing.
    pub kind: ComplaintKind,
    /// What it is about: a document, an issuer, a row.
    pub about: String,
    /// What is wrong with it.
    pub problem: String,
    pub(crate) fix: Fix,
}

impl Complaint {
    /// What [`Store::mend`] does about it; nothing where it can do nothing.
    pub const fn remedy(&self) -> Option<&'static str> {
        Some(match &self.fix {
            Fix::None => return None,
            Fix::Reindex => "make the indexes anew from the tables",
            Fix::TakeOut { table: Table::Documents | Table::DocumentBytes, .. } => {
                "take it out, keep it aside for 30 days, and ask its sources for it again"
            }
            Fix::TakeOut { .. } => "take the row out and keep it aside for 30 days",
            Fix::SetDocument { .. } => "write down what the document says",
            Fix::PutInFeed { .. } => "put it where the document says that it belongs",
            Fix::SetIssuer(_) => "judge the key histories again, with those of all documents",
            Fix::SetMark { .. } => "set the mark by the documents of the feed",
            Fix::SetStatus { .. } | Fix::SetEnd { .. } => "set it by the mark of the feed",
        })
    }
}

/// What mends a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fix {
    None,
    Reindex,
    TakeOut { table: Table, row: i64 },
    SetDocument { document_id: i64, facts: Box<Facts> },
    PutInFeed { document_id: i64, facts: Box<Facts>, place: RightPlace },
    SetIssuer(Box<IssuerRow>),
    SetMark { feed_id: i64, sequence: i64, identity: Identity },
    SetStatus { document_id: i64, status: DocumentStatus },
    SetEnd { document_id: i64, has_ended: bool },
}

/// Where a document that stands in the wrong feed belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RightPlace {
    /// In this feed.
    There(i64),
    /// In the feed where it is, of which the row is wrong.
    RenamedFeed(i64),
    /// In a feed that is not there.
    NewFeed,
}

/// What the row of an issuer should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssuerRow {
    /// The row; nothing where there is none yet.
    pub(crate) id: Option<i64>,
    pub(crate) issuer: String,
    pub(crate) accepted_state: String,
    pub(crate) is_contested: bool,
    pub(crate) key_histories: String,
}

/// The tables of which rows can be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Feeds,
    Documents,
    DocumentBytes,
    DocumentSources,
    Sources,
    Changes,
    Sights,
    IssuerSights,
    AdoptedNames,
    Submissions,
    MirrorParts,
    Clock,
    Rounds,
    ToldLists,
    ToldServers,
    ToldChanges,
}

impl Table {
    pub(crate) const ALL: [Self; 16] = [
        Self::Feeds,
        Self::Documents,
        Self::DocumentBytes,
        Self::DocumentSources,
        Self::Sources,
        Self::Changes,
        Self::Sights,
        Self::IssuerSights,
        Self::AdoptedNames,
        Self::Submissions,
        Self::MirrorParts,
        Self::Clock,
        Self::Rounds,
        Self::ToldLists,
        Self::ToldServers,
        Self::ToldChanges,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Feeds => "feeds",
            Self::Documents => "documents",
            Self::DocumentBytes => "document_bytes",
            Self::DocumentSources => "document_sources",
            Self::Sources => "sources",
            Self::Changes => "changes",
            Self::Sights => "sights",
            Self::IssuerSights => "issuer_sights",
            Self::AdoptedNames => "adopted_names",
            Self::Submissions => "submissions",
            Self::MirrorParts => "mirror_parts",
            Self::Clock => "clock",
            Self::Rounds => "rounds",
            Self::ToldLists => "told_lists",
            Self::ToldServers => "told_servers",
            Self::ToldChanges => "told_changes",
        }
    }
}

/// What was found in a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    /// How many documents were verified and hold.
    pub documents: u64,
    /// How many issuers' keys were judged.
    pub issuers: u64,
    /// How many feeds were looked at.
    pub feeds: u64,
    /// What was found damaged before, and is kept aside.
    pub taken_out: u64,
    /// What is wrong; what everything else stands on first.
    pub complaints: Vec<Complaint>,
}

impl Examination {
    /// Whether parts of the file cannot be read, so that nothing in it can be mended.
    pub fn is_beyond_mending(&self) -> bool {
        let beyond = |kind| matches!(kind, ComplaintKind::Structure | ComplaintKind::Schema);
        self.complaints.iter().any(|complaint| beyond(complaint.kind))
    }

    /// That the file cannot even be opened.
    pub fn of_unreadable_file(problem: impl Into<String>) -> Self {
        let mut examination = Self::default();
        examination.complain_of_structure(problem.into());
        examination
    }

    fn complain(
        &mut self,
        kind: ComplaintKind,
        about: impl Into<String>,
        problem: impl Into<String>,
        fix: Fix,
    ) {
        let (about, problem) = (about.into(), problem.into());
        self.complaints.push(Complaint { kind, about, problem, fix });
    }

    fn complain_of_structure(&mut self, problem: String) {
        self.complain(ComplaintKind::Structure, "the file", problem, Fix::None);
    }

    /// What a stage found; nothing where it met a damaged part of the file, which is a
    /// complaint and no reason to look no further.
    fn stage<T>(&mut self, found: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(StoreError::Damaged { source }) => {
                self.complain_of_structure(source.to_string());
                Ok(None)
            }
            Err(StoreError::Corrupt(row)) => {
                self.unreadable(row);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    fn unreadable(&mut self, CorruptRow { table, row, column, problem }: CorruptRow) {
        let fix = match Table::ALL.iter().find(|it| it.name() == table) {
            Some(table) => Fix::TakeOut { table: *table, row },
            None => Fix::None,
        };
        self.complain(
            ComplaintKind::UnreadableRow,
            format!("table {table}, row {row}"),
            format!("column {column}: {problem}"),
            fix,
        );
    }
}

impl Store {
    /// Looks whether all is well with the database, and changes nothing: its structure, its
    /// references, the bytes of every document, what the columns say of them, the keys of
    /// every issuer, and how far each feed has come.
    ///
    /// What it says is of one moment; whoever writes meanwhile is not held up.
    ///
    /// # Errors
    /// Where the database cannot be looked at. That it is damaged is no error but a complaint.
    pub fn examine(&self, progress: Progress<'_>) -> Result<Examination, StoreError> {
        let transaction = self.connection.unchecked_transaction()?;
        examine(&transaction, progress)
    }
}

pub(crate) fn examine(
    connection: &Connection,
    progress: Progress<'_>,
) -> Result<Examination, StoreError> {
    let mut examination = Examination::default();
    let structure = structure::examine(connection, &mut examination);
    examination.stage(structure)?;
    // What columns mean is known only where they are those that should be there.
    if examination.complaints.iter().any(|it| it.kind == ComplaintKind::Schema) {
        return Ok(examination);
    }
    let rows = structure::examine_rows(connection, &mut examination);
    examination.stage(rows)?;
    let records = documents::examine(connection, &mut examination, progress);
    let Some(records) = examination.stage(records)? else { return Ok(examination) };
    let judged = issuers::examine(connection, &mut examination, &records);
    let Some(judged) = examination.stage(judged)? else { return Ok(examination) };
    let feeds = feeds::examine(connection, &mut examination, &records, &judged);
    examination.stage(feeds)?;
    let taken_out = "SELECT count(*) AS rows FROM taken_out";
    let counted = connection.query_row(taken_out, [], |row| row.read("rows"));
    examination.taken_out =
        examination.stage(counted.map_err(StoreError::from))?.unwrap_or_default();
    examination.complaints.sort_by_key(|complaint| complaint.kind);
    Ok(examination)
}

/// A moment as a column holds it, as text.
fn moment(seconds: i64) -> String {
    Timestamp::from_unix(seconds).map_or_else(|| seconds.to_string(), |time| time.to_string())
}
