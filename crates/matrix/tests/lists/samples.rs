//! What each format becomes, on small lists.

use serde_json::{Value, json};
use wellspring_document::Label;
use wellspring_matrix::{ListFormat, ListReading, read_list};

use crate::assert_valid;

fn read(list: &Value) -> ListReading {
    let reading = read_list(list.to_string().as_bytes()).unwrap();
    assert_valid(&reading.servers);
    reading
}

fn servers(reading: &ListReading) -> String {
    serde_json::to_string_pretty(&reading.servers).unwrap()
}

fn remarks(reading: &ListReading) -> String {
    reading.remarks.iter().map(|remark| format!("{remark}\n")).collect()
}

#[test]
fn joinmatrix_until_2023() {
    let reading = read(&json!([
        {
            "name": "example.org", "domain": "matrix.example.org", "info": "https://example.org",
            "jurisdiction": "Norway (Finland)", "tos": "https://example.org/terms",
            "privacy": "https://example.org/privacy", "open": true,
            "remarks": "18+; In German; regional (Graz); operated by example.com; freemium",
            "antifeature": "Uses Cloudflare", "reg_method": "In-house Element",
            "reg_link": "https://chat.example.org", "software": "Synapse", "version": "1.98.0",
            "recaptcha": false, "email": true
        },
        {
            "name": "club.example", "domain": "club.example", "info": "http://club.example",
            "jurisdiction": "? (Germany)", "tos": null, "privacy": null, "open": false,
            "remarks": "In German; requires a German university email address; Cat-oriented?",
            "antifeature": null, "reg_method": "Membership", "reg_link": "https://club.example/",
            "software": "Conduit", "version": "0.6.0", "recaptcha": false, "email": false
        }
    ]));
    assert_eq!(reading.format, ListFormat::JoinmatrixArray);
    insta::assert_snapshot!(servers(&reading), @r#"
    [
      {
        "server_name": "club.example",
        "verdict": "list",
        "facts": {
          "about": {
            "languages": [
              "de"
            ],
            "audience": "members"
          },
          "registration": {
            "mode": "approval",
            "link": "https://club.example/",
            "note": {
              "en": "requires a German university email address"
            }
          },
          "hosting": {
            "countries": [
              "DE"
            ]
          },
          "service": {
            "software": {
              "name": "Conduit",
              "version": "0.6.0"
            }
          }
        }
      },
      {
        "server_name": "example.org",
        "verdict": "list",
        "labels": [
          "regional-graz",
          "freemium",
          "uses-cloudflare"
        ],
        "facts": {
          "about": {
            "website": "https://example.org/",
            "languages": [
              "de"
            ]
          },
          "registration": {
            "mode": "open",
            "methods": [
              "password"
            ],
            "link": "https://chat.example.org/",
            "email_required": true,
            "captcha": false,
            "minimum_age": 18,
            "note": {
              "en": "In-house Element"
            }
          },
          "operator": {
            "name": {
              "en": "example.com"
            },
            "country": "NO"
          },
          "hosting": {
            "countries": [
              "FI"
            ]
          },
          "policies": {
            "terms": "https://example.org/terms",
            "privacy": "https://example.org/privacy"
          },
          "service": {
            "software": {
              "name": "Synapse",
              "version": "1.98.0"
            }
          }
        }
      }
    ]
    "#);
    insta::assert_snapshot!(remarks(&reading), @r#"
    [0] example.org, domain "matrix.example.org": left out, because it says where clients connect, which is found out anew from the server name
    [1] club.example, domain "club.example": left out, because it says where clients connect, which is found out anew from the server name
    [1] club.example, info "http://club.example": left out, because a link must begin with https://
    [1] club.example, jurisdiction "?": left out, because the list itself is unsure
    [1] club.example, recaptcha false: left out, because it tells of the homeserver's own sign-up, but accounts are made in another way
    [1] club.example, email false: left out, because it tells of the homeserver's own sign-up, but accounts are made in another way
    [1] club.example, remarks "Cat-oriented?": left out, because the list itself is unsure
    "#);
}

#[test]
fn joinmatrix_today() {
    let reading = read(&json!({
        "public_servers": [{
            "name": "example.org:8448", "client_domain": "matrix.example.org",
            "server_domain": null, "homepage": "https://example.org", "isp": "Hosting Ltd",
            "staff_jur": "Germany, Austria", "rules": "https://example.org/rules",
            "privacy": "https://example.org/privacy", "using_vanilla_reg": true,
            "description": "A home for everybody.", "reg_method": "In-house Element",
            "reg_link": "https://chat.example.org", "reg_note": "Takes a day.",
            "captcha_note": null, "software": "Synapse", "version": "1.140.0", "captcha": true,
            "email": false, "languages": ["English", "German", "All"],
            "features": ["Sliding Sync", "Element Call", "C++"], "online_status": 1,
            "ver_status": 1, "room_directory": 2, "sliding_sync": true, "ipv6": true,
            "longstanding": true, "cloudflare": false
        }],
        "private_servers": [
            { "name": "staff.example", "using_vanilla_reg": true, "languages": [], "isp": "" },
            { "name": "members.example", "reg_method": "Membership", "reg_note": null }
        ],
        "updated": "today"
    }));
    assert_eq!(reading.format, ListFormat::Joinmatrix);
    insta::assert_snapshot!(servers(&reading), @r#"
    [
      {
        "server_name": "example.org:8448",
        "verdict": "list",
        "labels": [
          "longstanding"
        ],
        "facts": {
          "about": {
            "description": {
              "und": "A home for everybody."
            },
            "website": "https://example.org/",
            "languages": [
              "en",
              "de"
            ],
            "audience": "public"
          },
          "registration": {
            "mode": "open",
            "methods": [
              "password"
            ],
            "link": "https://chat.example.org/",
            "email_required": false,
            "captcha": true,
            "note": {
              "und": "In-house Element\nTakes a day."
            }
          },
          "operator": {
            "staff_countries": [
              "DE",
              "AT"
            ]
          },
          "hosting": {
            "provider": "Hosting Ltd"
          },
          "policies": {
            "privacy": "https://example.org/privacy",
            "rules": "https://example.org/rules"
          },
          "service": {
            "software": {
              "name": "Synapse",
              "version": "1.140.0"
            },
            "features": [
              "sliding-sync",
              "element-call"
            ]
          }
        }
      },
      {
        "server_name": "members.example",
        "verdict": "list",
        "facts": {
          "about": {
            "audience": "members"
          }
        }
      },
      {
        "server_name": "staff.example",
        "verdict": "list",
        "facts": {
          "about": {
            "audience": "invited"
          },
          "registration": {
            "methods": [
              "password"
            ]
          }
        }
      }
    ]
    "#);
    insta::assert_snapshot!(remarks(&reading), @r#"
    the list, updated "today": left out, because this format has no such member
    public_servers[0] example.org:8448, client_domain "matrix.example.org": left out, because it says where clients connect, which is found out anew from the server name
    public_servers[0] example.org:8448, languages "All": left out, because it names no language
    public_servers[0] example.org:8448, features "C++": left out, because it cannot be written as a label of plain words, digits and hyphens
    public_servers[0] example.org:8448, cloudflare false: left out, because only the opposite can be said in a document
    public_servers[0] example.org:8448, online_status 1: left out, because it is this list's own measurement, and observers measure anew
    public_servers[0] example.org:8448, ver_status 1: left out, because it is this list's own measurement, and observers measure anew
    public_servers[0] example.org:8448, room_directory 2: left out, because it is this list's own measurement, and observers measure anew
    public_servers[0] example.org:8448, ipv6 true: left out, because it is this list's own measurement, and observers measure anew
    "#);
}

#[test]
fn fluffychat() {
    let reading = read(&json!({ "public_servers": [
        {
            "name": "example.org", "website": "https://example.org",
            "description": "Ein Server für alle.", "reg_method": "oidc",
            "languages": ["All", "Deutsch", "English"]
        },
        { "name": "b.example", "reg_method": "Application Form", "features": null },
        { "name": "a.example", "reg_method": "Carrier pigeon", "reg_note": "Feed it first." }
    ]}));
    assert_eq!(reading.format, ListFormat::Fluffychat);
    insta::assert_snapshot!(servers(&reading), @r#"
    [
      {
        "server_name": "a.example",
        "verdict": "list",
        "facts": {
          "about": {
            "audience": "public"
          },
          "registration": {
            "note": {
              "und": "Carrier pigeon\nFeed it first."
            }
          }
        }
      },
      {
        "server_name": "b.example",
        "verdict": "list",
        "facts": {
          "about": {
            "audience": "public"
          },
          "registration": {
            "methods": [
              "form"
            ]
          }
        }
      },
      {
        "server_name": "example.org",
        "verdict": "list",
        "facts": {
          "about": {
            "description": {
              "und": "Ein Server für alle."
            },
            "website": "https://example.org/",
            "languages": [
              "de",
              "en"
            ],
            "audience": "public"
          },
          "registration": {
            "methods": [
              "openid-connect"
            ]
          }
        }
      }
    ]
    "#);
    insta::assert_snapshot!(remarks(&reading), @r#"
    public_servers[0] example.org, languages "All": left out, because it names no language
    public_servers[2] a.example, reg_method "Carrier pigeon": kept as a note, because profiles know no such way to register
    "#);
}

#[test]
fn a_list_without_private_servers_is_joinmatrix_where_entries_have_its_homepage() {
    let list = json!({ "public_servers": [
        { "name": "example.org", "homepage": "https://example.org", "website": "https://a.test" }
    ]});
    let reading = read(&list);
    assert_eq!(reading.format, ListFormat::Joinmatrix);
    insta::assert_snapshot!(remarks(&reading), @r#"public_servers[0] example.org, website "https://a.test": left out, because this format has no such member"#);
}

#[test]
fn a_name_alone_is_no_fact_but_that_it_is_listed() {
    let reading = read(&json!([{ "name": "example.org" }]));
    insta::assert_snapshot!(servers(&reading), @r#"
    [
      {
        "server_name": "example.org",
        "verdict": "list"
      }
    ]
    "#);
    assert_eq!(reading.remarks, []);
}

#[test]
fn servers_are_ordered_by_name_and_remarks_by_place() {
    let reading = read(&json!([
        { "name": "b.example", "domain": "b" },
        { "name": "a.example", "domain": "a" }
    ]));
    let names: Vec<_> = reading.servers.iter().map(|it| it.server_name.as_str()).collect();
    assert_eq!(names, ["a.example", "b.example"]);
    assert_eq!(reading.remarks[0].entry.as_deref(), Some("[0]"));
}

#[test]
fn a_bad_entry_is_skipped_and_the_others_stand() {
    let reading = read(&json!({
        "public_servers": [
            "example.org", null, {}, { "name": null }, { "name": ["example.org"] },
            { "name": "Example.org" }, { "name": "exa mple.org" }, { "name": "" },
            { "name": "evil\u{1b}[31m\u{202e}.example" }, { "name": "x".repeat(10_000) },
            { "name": "example.org", "software": "first" },
            { "name": "example.org", "software": "second" }
        ],
        "private_servers": [{ "name": "example.org" }]
    }));
    assert_eq!(reading.servers.len(), 1);
    let facts = reading.servers[0].facts.clone().unwrap();
    assert_eq!(facts.service.unwrap().software.unwrap().name.as_str(), "first");
    insta::assert_snapshot!(remarks(&reading), @r#"
    public_servers[0] "example.org": skipped, because an entry must be an object
    public_servers[1] null: skipped, because an entry must be an object
    public_servers[2] {}: skipped, because it has no "name"
    public_servers[3], name null: skipped, because it has no "name"
    public_servers[4], name ["example.org"]: skipped, because the name of a server must be a text
    public_servers[5], name "Example.org": skipped, because "Example.org" has an upper-case letter; server names in documents are lower case
    public_servers[6], name "exa mple.org": skipped, because "exa mple.org" has a character that is not a letter a-z, a digit, "-" or "."
    public_servers[7], name "": skipped, because a server name must not be empty
    public_servers[8], name "evil\u{1b}[31m\u{202e}.example": skipped, because "evil\u{1b}[31m\u{202e}.example" has a character that is not a letter a-z, a digit, "-" or "."
    public_servers[9], name "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…": skipped, because a server name has at most 230 characters; this one has 10000
    public_servers[11], name "example.org": skipped, because public_servers[10] has the same name
    private_servers[0], name "example.org": skipped, because public_servers[10] has the same name
    "#);
}

#[test]
fn a_member_of_the_wrong_type_is_left_out_and_the_others_stand() {
    let reading = read(&json!({
        "public_servers": [{
            "name": "example.org", "homepage": 7, "isp": true, "staff_jur": ["Germany"],
            "using_vanilla_reg": "yes", "description": { "en": "A map" }, "reg_method": {},
            "captcha": 1, "email": "false", "languages": "German", "features": ["a", 1, null],
            "ipv6": "true", "sliding_sync": 1.5, "software": ["Synapse"], "version": 1,
            "rules": "https://example.org/rules"
        }],
        "private_servers": []
    }));
    let facts = reading.servers[0].facts.clone().unwrap();
    assert!(facts.policies.unwrap().rules.is_some());
    insta::assert_snapshot!(remarks(&reading), @r#"
    public_servers[0] example.org, homepage 7: left out, because it must be a text
    public_servers[0] example.org, description {"en":"A map"}: left out, because it must be a text
    public_servers[0] example.org, languages "German": left out, because it must be an array of texts
    public_servers[0] example.org, isp true: left out, because it must be a text
    public_servers[0] example.org, staff_jur ["Germany"]: left out, because it must be a text
    public_servers[0] example.org, reg_method {}: left out, because it must be a text
    public_servers[0] example.org, using_vanilla_reg "yes": left out, because it must be true or false
    public_servers[0] example.org, captcha 1: left out, because it must be true or false
    public_servers[0] example.org, email "false": left out, because it must be true or false
    public_servers[0] example.org, software ["Synapse"]: left out, because it must be a text
    public_servers[0] example.org, version 1: left out, because the software is not named
    public_servers[0] example.org, features 1: left out, because it must be a text
    public_servers[0] example.org, features null: left out, because it must be a text
    public_servers[0] example.org, sliding_sync 1.5: left out, because it must be true or false
    public_servers[0] example.org, ipv6 "true": left out, because it is this list's own measurement, and observers measure anew
    "#);
}

#[test]
fn values_that_documents_refuse_are_left_out() {
    let many: Vec<_> = (0..103).map(|index| format!("feature {index}")).collect();
    let reading = read(&json!({
        "public_servers": [
            {
                "name": "links.example", "homepage": "http://links.example",
                "rules": "javascript:alert(1)", "privacy": "https://user:secret@links.example/",
                "reg_link": "https://", "description": "turned \u{202e}around",
                "software": "two\nlines", "features": many
            },
            {
                "name": "texts.example", "description": "x".repeat(6_000),
                "staff_jur": "EU; Germany?; Trinidad and Tobago", "languages": ["Klingon"],
                "reg_note": "x".repeat(4_000), "captcha_note": "y".repeat(1_500),
                "version": "1.0", "__proto__": { "deep": [1, 2, 3] }
            }
        ],
        "private_servers": null
    }));
    insta::assert_snapshot!(remarks(&reading), @r#"
    public_servers[0] links.example, homepage "http://links.example": left out, because a link must begin with https://
    public_servers[0] links.example, description "turned \u{202e}around": left out, because a text must be plain text; remove the invisible character U+202E after character 7
    public_servers[0] links.example, rules "javascript:alert(1)": left out, because a link must begin with https://
    public_servers[0] links.example, privacy "https://user:secret@links.example/": left out, because a link must not have a user name or password before the host
    public_servers[0] links.example, reg_link "https://": left out, because a link must be a web address with a valid host, like https://example.org/page
    public_servers[0] links.example, software "two\nlines": left out, because a text must be one line of text; remove the line break after character 3
    public_servers[0] links.example, features "feature-100": left out, because a document takes 100 of these at most
    public_servers[0] links.example, features "feature-101": left out, because a document takes 100 of these at most
    public_servers[0] links.example, features "feature-102": left out, because a document takes 100 of these at most
    public_servers[1] texts.example, description "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…": left out, because a text must have at most 5000 characters, not 6000
    public_servers[1] texts.example, languages "Klingon": left out, because it is not the name of a known language
    public_servers[1] texts.example, staff_jur "EU": left out, because it is not the English name of one country
    public_servers[1] texts.example, staff_jur "Germany?": left out, because the list itself is unsure
    public_servers[1] texts.example, captcha_note "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…": left out, because a text must have at most 5000 characters, not 5501
    public_servers[1] texts.example, version "1.0": left out, because the software is not named
    public_servers[1] texts.example, __proto__ {"deep":[1,2,3]}: left out, because this format has no such member
    "#);
}

#[test]
fn notes_of_the_old_list_that_cannot_be_kept_are_named() {
    let list = json!([{
        "name": "example.org", "jurisdiction": "Germany/Spain",
        "remarks": "In Klingon; 200+; C++; Pets, plants; ; Accessory",
        "antifeature": "Residential?", "reg_method": "Donation", "email": true
    }, {
        "name": "long.example", "jurisdiction": "Austria? (Germany?)",
        "remarks": format!("operated by {}", "x".repeat(200))
    }]);
    let reading = read(&list);
    assert_eq!(reading.servers[0].labels[0].as_str(), "accessory");
    insta::assert_snapshot!(remarks(&reading), @r#"
    [0] example.org, jurisdiction "Germany/Spain": left out, because it is not the English name of one country
    [0] example.org, reg_method "Donation": kept as a note, because profiles know no such way to register
    [0] example.org, email true: left out, because it tells of the homeserver's own sign-up, but accounts are made in another way
    [0] example.org, remarks "Klingon": left out, because it is not the name of a known language
    [0] example.org, remarks "200+": left out, because it is not an age in years
    [0] example.org, remarks "C++": left out, because it is not an age in years
    [0] example.org, remarks "Pets, plants": left out, because it cannot be written as a label of plain words, digits and hyphens
    [0] example.org, antifeature "Residential?": left out, because the list itself is unsure
    [1] long.example, jurisdiction "Austria?": left out, because the list itself is unsure
    [1] long.example, jurisdiction "Germany?": left out, because the list itself is unsure
    [1] long.example, remarks "operated by xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…": left out, because a text must have at most 100 characters, not 200
    "#);
}

#[test]
fn the_formats_have_names_that_documents_take() {
    for format in [ListFormat::JoinmatrixArray, ListFormat::Joinmatrix, ListFormat::Fluffychat] {
        assert!(Label::new(format.name()).is_ok(), "{format}");
    }
}
