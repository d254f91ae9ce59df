//! Questions to a curator at a terminal.

use std::io::{self, BufRead, Write};
use std::str::FromStr;

use anyhow::bail;
use wellspring_document::{CriterionId, Finding, LanguageTag, Localized, Text, Verdict};

use super::sheet::Question;
use crate::plain;

/// What a curator answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) findings: Vec<(CriterionId, Finding)>,
    pub(super) verdict: Verdict,
    pub(super) reason: Text,
    pub(super) by: Text,
}

/// A conversation in lines.
pub(super) struct Interview<R, W> {
    pub(super) answers: R,
    pub(super) questions: W,
    /// The language of notes.
    pub(super) language: LanguageTag,
}

impl<R: BufRead, W: Write> Interview<R, W> {
    /// Asks everything. Nothing is recorded before the last answer.
    pub(super) fn ask(mut self, sheet: &[Question]) -> anyhow::Result<Answers> {
        writeln!(self.questions, "y: met, n: not met, empty: as before, or not looked at.")?;
        let mut findings = Vec::new();
        for question in sheet {
            write!(self.questions, "\n{}", plain::text(&question.to_string()))?;
            if let Some(met) = self.line_as("  met? [y/n] ", yes_or_no)? {
                let note = self.line_as("  what did you see? ", text)?;
                let note = note.map(|note| Localized::single(self.language.clone(), note));
                findings.push((question.criterion.clone(), Finding { met, note }));
            }
        }
        let verdict = self
            .required("\nVerdict [endorse/list; warn and reject by their commands]: ", verdict)?;
        let reason = self.required("Why, for everybody to read: ", text)?;
        let by = self.required("Decided by (stays in this file; a role is enough): ", text)?;
        Ok(Answers { findings, verdict, reason, by })
    }

    fn required<T>(
        &mut self,
        question: &str,
        read: fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<T> {
        loop {
            if let Some(answer) = self.line_as(question, read)? {
                return Ok(answer);
            }
        }
    }

    /// An answer, asked for again while it cannot be understood; none where it is empty.
    fn line_as<T>(
        &mut self,
        question: &str,
        read: fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<Option<T>> {
        loop {
            write!(self.questions, "{question}")?;
            self.questions.flush()?;
            let mut line = String::new();
            if self.answers.read_line(&mut line)? == 0 {
                bail!("there were no more answers, so nothing was recorded");
            }
            match line.trim() {
                "" => return Ok(None),
                answer => match read(answer) {
                    Ok(answer) => return Ok(Some(answer)),
                    Err(problem) => writeln!(self.questions, "  {problem}")?,
                },
            }
        }
    }
}

/// The conversation at this terminal.
pub(super) fn at_the_terminal(
    language: LanguageTag,
) -> Interview<io::StdinLock<'static>, io::StderrLock<'static>> {
    Interview { answers: io::stdin().lock(), questions: io::stderr().lock(), language }
}

fn yes_or_no(answer: &str) -> Result<bool, String> {
    match answer {
        "y" | "yes" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("y or n, or nothing".to_owned()),
    }
}

fn verdict(answer: &str) -> Result<Verdict, String> {
    match answer {
        "endorse" => Ok(Verdict::Endorse),
        "list" => Ok(Verdict::List),
        // They need a source, a way to object and an end.
        "warn" | "reject" => {
            Err(format!("end this (Ctrl-C) and run `wellspring curator {answer}`"))
        }
        _ => Err("endorse or list".to_owned()),
    }
}

fn text(answer: &str) -> Result<Text, String> {
    Text::from_str(answer).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use wellspring_document::{EndorsementList, authoring};

    use super::super::sheet::questions;
    use super::*;

    fn interview(answers: &str) -> (anyhow::Result<Answers>, String) {
        let list: EndorsementList = authoring::read(
            "curator.name.en = 'A'\n[[entries]]\nserver_name = 'a.example'\nverdict = 'list'\n\
             criteria.ours = { met = true, note.en = 'Seen in May' }",
        )
        .unwrap();
        let mut sheet = questions(&list, list.entries.first(), None);
        sheet.truncate(2);
        let mut asked = Vec::new();
        let language = LanguageTag::english();
        let interview = Interview { answers: answers.as_bytes(), questions: &mut asked, language };
        (interview.ask(&sheet), String::from_utf8(asked).unwrap())
    }

    #[test]
    fn answers_are_asked_for_until_they_are_understood() {
        let (answers, asked) =
            interview("maybe\nn\nNobody knows\n\nwarn\nlist\n\nWe know them\nAda\n");
        let answers = answers.unwrap();
        let [(criterion, finding)] = answers.findings.as_slice() else { panic!("{answers:?}") };
        assert_eq!((criterion.as_str(), finding.met), ("ours", false));
        assert_eq!(answers.verdict, Verdict::List);
        assert_eq!((answers.reason.as_str(), answers.by.as_str()), ("We know them", "Ada"));
        insta::assert_snapshot!(asked, @r"
        y: met, n: not met, empty: as before, or not looked at.

          ours  
            you found          met: Seen in May
          met? [y/n]   y or n, or nothing
          met? [y/n]   what did you see? 
          identity.team  Is the team known: two or more people who can be found?
          met? [y/n] 
        Verdict [endorse/list; warn and reject by their commands]:   end this (Ctrl-C) and run `wellspring curator warn`

        Verdict [endorse/list; warn and reject by their commands]: Why, for everybody to read: Why, for everybody to read: Decided by (stays in this file; a role is enough):
        ");
    }

    #[test]
    fn whoever_stops_answering_decides_nothing() {
        let (answers, _) = interview("y\n\n\nendorse\n");
        insta::assert_snapshot!(answers.unwrap_err(), @"there were no more answers, so nothing was recorded");
    }
}
