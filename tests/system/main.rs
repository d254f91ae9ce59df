//! The whole system: the real program, hosts that speak TLS, and what comes of them.

#![cfg(test)]

mod adopted;
mod backup;
mod changes;
mod clock;
mod communities;
mod contested;
mod determinism;
mod directory;
mod disk;
mod doctor;
mod drawn;
mod five_operators;
mod folder_changes;
mod hostile;
mod kill;
mod kill_at_random;
mod memory;
mod mirror;
mod mirror_hostile;
mod mirror_ring;
mod misuse;
mod observed;
mod offline;
mod own_keys;
mod recommended;
mod refused;
mod silent;
mod status;
mod submissions;
mod time;
mod well_known;
