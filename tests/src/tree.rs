use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use wellspring_document::{
    BytesHash, Index, IndexEntry, PartRef, RawDocument, Timestamp, into_parts,
};

use crate::host::{Host, Reply};
use crate::person::Person;

/// The tree of a node in the making. What it names need not be true.
#[derive(Debug, Clone, Default)]
pub struct TreeInMaking {
    documents: BTreeMap<BytesHash, Bytes>,
    entries: Vec<IndexEntry>,
    further_parts: Vec<PartRef>,
}

/// A tree: its files by their paths.
#[derive(Debug, Clone)]
pub struct Tree {
    /// `index.json`, `documents/SHA256.json`, `parts/SHA256.json`.
    pub files: BTreeMap<String, Bytes>,
}

/// What an honest index says of a document.
pub fn index_entry(document: &Bytes) -> IndexEntry {
    RawDocument::new(document.clone()).verify_any().unwrap().index_entry()
}

impl TreeInMaking {
    /// A tree of these documents.
    pub fn of<'a>(documents: impl IntoIterator<Item = &'a Bytes>) -> Self {
        let tree = Self::default();
        documents
            .into_iter()
            .fold(tree, |tree, document| tree.with(index_entry(document), document))
    }

    /// With an entry, whatever it says, and the bytes that it names.
    #[must_use]
    pub fn with(mut self, entry: IndexEntry, bytes: &Bytes) -> Self {
        self.documents.insert(entry.hash, bytes.clone());
        self.naming(entry)
    }

    /// With an entry and no bytes.
    #[must_use]
    pub fn naming(mut self, entry: IndexEntry) -> Self {
        self.entries.push(entry);
        self
    }

    /// With parts of the index that are not there.
    #[must_use]
    pub fn with_parts(mut self, parts: Vec<PartRef>) -> Self {
        self.further_parts = parts;
        self
    }

    /// The tree with an index that a node signs, with this number.
    pub fn sign(&self, node: &Person, sequence: u64, issued_at: Timestamp) -> Tree {
        let mut files = BTreeMap::new();
        for (hash, bytes) in &self.documents {
            files.insert(format!("documents/{hash}.json"), bytes.clone());
        }
        let records = self.entries.iter().map(IndexEntry::record).collect();
        let mut parts = Vec::new();
        for part in into_parts(records).unwrap() {
            files.insert(format!("parts/{}.json", part.reference.hash), part.bytes.into());
            parts.push(part.reference);
        }
        parts.extend(self.further_parts.iter().cloned());
        let index = Index { views: Vec::new(), parts };
        files.insert("index.json".to_owned(), node.sign(&index, sequence, issued_at));
        Tree { files }
    }
}

impl Tree {
    /// The paths of the parts of its index.
    pub fn parts(&self) -> Vec<String> {
        self.files.keys().filter(|path| path.starts_with("parts/")).cloned().collect()
    }

    /// Serves its files below `/tree/`, where everything is that was there before.
    pub fn serve_at(&self, host: &Host) {
        for (path, bytes) in &self.files {
            host.reply(&format!("/tree/{path}"), Reply::file(bytes.clone()));
        }
    }

    /// Writes its files into a folder, where everything is that was there before.
    pub fn write_to(&self, folder: &Path) {
        for (path, bytes) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
}
