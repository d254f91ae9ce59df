//! Lists for pages that read other shapes.

use crate::place::{NOW, Place};

fn place() -> Place {
    let place = Place::with_list();
    for words in [
        "list a.example --no-fetch --label beginners --label bridges",
        "list over.example --no-fetch --reviewed 2026-10-01 --expires 2026-11-22",
        "warn bad.example --reason =cmd() --source https://us.example/r --objection a@us.example",
    ] {
        place.run(&format!("curator {words} --now {NOW}")).yes();
    }
    let facts = "facts.about = { description.en = \"Say \\\"hi\\\", all\", description.de = \"Hallo\", \
                 languages = [\"en\", \"de\"] }\nfacts.registration.mode = \"open\"\n";
    let list = place.read("endorsements.toml");
    let entry = "server_name = \"a.example\"\n";
    place.write("endorsements.toml", list.replace(entry, &format!("{entry}{facts}")));
    place
}

#[test]
fn a_list_for_clients_has_only_servers_that_may_be_recommended() {
    let place = place();
    let export =
        |more: &str| place.run(&format!("curator export --format joinmatrix --now {NOW} {more}"));
    let run = export("");
    insta::assert_snapshot!(run.err, @"
    warning: 1 verdict left out for having ended
    warning: 1 adverse verdict left out, which this shape would show as recommendations
    ");
    insta::assert_snapshot!(run.yes(), @r#"
    {
      "private_servers": [],
      "public_servers": [
        {
          "description": "Say \"hi\", all",
          "languages": [
            "English",
            "German"
          ],
          "name": "a.example"
        }
      ]
    }
    "#);
    assert!(export("--lang de --output out/servers.json").unread().contains("out/servers.json"));
    export("--lang de --output servers.json").yes();
    assert!(place.read("servers.json").contains("Hallo"));
    // What was written can be taken over again.
    let other = Place::with_list();
    other.write("servers.json", place.read("servers.json"));
    other.run(&format!("curator import servers.json --own --now {NOW}")).yes();
    assert!(other.read("endorsements.toml").contains("Hallo"));
}

#[test]
fn a_table_has_every_live_entry_and_no_formula() {
    let place = place();
    let run = place.run(&format!("curator export --format csv --now {NOW}"));
    assert!(run.err.contains("1 verdict left out"), "{}", run.err);
    let table = run.yes();
    assert!(table.lines().all(|line| !line.contains(",=")), "{table}");
    insta::assert_snapshot!(table.replace("\r\n", "|\n"), @r#"
    server_name,verdict,reason,labels,reviewed_at,known_since,expires_at,source,issuer,imported_from,website,description,languages,registration,registration_link,countries,software,active_accounts|
    a.example,list,,beginners bridges,2026-11-22,,,,,,,"Say ""hi"", all",en de,open,,,,|
    bad.example,warn,"'=cmd()",,2026-11-22,,2027-05-21,https://us.example/r,,,,,,,,,,|
    "#);
}
