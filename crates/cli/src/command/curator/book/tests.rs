use std::fs;

use wellspring_document::{LanguageTag, Text, Verdict};

use super::*;

fn name(text: &str) -> ServerName {
    ServerName::parse(text).unwrap()
}

fn entry(server_name: &str, verdict: Verdict) -> Endorsement {
    Endorsement::new(name(server_name), verdict)
}

/// The text of a file after `edit`.
fn after(text: &str, edit: impl FnOnce(&mut Book)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("endorsements.toml");
    fs::write(&path, text).unwrap();
    let mut book = Book::open(path.clone()).unwrap();
    edit(&mut book);
    book.save().unwrap();
    fs::read_to_string(path).unwrap()
}

#[test]
fn entries_come_below_the_explanations_and_go_without_taking_them() {
    let template = authoring::endorsements_template(
        &LanguageTag::english(),
        &Text::new("Curators \"of\" something").unwrap(),
    );
    let one = after(&template, |book| book.add(&entry("a.example", Verdict::List)).unwrap());
    assert!(one.starts_with(template.trim_end()), "{one}");
    let added = "\n\n[[entries]]\nserver_name = \"a.example\"\nverdict = \"list\"\n";
    assert_eq!(&one[template.trim_end().len()..], added);

    let two = after(&one, |book| book.add(&entry("b.example", Verdict::List)).unwrap());
    assert_eq!(two, format!("{one}\n{}", added.trim_start().replace("a.e", "b.e")));
    assert_eq!(after(&two, |book| book.remove(&name("b.example"))), one);
    let other = after(&two, |book| book.remove(&name("a.example")));
    assert_eq!(other, one.replace("a.example", "b.example"));

    let none = after(&one, |book| book.remove(&name("a.example")));
    assert_eq!(none.trim_end(), template.trim_end());
}

#[test]
fn what_the_author_wrote_stays_where_it_was() {
    let text = r#"# my list
curator.name.en = "Us"   # that is us

# about a
[[entries]]
server_name = "a.example"
verdict = "list"   # for now
reason.en = "Nice" # very

[[entries]]
verdict = "endorse"
server_name = "b.example"

[[curators]]
issuer = "zQmQdhxFjtDfPBBbC1MRaXUmwYw3XKLUDkbz66fQR6WnEKp"
opinion = "recommend"
# the end
"#;
    let changed = after(text, |book| {
        book.change(&name("a.example"), |table| write::set(table, "verdict", "endorse"));
    });
    assert_eq!(changed, text.replace("\"list\"   #", "\"endorse\"   #"));
    let removed = after(text, |book| book.remove(&name("a.example")));
    let own = "# about a\n[[entries]]\nserver_name = \"a.example\"\nverdict = \"list\"   # for now\nreason.en = \"Nice\" # very\n";
    assert_eq!(removed, text.replace(own, "").replace("us\n\n\n", "us\n\n"));
    let added = after(text, |book| book.add(&entry("c.example", Verdict::List)).unwrap());
    let new = "\n[[entries]]\nserver_name = \"c.example\"\nverdict = \"list\"\n";
    assert_eq!(added, text.replace("\n[[curators]]", &format!("{new}\n[[curators]]")));
}

#[test]
fn nested_members_are_written_behind_dots() {
    let list = br#"[{ "name": "a.example", "domain": "", "info": "https://a.example/",
        "jurisdiction": "Germany", "open": true, "software": "Synapse" }]"#;
    let mut entry = wellspring_matrix::read_list(list).unwrap().servers.remove(0);
    entry.reviewed_at = Some("2026-11-22".parse().unwrap());
    let text = after("curator.name.en = \"Us\"\n", |book| book.add(&entry).unwrap());
    insta::assert_snapshot!(text, @r#"
    curator.name.en = "Us"

    [[entries]]
    server_name = "a.example"
    verdict = "list"
    reviewed_at = 2026-11-22
    facts.about.website = "https://a.example/"
    facts.registration.mode = "open"
    facts.operator.country = "DE"
    facts.service.software.name = "Synapse"
    "#);
}

#[test]
fn a_file_that_would_be_wrong_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("endorsements.toml");
    let text = "curator.name.en = \"Us\"\n";
    fs::write(&path, text).unwrap();
    let mut book = Book::open(path.clone()).unwrap();
    book.add(&entry("a.example", Verdict::Warn)).unwrap();
    let error = book.save().unwrap_err().to_string();
    assert!(
        error.ends_with("line 3, entries[0].reason: is required with the verdict warn"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    fs::write(
        &path,
        "curator.name.en = \"Us\"\nentries = [{ server_name = \"a.example\", verdict = \"list\" }]",
    )
    .unwrap();
    let error = Book::open(path).unwrap_err().to_string();
    assert!(error.contains("below a line [[entries]]"), "{error}");
}
