//! The time of a command.

use clap::Args;
use wellspring_document::Timestamp;
use wellspring_node::Clock;

/// Another time than that of the machine's clock, for tests.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Now {
    #[arg(long, value_name = "TIME", hide = true)]
    now: Option<Timestamp>,
}

impl Now {
    pub(crate) fn clock(self) -> Clock {
        self.now.map_or(Clock::System, Clock::Fixed)
    }

    pub(crate) fn get(self) -> Timestamp {
        self.clock().now()
    }
}
