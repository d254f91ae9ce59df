//! What is written in a shape of others is read again.

use serde_json::{Value, json};
use wellspring_document::{Endorsement, LanguageTag, ServerName, Verdict, authoring};
use wellspring_matrix::{ListFormat, ListReading, joinmatrix, read_list};

use crate::real::real_list;

fn read(list: &Value) -> ListReading {
    read_list(list.to_string().as_bytes()).unwrap()
}

#[test]
fn facts_survive_being_written() {
    let list = json!({
        "public_servers": [
            {"name": "bare.example"},
            {
                "name": "full.example",
                "homepage": "https://full.example/",
                "description": "=A home for \"gardeners\"",
                "languages": ["German", "Chinese (Simplified)"],
                "isp": "Example Hosting",
                "staff_jur": "Germany, Ivory Coast",
                "rules": "https://full.example/rules",
                "privacy": "https://full.example/privacy",
                "reg_method": "OIDC",
                "using_vanilla_reg": true,
                "reg_link": "https://full.example/register",
                "captcha": false,
                "email": true,
                "reg_note": "Write one sentence.",
                "software": "Synapse",
                "version": "1.98.0",
                "features": ["Threads", "sliding sync"],
                "longstanding": true,
                "cloudflare": true
            }
        ],
        "private_servers": [
            {"name": "invited.example"},
            {"name": "members.example", "reg_method": "Membership"}
        ]
    });
    let first = read(&list);
    let written = joinmatrix(&first.servers, &[]);
    let again = read(&written);
    assert_eq!(again.format, ListFormat::Joinmatrix);
    assert_eq!(again.servers, first.servers);
    assert_eq!(again.remarks, []);
    let full = &written["public_servers"][1];
    assert_eq!(full["staff_jur"], "Germany, Côte d'Ivoire");
    assert_eq!(full["languages"], json!(["German", "Simplified Chinese"]));
}

#[test]
fn a_list_that_exists_survives_being_written() {
    let Some(bytes) = real_list("fluffychat/recommended_homeservers.json") else { return };
    let first = read_list(&bytes).unwrap();
    let again = read(&joinmatrix(&first.servers, &[]));
    assert_eq!(again.servers, first.servers);
    assert_eq!(again.remarks, []);
}

#[test]
fn what_the_shape_cannot_say_is_left_out() {
    let name = ServerName::parse("a.example").unwrap();
    let bare = Endorsement::new(name, Verdict::Reject);
    assert_eq!(
        joinmatrix([&bare], &[]),
        json!({"public_servers": [{"name": "a.example"}], "private_servers": []})
    );
    let list: wellspring_document::EndorsementList = authoring::read(
        "curator.name.en = 'A'\n[[entries]]\nserver_name = 'a.example'\nverdict = 'list'\n\
         facts.about.description = { de = 'Hallo', en = 'Hello' }\n\
         facts.about.languages = ['de', 'tlh']\n\
         facts.registration = { mode = 'approval', methods = ['password', 'token'] }\n",
    )
    .unwrap();
    let languages = [LanguageTag::new("de").unwrap()];
    assert_eq!(
        joinmatrix(&list.entries, &languages)["public_servers"],
        json!([{"name": "a.example", "description": "Hallo", "languages": ["German"]}])
    );
}
