use std::fmt::{self, Write as _};
use std::io::{self, BufRead, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Serialize;
use wellspring_document::{EndorsementList, IssuerId, LanguageTag, Link, RawDocument, Text};
use wellspring_node::Config;
use wellspring_ranking::ShippedPolicy;

use crate::answer::{self, Format, Outcome};
use crate::client::Network;
use crate::failure::{Refused, sentence_of};
use crate::source::Source;
use crate::{file, key_files};

/// Write the configuration of a node for your community
///
/// Asks for the community's name, its languages and the curators to trust; options answer
/// in advance. Nothing that exists is overwritten.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 done, 1 a curator's list does not hold, 2 something could not be read or
written.

Examples:
  wellspring init
  wellspring init --name \"Our school\" --language de --language en \\
      --curator https://curator.example/.well-known/wellspring/endorsements.json
  wellspring init --name \"Our club\" --adopt servers.json --policy strict")]
pub(crate) struct Args {
    /// The community's name
    #[arg(long)]
    name: Option<Text>,

    /// A language of those who read its pages, the most wanted first, as a BCP 47 tag like
    /// en or pt-BR
    #[arg(long = "language", value_name = "TAG")]
    languages: Vec<LanguageTag>,

    /// A curator to trust: the address or file of their signed list, or their issuer id
    #[arg(long = "curator", value_name = "URL|FILE|ID")]
    curators: Vec<String>,

    /// A list that exists today to adopt: its address or file
    #[arg(long, value_name = "URL|FILE")]
    adopt: Vec<String>,

    /// The policy to begin with: default, strict or community
    #[arg(long, value_name = "NAME", default_value = "default")]
    policy: ShippedPolicy,

    /// A folder with signed documents to read
    #[arg(long = "directory", value_name = "DIR")]
    directories: Vec<PathBuf>,

    /// The configuration file to write
    #[arg(long, value_name = "FILE", default_value = "wellspring.toml")]
    file: PathBuf,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    network: Network,
}

/// A curator to trust.
struct Root {
    issuer: IssuerId,
    /// What their list calls them.
    name: Option<String>,
    /// Where the list is, when it is on the network.
    url: Option<Link>,
}

impl Args {
    pub(crate) fn run(mut self) -> anyhow::Result<Outcome> {
        key_files::refuse_existing(&self.file)?;
        let curators = self.curators.iter().map(|text| self.root(text));
        let mut curators = curators.collect::<anyhow::Result<Vec<_>>>()?;
        if io::stdin().is_terminal() {
            self.ask(&mut curators, &mut Questions(io::stdin().lock()))?;
        }
        let Some(name) = self.name.take() else {
            bail!("a community has a name, and there is no terminal to ask on; use --name")
        };
        self.start_paths_from_the_file()?;
        let text = self.configuration(&name, &curators)?;
        Config::parse(&text).context("these answers make no configuration that can be used")?;
        file::create(&self.file, text.as_bytes())?;
        let has_folder = !self.directories.is_empty();
        let without_source = curators.iter().filter(|it| it.url.is_none() && !has_folder);
        let report = Report {
            file: self.file,
            without_source: without_source.map(|it| it.issuer.clone()).collect(),
            curators: curators.into_iter().map(|it| it.issuer).collect(),
            adopted: self.adopt.len(),
        };
        self.format.print(&report, Outcome::Yes)
    }

    /// A path in a configuration starts from the folder of the configuration, one on the
    /// command line from here.
    fn start_paths_from_the_file(&mut self) -> anyhow::Result<()> {
        let is_here = self.file.parent().is_none_or(|folder| folder == Path::new(""));
        let from_the_file = |path: &Path| {
            path.metadata().with_context(|| format!("{} could not be read", path.display()))?;
            if is_here { Ok(path.to_owned()) } else { std::path::absolute(path) }
                .context("this folder is not known")
        };
        for directory in &mut self.directories {
            *directory = from_the_file(directory)?;
        }
        for from in self.adopt.iter_mut().filter(|from| !from.contains("://")) {
            let path = from_the_file(Path::new(from))?;
            *from = path.into_os_string().into_string().ok().context("a path is not UTF-8")?;
        }
        Ok(())
    }

