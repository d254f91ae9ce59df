//! What the whole-system tests stand on: hosts that speak real TLS, people who sign, and
//! the real program.
//!
//! - [`Network`] is a certificate authority with hosts under it, each at an address of its
//!   own on this machine. What a host answers can be changed at any time, and every request
//!   is on record.
//! - [`Person`] signs profiles, lists and reports with keys made from a number, so that
//!   every run has the same documents.
//! - [`TreeInMaking`] makes the tree of a node, also one that lies.
//! - [`Home`] is a folder with a configuration and the data of one node, and runs the
//!   program there: once ([`Home::sync`], [`Home::rank`]) or as a server ([`Home::serve`]).
//!
//! The tests themselves are in `tests/system/`. They talk to this machine only.
//!
//! Nothing here waits for a length of time: a test waits for something to happen, at most
//! [`PATIENCE`], and fails if it does not.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "this crate is for tests alone, and what goes wrong in it fails the test"
)]

mod config;
mod home;
mod host;
mod network;
mod node;
mod person;
mod program;
mod seen;
mod tree;

use std::sync::LazyLock;
use std::time::Duration;

pub use config::{Community, Config};
pub use home::Home;
pub use host::{Host, Reply, Request, Then};
pub use network::{Entrance, Network};
pub use node::{Answer, Serving};
pub use person::{Person, endorse, entry, list, profile, recommend, warn};
pub use program::{Finished, program, wellspring};
pub use seen::{Server, View, assert_same};
pub use tree::{Tree, TreeInMaking, index_entry};

/// The longest that a test waits for something to happen. Far more than it takes, because
/// machines can be busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Where the hosts run, and the client that asks the node.
pub(crate) static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});
