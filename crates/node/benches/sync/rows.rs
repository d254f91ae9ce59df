//! The rows of a node's database, written once more without anybody looking at them.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use wellspring_store::Store;

use crate::BATCH;

/// What accepting documents and recording how sources fared writes, those first that others
/// refer to.
const TABLES: [&str; 9] = [
    "issuers",
    "feeds",
    "documents",
    "document_bytes",
    "sources",
    "document_sources",
    "changes",
    "sights",
    "issuer_sights",
];

/// All rows of the tables.
pub(crate) struct Rows(Vec<Table>);

struct Table {
    insert: String,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    /// Those of a database.
    pub(crate) fn read(database: &Path) -> Self {
        let connection = Connection::open(database).unwrap();
        Self(TABLES.iter().map(|name| Table::read(&connection, name)).collect())
    }

    /// The identities of all documents.
    pub(crate) fn documents(&self) -> Vec<Vec<Value>> {
        self.0[2].rows.clone()
    }

    /// Writes them to an empty database: of each table so many in a transaction.
    pub(crate) fn write(&self, connection: &Connection) {
        let tables = self.0.iter().zip(TABLES);
        let mut chunks: Vec<_> =
            tables.map(|(table, name)| table.chunks(name).into_iter()).collect();
        loop {
            let batch: Vec<_> = chunks.iter_mut().map(Iterator::next).collect();
            if batch.iter().all(Option::is_none) {
                return;
            }
            let transaction = connection.unchecked_transaction().unwrap();
            for (table, rows) in self.0.iter().zip(batch) {
                let mut insert = transaction.prepare_cached(&table.insert).unwrap();
                for row in rows.into_iter().flatten() {
                    insert.execute(params_from_iter(row)).unwrap();
                }
            }
            transaction.commit().unwrap();
        }
    }
}

impl Table {
    fn read(connection: &Connection, name: &str) -> Self {
        let mut all = connection.prepare(&format!("SELECT * FROM {name} ORDER BY rowid")).unwrap();
        let columns = all.column_count();
        let insert = format!("INSERT INTO {name} VALUES (?{})", ", ?".repeat(columns - 1));
        let rows = all
            .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        Self { insert, rows }
    }

    fn chunks(&self, name: &str) -> Vec<&[Vec<Value>]> {
        // Where a view was made in the midst of a round, the report in it is a document without a
        // source: those after it have higher rows than what tells of their sources.
        let later = (name == "document_sources").then_some(&[][..]);
        later.into_iter().chain(self.rows.chunks(BATCH)).collect()
    }
}

/// A new database of the same schema, as safe against a loss of power as a node's.
pub(crate) fn empty(database: &Path) -> Connection {
    drop(Store::open(database).unwrap());
    let connection = Connection::open(database).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.pragma_update(None, "synchronous", "full").unwrap();
    connection.set_prepared_statement_cache_capacity(TABLES.len());
    connection
}
