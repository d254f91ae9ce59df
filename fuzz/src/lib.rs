//! What the fuzzers run. The targets are also compiled into the tests of the main workspace,
//! which replay the seeds; the mutator is for fuzzing alone.

pub mod mutate;
pub mod targets;
