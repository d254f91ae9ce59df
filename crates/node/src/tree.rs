//! The tree: what a node publishes, as plain files that can be copied anywhere.
//!
//! ```text
//! index.json              the signed index: every document, every view
//! documents/SHA256.json   the exact bytes of each document, and of each signed view
//! parts/SHA256.json       the parts of the index and of the views
//! ```
//!
//! All files but the index are named by the hash of their bytes and never change, so a copy
//! that has all files of an index is whole, whenever and in whatever order they came.

mod export;
mod make;
mod place;

pub use export::{ExportError, Exported, export};
pub(crate) use make::{Grounds, ServedTree};
use make::{Held, Tree};
pub(crate) use place::FILES_AT_ONCE;
pub use place::{IndexRead, TreeFile, TreePlace, TreeReadError, TreeReader};

#[cfg(test)]
mod tests;