    /// Asks for what no option says.
    fn ask(
        &mut self,
        curators: &mut Vec<Root>,
        questions: &mut Questions<impl BufRead>,
    ) -> anyhow::Result<()> {
        if self.name.is_none() {
            let name = |answer: &str| Text::new(answer).context("that cannot be its name");
            self.name = Some(questions.ask("What is your community called? ", name)?);
        }
        if self.languages.is_empty() {
            self.languages = questions.ask(
                "Which languages do its people read, the most wanted first? [en] ",
                language_tags,
            )?;
        }
        if curators.is_empty() && self.adopt.is_empty() {
            println!(
                "Which curators does it trust? One address, file or issuer id a line; an empty \
                 line ends."
            );
            *curators = questions.ask_lines(|answer| self.root(answer))?;
            println!(
                "Which lists of today does it adopt (joinmatrix, FluffyChat)? One address or file \
                 a line; an empty line ends."
            );
            self.adopt = questions.ask_lines(|answer| {
                Config::adopting(answer)?;
                Ok(answer.to_owned())
            })?;
        }
        Ok(())
    }

    /// Who a curator is, by their list or their id.
    fn root(&self, text: &str) -> anyhow::Result<Root> {
        if let Ok(issuer) = IssuerId::parse(text) {
            return Ok(Root { issuer, name: None, url: None });
        }
        let source: Source = text.parse().unwrap_or_else(|never| match never {});
        let max_bytes = wellspring_document::Kind::EndorsementList.max_bytes();
        let bytes = source.read(max_bytes, &self.network)?;
        let list = RawDocument::new(bytes).verify::<EndorsementList>().map_err(|error| {
            Refused::because(format!("{text} is no list of a curator: {}", sentence_of(&error)))
        })?;
        let name = list.body().curator.name.pick(&[]).1.as_str().to_owned();
        let url = match source {
            Source::Url(url) => Link::try_from(url).ok(),
            Source::Stdin | Source::File(_) => None,
        };
        Ok(Root { issuer: list.issuer().clone(), name: Some(name), url })
    }

    fn configuration(&self, name: &Text, curators: &[Root]) -> anyhow::Result<String> {
        let english = [LanguageTag::english()];
        let languages = if self.languages.is_empty() { &english } else { &*self.languages };
        let mut text = HEAD.replace("FILE", &self.file.display().to_string());
        for from in &self.adopt {
            write!(text, "\n[[adopt]]\nfrom = {}\n", quoted(from))?;
        }
        for url in curators.iter().filter_map(|curator| curator.url.as_ref()) {
            write!(text, "\n[[feed]]\nurl = {}\n", quoted(url.as_str()))?;
        }
        for directory in &self.directories {
            let path = directory.to_str().context("the path of a directory is not UTF-8")?;
            write!(text, "\n[[directory]]\npath = {}\n", quoted(path))?;
        }
        write!(
            text,
            "\n[[community]]\nid = \"community\"\nname = {{ {language} = {name} }}\n\
             languages = {languages}\n\n# Whom it trusts; the other keys of a policy are as in \
             the one that it is based on.\n[community.policy]\nbased_on = \"{policy}\"\n",
            language = languages[0].as_str(),
            name = quoted(name.as_str()),
            policy = self.policy.as_str(),
            languages =
                toml::Value::from(languages.iter().map(LanguageTag::as_str).collect::<Vec<_>>()),
        )?;
        for Root { issuer, name, .. } in curators {
            write!(text, "\n[[community.policy.curators]]\n")?;
            if let Some(name) = name {
                // What the list claims; a comment, since the community may see it otherwise.
                writeln!(text, "# {name}")?;
            }
            write!(text, "issuer = {}\ntrust = 1.0\n", quoted(issuer.as_str()))?;
        }
        for from in &self.adopt {
            let source = Config::adopting(from)?.adopt[0].source()?;
            write!(
                text,
                "\n[[community.policy.adopted]]\nsource = {}\ntrust = 0.5\n",
                quoted(source.as_str())
            )?;
        }
        Ok(text)
    }
}

