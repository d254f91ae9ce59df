use std::fmt;

use serde::Serialize;
use wellspring_fetch::{JudgedAddress, judge};

use crate::answer::{Format, Outcome};
use crate::client::{Network, NotFetched, block_on};
use crate::failure;

/// Say whether the guarded client may fetch an address
///
/// Judged from the text alone, without touching the network. A name that passes may still
/// lead to an address that is refused: --resolve looks it up and judges every address, as
/// the client does at each connection. A refusal comes with the rule in words and a code that
/// stays the same: url.… for the text, address.… for an address.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring inspect url https://example.org/list.json
  wellspring inspect url --resolve https://example.org/

Exit codes: 0 it may be fetched, 1 it may not, 2 the command was not understood.")]
pub(crate) struct Args {
    /// The address
    #[arg(allow_hyphen_values = true)]
    url: String,

    /// Look the name up too and judge every address
    #[arg(long)]
    resolve: bool,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    network: Network,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let mut answer = Answer {
            url: self.url.clone(),
            allowed: true,
            problem: None,
            request: None,
            addresses: Vec::new(),
        };
        let judged = judge(&self.url, &self.network.policy()?);
        answer.request = judged.as_ref().ok().map(ToString::to_string);
        match judged {
            Err(refusal) => answer.refuse(refusal.code(), failure::sentence_of(&refusal)),
            Ok(url) if self.resolve => match block_on(self.network.client()?.resolve(&url))? {
                Ok(addresses) => answer.judge_all(&addresses),
                Err(error) => {
                    let NotFetched { code, message } = error.into();
                    answer.refuse(code, message);
                }
            },
            Ok(_) => {}
        }
        let outcome = Outcome::of(answer.allowed);
        self.format.print(&answer, outcome)
    }
}

#[derive(Serialize)]
struct Answer {
    url: String,
    allowed: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
    /// The URL as it is asked for: another script in its ASCII form, default port left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<Address>,
}

#[derive(Serialize)]
struct Problem {
    code: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Address {
    address: String,
    allowed: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl Answer {
    fn refuse(&mut self, code: &'static str, message: String) {
        self.allowed = false;
        self.problem = Some(Problem { code, message });
    }

    /// One refused address refuses them all, as in the client.
    fn judge_all(&mut self, addresses: &[JudgedAddress]) {
        for address in addresses {
            let problem = address
                .verdict
                .err()
                .map(|refusal| Problem { code: refusal.code(), message: refusal.to_string() });
            self.allowed &= problem.is_none();
            let allowed = problem.is_none();
            self.addresses.push(Address { address: address.socket.to_string(), allowed, problem });
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.allowed { "may be fetched" } else { "is not fetched" };
        match &self.problem {
            None => writeln!(f, "{} {verdict}.", self.url)?,
            Some(Problem { code, message }) => {
                writeln!(f, "{} {verdict}: {message}.\n  code        {code}", self.url)?;
            }
        }
        if let Some(request) = self.request.as_ref().filter(|request| **request != self.url) {
            writeln!(f, "  request     {request}")?;
        }
        for address in &self.addresses {
            match &address.problem {
                None => writeln!(f, "  address     {}: allowed", address.address)?,
                Some(problem) => {
                    writeln!(f, "  address     {} ({})", problem.message, problem.code)?;
                }
            }
        }
        Ok(())
    }
}
