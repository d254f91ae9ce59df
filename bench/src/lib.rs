//! Nothing but a place for the comparisons in `benches/`.
