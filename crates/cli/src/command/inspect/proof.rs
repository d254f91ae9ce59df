use std::fmt;

use serde::Serialize;
use wellspring_document::{Kind, proof};

use crate::answer::{Format, Outcome};
use crate::client::Network;
use crate::clock::Now;
use crate::failure;
use crate::source::Source;

/// Check the Data Integrity proofs (eddsa-jcs-2022) of any JSON document
///
/// It holds where there is at least one proof and all of them hold. Who the signers are, and
/// whether others should have signed too, is not asked: for documents of Wellspring that is
/// what `wellspring verify` does.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring inspect proof credential.json
  wellspring inspect proof --json profile.json")]
pub(crate) struct Args {
    /// A file, an https address, or - for standard input
    #[arg(value_name = "FILE|URL")]
    source: Source,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    network: Network,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let bytes = self.source.read(Kind::LARGEST_BYTES, &self.network)?;
        let report = match proof::check(&bytes, Kind::LARGEST_BYTES, self.now.get()) {
            Ok(found) => Report {
                source: self.source.to_string(),
                holds: found.holds(),
                signers: found.signers.iter().map(|key| format!("did:key:{key}")).collect(),
                problems: found.problems.iter().map(Problem::of).collect(),
            },
            // A document that two readers could take for two different ones has no proof.
            Err(error) => Report {
                source: self.source.to_string(),
                holds: false,
                signers: Vec::new(),
                problems: vec![Problem { code: error.code(), message: error.to_string() }],
            },
        };
        self.format.print(&report, Outcome::of(report.holds))
    }
}

#[derive(Serialize)]
struct Report {
    #[serde(skip)]
    source: String,
    holds: bool,
    signers: Vec<String>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    code: &'static str,
    message: String,
}

impl Problem {
    fn of(error: &proof::ProofError) -> Self {
        Self { code: error.code(), message: failure::sentence_of(error) }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds { "hold" } else { "do not hold" };
        writeln!(f, "The proofs of {} {verdict}.", self.source)?;
        for signer in &self.signers {
            writeln!(f, "  signed by   {signer}")?;
        }
        for problem in &self.problems {
            writeln!(f, "  problem     {} ({})", problem.message, problem.code)?;
        }
        Ok(())
    }
}
