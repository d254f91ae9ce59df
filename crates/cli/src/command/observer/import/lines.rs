//! Long files, a line at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};

use anyhow::Context as _;
use flate2::bufread::MultiGzDecoder;
use wellspring_matrix::MAX_CHECK_BYTES;

use crate::source::Source;

/// How a file begins that is compressed with gzip (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The lines of a file, compressed or not.
pub(super) struct Lines {
    reader: Box<dyn BufRead>,
    name: String,
    number: u64,
}

/// A line.
pub(super) enum Line {
    Read(Vec<u8>),
    /// It has more bytes than are read, and was passed over.
    TooLong,
}

impl Lines {
    pub(super) fn open(source: &Source) -> anyhow::Result<Self> {
        let name = source.to_string();
        let file: Box<dyn BufRead> = match source {
            Source::Stdin => Box::new(BufReader::new(io::stdin())),
            Source::File(path) => {
                let file = File::open(path);
                Box::new(BufReader::new(file.with_context(|| could_not_be_read(&name))?))
            }
            Source::Url(url) => anyhow::bail!("{url} is not read; save it as a file first"),
        };
        let reader = unpacked(file).with_context(|| could_not_be_read(&name))?;
        Ok(Self { reader, name, number: 0 })
    }

    /// The number of the last line, from 1 on.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn next(&mut self) -> anyhow::Result<Option<Line>> {
        let mut line = Vec::new();
        // One byte more than a line may have, and one for its end.
        let most = MAX_CHECK_BYTES as u64 + 2;
        let read = self.reader.by_ref().take(most).read_until(b'\n', &mut line);
        if read.with_context(|| could_not_be_read(&self.name))? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > MAX_CHECK_BYTES {
            self.reader.skip_until(b'\n').with_context(|| could_not_be_read(&self.name))?;
        }
        let is_too_long = line.len() > MAX_CHECK_BYTES;
        Ok(Some(if is_too_long { Line::TooLong } else { Line::Read(line) }))
    }
}

fn could_not_be_read(name: &str) -> String {
    format!("{name} could not be read")
}

fn unpacked(mut file: Box<dyn BufRead>) -> io::Result<Box<dyn BufRead>> {
    Ok(match file.fill_buf()?.starts_with(&GZIP) {
        true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        false => file,
    })
}
