use std::fmt;

use serde::Serialize;
use wellspring_document::{ServerName, ServerNameError};

use crate::answer::{Format, Outcome};

/// Say whether a text is a Matrix server name that documents may carry
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring inspect server-name example.org:8448
  wellspring inspect server-name '[2001:db8::1]'")]
pub(crate) struct Args {
    /// The text
    #[arg(allow_hyphen_values = true)]
    name: String,

    #[command(flatten)]
    format: Format,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let answer = Answer { parsed: ServerName::parse(&self.name), name: self.name };
        let outcome = Outcome::of(answer.parsed.is_ok());
        self.format.print(&answer, outcome)
    }
}

struct Answer {
    name: String,
    parsed: Result<ServerName, ServerNameError>,
}

impl Serialize for Answer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Valid<'a> {
            valid: bool,
            host: &'a str,
            port: Option<u16>,
            is_ip_address: bool,
        }
        #[derive(Serialize)]
        struct Invalid {
            valid: bool,
            code: &'static str,
            message: String,
        }
        match &self.parsed {
            Ok(name) => Valid {
                valid: true,
                host: name.host(),
                port: name.port(),
                is_ip_address: name.is_ip_address(),
            }
            .serialize(serializer),
            Err(error) => Invalid { valid: false, code: error.code(), message: error.to_string() }
                .serialize(serializer),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.parsed {
            Ok(name) => {
                writeln!(f, "{name} is a server name.")?;
                writeln!(f, "  host        {}", name.host())?;
                match name.port() {
                    Some(port) => writeln!(f, "  port        {port}"),
                    None => Ok(()),
                }
            }
            Err(error) => {
                writeln!(f, "\"{}\" is not a server name: {error}.", self.name)?;
                writeln!(f, "  code        {}", error.code())
            }
        }
    }
}
