//! The rules of trust and rank, each as somebody notices it: from signed documents and a
//! policy to the view.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where it fails")]

mod again;
mod categories;
mod changes;
mod contests;
mod criteria;
mod determinism;
mod draw;
mod draw_again;
mod draw_shares;
mod histories;
mod measured;
mod ownership;
mod points;
mod records;
mod service;
mod told;
mod trust;
mod waiting;
mod world;