const HEAD: &str = "\
# The configuration of a Wellspring node. Start it with:
#   wellspring serve --config FILE
# The handbook for communities (docs/nodes.md) and the example configuration
# (deploy/wellspring.example.toml) explain every key; both come with the program's source.

[node]
listen = \"127.0.0.1:8420\"
data_dir = \"wellspring-data\"
# imprint = \"https://…\"           # the page that says who runs the node
# complaints = \"…\"                # where people complain: a page or a mail address
# contact = \"…\"                   # goes along with every request: a page or a mail address
";

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn language_tags(answer: &str) -> anyhow::Result<Vec<LanguageTag>> {
    let tags = answer.split([',', ' ']).filter(|tag| !tag.is_empty());
    tags.map(|tag| tag.parse().with_context(|| format!("{tag} is no language tag"))).collect()
}

/// Questions to a person, each asked again until its answer can be used.
struct Questions<R>(R);

impl<R: BufRead> Questions<R> {
    fn ask<T>(
        &mut self,
        question: &str,
        mut read: impl FnMut(&str) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        loop {
            print!("{question}");
            io::stdout().flush()?;
            let mut answer = String::new();
            if self.0.read_line(&mut answer).context("no answer could be read")? == 0 {
                bail!("the answers ended before the questions; nothing was written");
            }
            match read(answer.trim()) {
                Ok(answer) => return Ok(answer),
                Err(error) => answer::error(&sentence_of(error.as_ref())),
            }
        }
    }

    /// As many answers as there are, each on a line; an empty one ends.
    fn ask_lines<T>(
        &mut self,
        mut read: impl FnMut(&str) -> anyhow::Result<T>,
    ) -> anyhow::Result<Vec<T>> {
        let mut answers = Vec::new();
        let mut read = |answer: &str| match answer {
            "" => Ok(None),
            answer => read(answer).map(Some),
        };
        while let Some(answer) = self.ask("> ", &mut read)? {
            answers.push(answer);
        }
        Ok(answers)
    }
}

#[derive(Serialize)]
struct Report {
    file: PathBuf,
    curators: Vec<IssuerId>,
    /// Those whose lists the configuration names no source of.
    without_source: Vec<IssuerId>,
    adopted: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        writeln!(f, "{file} is written.")?;
        if self.curators.is_empty() && self.adopted == 0 {
            writeln!(
                f,
                "  It trusts nobody yet, so its list will be empty: add a curator or adopt a list."
            )?;
        }
        for issuer in &self.without_source {
            writeln!(
                f,
                "  Nothing says where the list of {issuer} is: add a [[feed]] with its address, \
                 or a [[directory]] that holds it."
            )?;
        }
        writeln!(f, "  Next: wellspring serve --config {file}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_cannot_be_used_is_asked_for_again() {
        let mut questions = Questions(&b"en x_y\nde, pt-BR\n\none\ntwo\n1\n2\n\n"[..]);
        let tags = questions.ask("", language_tags).unwrap();
        assert_eq!(tags.iter().map(LanguageTag::as_str).collect::<Vec<_>>(), ["de", "pt-BR"]);
        assert!(questions.ask("", language_tags).unwrap().is_empty());
        let number = |answer: &str| Ok(answer.parse::<u32>()?);
        assert_eq!(questions.ask_lines(number).unwrap(), [1, 2]);
        // Nobody is asked for ever.
        assert!(questions.ask("", number).is_err());
    }
}
