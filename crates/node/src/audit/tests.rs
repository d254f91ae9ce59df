mod forge;

use std::collections::BTreeSet;
use std::fs;
use std::sync::Once;

use serde_json::json;
use wellspring_document::{Kind, Verdict};

use super::*;
use crate::{Clock, Node, Opening, SyncScope};
use forge::{Forged, Town, list, now, person};

async fn audited(folder: &std::path::Path) -> Audit {
    let reader = TreeReader::in_folder(folder.to_owned());
    audit(&reader, None, now(), &|_| {}).await.unwrap()
}

/// The codes and sentences of what is found in a tree.
async fn findings(folder: &std::path::Path) -> Vec<String> {
    let findings = audited(folder).await.findings;
    findings.iter().map(|it| format!("{} [{}]", crate::sentence(it), it.code())).collect()
}

async fn codes(folder: &std::path::Path) -> Vec<&'static str> {
    audited(folder).await.findings.iter().map(Finding::code).collect()
}

#[tokio::test]
async fn the_tree_of_a_node_holds() {
    let town = Town::lively().await;
    let audit = audited(&town.tree()).await;
    assert!(audit.holds(), "{:?}", audit.findings);
    let totals =
        DocumentTotals { profiles: 2, endorsement_lists: 3, observation_reports: 1, evidence: 1 };
    assert_eq!(audit.documents, totals);
    assert_eq!(audit.signed.unwrap().issuer, *town.node.issuer().history().issuer());
    let views: Vec<_> = audit.views.iter().map(|it| (it.community.as_str(), it.outcome)).collect();
    let same = |servers| ViewOutcome::Same { servers };
    assert_eq!(views, [("club", same(1)), ("town", same(3))]);
    assert_eq!((audit.parts, audit.other_files), (3, 0));

    // The parts of the index before mean nothing.
    fs::write(town.tree().join("parts/README"), "x").unwrap();
    let audit = audited(&town.tree()).await;
    assert!(audit.holds());
    assert_eq!(audit.other_files, 1);
}

#[tokio::test]
async fn a_tree_holds_without_what_operators_took_back() {
    let town = Town::lively().await;
    town.take_back().await;
    let audit = audited(&town.tree()).await;
    assert!(audit.holds(), "{:?}", audit.findings);
    assert_eq!(audit.documents.profiles, 0);
    let servers: Vec<_> = audit.views.iter().map(|it| it.outcome).collect();
    let same = |servers| ViewOutcome::Same { servers };
    assert_eq!(servers, [same(1), same(2)]);
}

#[tokio::test]
async fn the_tree_of_the_example_world_holds() {
    let folder = tempfile::tempdir().unwrap();
    let opening = Opening::example_world(folder.path().join("data"), Clock::Fixed(now())).unwrap();
    let node = Node::open(opening).unwrap();
    node.sync(SyncScope::All, &|_| {}).await.unwrap();
    let tree = folder.path().join("tree");
    crate::tree::export(&node, &tree, &mut |_, _| {}).unwrap();
    let audit = audited(&tree).await;
    assert!(audit.holds(), "{:?}", audit.findings);
    assert!(audit.documents.profiles > 5 && audit.documents.endorsement_lists > 1);
    assert!(matches!(audit.views[0].outcome, ViewOutcome::Same { servers: 5.. }));
}

#[tokio::test]
async fn one_byte_altered_in_any_file_is_found_and_so_is_a_file_that_is_gone() {
    let town = Town::lively().await;
    let tree = town.tree();
    let names = Forged::names(&tree);
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let path = tree.join(&name);
        let bytes = fs::read(&path).unwrap();
        let mut altered = bytes.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        fs::write(&path, &altered).unwrap();
        let found = findings(&tree).await;
        if name == "index.json" {
            assert!(found[0].ends_with("[audit.bad-document]"), "{found:?}");
        } else {
            let told = format!("{name} has other bytes than its name says [audit.wrong-bytes]");
            assert_eq!(found, [told]);
        }
        fs::write(&path, &bytes).unwrap();
        if name != "index.json" {
            fs::remove_file(&path).unwrap();
            assert_eq!(findings(&tree).await, [format!("{name} is not there [audit.missing]")]);
            fs::write(&path, &bytes).unwrap();
        }
    }
    assert!(audited(&tree).await.holds());
}

#[tokio::test]
async fn without_an_index_there_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let reader = TreeReader::in_folder(folder.path().to_owned());
    let error = audit(&reader, None, now(), &|_| {}).await.unwrap_err();
    let told = crate::sentence(&error);
    let place = folder.path().display();
    assert_eq!(told, format!("there is no tree at {place}: index.json is not there"));
    assert_eq!(error.code(), "tree.no-index");
}

#[tokio::test]
async fn what_was_tampered_with_and_signed_again_does_not_come_out() {
    let town = Town::lively().await;
    let with = async |change: &dyn Fn(&mut Forged)| {
        let tree = town.forged(change);
        let found = findings(&tree).await;
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].replace(|c: char| !c.is_ascii(), "?")
    };
    // A score raised.
    insta::assert_snapshot!(with(&|it| {
        it.record("town", "server", "b.example")["score"] = json!(99.5);
    }).await, @r#"the view of "town" is not what its policy makes of the documents: server b.example: score is 99.5 in the tree, and 15 comes out (all else is the same) [audit.view-differs]"#);
    // A server dropped.
    insta::assert_snapshot!(with(&|it| {
        let records = &mut it.view("town").records;
        records.retain(|record| record["server"]["server_name"] != "a.example");
    }).await, @r#"the view of "town" is not what its policy makes of the documents: server a.example comes out and is not in the tree (all else is the same) [audit.view-differs]"#);
    // One added, and others moved down for it.
    insta::assert_snapshot!(with(&|it| {
        let mut bought = it.record("town", "server", "a.example").clone();
        bought["server_name"] = json!("bought.example");
        it.view("town").records.push(json!({ "server": bought }));
        it.record("town", "server", "a.example")["rank"] = json!(2);
    }).await, @r#"the view of "town" is not what its policy makes of the documents: server bought.example is in the tree and does not come out (one more record differs) [audit.view-differs]"#);
    // Ranks alone.
    insta::assert_snapshot!(with(&|it| {
        it.record("town", "server", "a.example")["rank"] = json!(2);
        it.record("town", "server", "b.example")["rank"] = json!(1);
    }).await, @r#"the view of "town" is not what its policy makes of the documents: server a.example: rank is 2 in the tree, and 1 comes out (one more record differs) [audit.view-differs]"#);
    // A curator trusted more.
    insta::assert_snapshot!(with(&|it| {
        let curator = person(2).history().issuer().to_string();
        it.record("town", "curator", &curator)["trust"] = json!(0.9);
    }).await, @r#"the view of "town" is not what its policy makes of the documents: curator zQmVGntpWrojWWU3JF89xDpWy5xq3DyaqLjwn3HYHwxtMnc: trust is 0.9 in the tree, and 0.5 comes out (all else is the same) [audit.view-differs]"#);
    // A policy that is not that of the view.
    insta::assert_snapshot!(with(&|it| {
        it.view("town").manifest.policy["factors"]["endorse"] = json!(0.1);
    }).await, @r#"the view of "town" is not what its policy makes of the documents: server a.example: score is 17.2 in the tree, and 5.5 comes out (2 more records differ) [audit.view-differs]"#);
    // The wish of a server forgotten.
    insta::assert_snapshot!(with(&|it| {
        it.view("town").records.retain(|record| record.get("unlisted").is_none());
    }).await, @r#"the view of "town" is not what its policy makes of the documents: unlisted d.example comes out and is not in the tree (all else is the same) [audit.view-differs]"#);
    // Something that steers a terminal.
    insta::assert_snapshot!(with(&|it| {
        it.view("town").records.push(json!({ "server": { "server_name": "\u{1b}[2J\u{202e}x" } }));
    }).await, @r#"the view of "town" is not what its policy makes of the documents: server \u{1b}[2J\u{202e}x is in the tree and does not come out (all else is the same) [audit.view-differs]"#);
}

#[tokio::test]
async fn records_written_otherwise_are_told_apart_from_what_they_say() {
    let town = Town::lively().await;
    let tree = town.forged(&|it| it.backwards = true);
    assert_eq!(codes(&tree).await, ["audit.parts-differ", "audit.parts-differ"]);
}

#[tokio::test]
async fn views_of_others_are_refused() {
    let town = Town::lively().await;
    let swapped = town.forged(&|it| {
        let (club, town) = (it.views[0].named.clone(), it.views[1].named.clone());
        (it.views[0].manifest.community, it.views[1].manifest.community) = (town, club);
    });
    assert_eq!(codes(&swapped).await, ["audit.wrong-community"; 2]);
    let stranger = town.forged(&|it| it.view("town").signer = Some(person(40)));
    assert_eq!(codes(&stranger).await, ["audit.view-of-another"]);
}

#[tokio::test]
async fn a_tree_has_to_be_that_of_the_expected_issuer_and_of_now() {
    let town = Town::lively().await;
    let reader = TreeReader::in_folder(town.tree());
    let codes = async |expected: Option<&IssuerId>, now: Timestamp| {
        let audit = audit(&reader, expected, now, &|_| {}).await.unwrap();
        audit.findings.iter().map(Finding::code).collect::<BTreeSet<_>>()
    };
    let node = town.node.issuer();
    assert_eq!(codes(Some(node.history().issuer()), now()).await, [].into());
    let other = person(40);
    assert_eq!(codes(Some(other.history().issuer()), now()).await, ["audit.wrong-issuer"].into());
    assert_eq!(codes(None, now().plus_days(9)).await, ["audit.expired"].into());
    assert_eq!(codes(None, now().plus_days(-1)).await, ["audit.from-the-future"].into());
    // Five minutes of skew are tolerated.
    assert_eq!(codes(None, now().plus_seconds(-300)).await, [].into());
}

#[tokio::test]
async fn what_the_index_says_of_documents_is_checked() {
    let town = Town::lively().await;
    let with = async |change: &dyn Fn(&mut Forged)| codes(&town.forged(change)).await;
    let of = |it: &mut Forged, kind: Kind| {
        it.entries.iter().position(|entry| entry.kind == kind && !entry.evidence).unwrap()
    };
    assert_eq!(
        with(&|it| {
            let place = of(it, Kind::Profile);
            it.entries[place].sequence += 1;
        })
        .await,
        ["audit.entry-differs"]
    );
    assert_eq!(
        with(&|it| {
            let place = of(it, Kind::Profile);
            it.entries[place].size += 1;
        })
        .await,
        ["audit.too-short"]
    );
    assert_eq!(
        with(&|it| {
            let place = of(it, Kind::Profile);
            it.entries[place].size -= 1;
        })
        .await,
        ["audit.too-long"]
    );
    assert_eq!(
        with(&|it| {
            let place = of(it, Kind::Profile);
            let again = it.entries[place].clone();
            it.entries.push(wellspring_document::IndexEntry { evidence: true, ..again });
        })
        .await,
        ["audit.named-twice"]
    );
    // The evidence as what counts, and what counts as evidence: another list comes out.
    assert_eq!(
        with(&|it| it.entries.iter_mut().for_each(|it| it.evidence = false)).await,
        ["audit.does-not-count"]
    );
    // A document on which the view rests, left out of the index.
    assert_eq!(
        with(&|it| {
            let curator = person(1);
            it.entries.retain(|entry| entry.issuer != *curator.history().issuer());
        })
        .await,
        ["audit.rests-on-missing", "audit.view-differs"]
    );
    // One that is none.
    assert_eq!(
        with(&|it| {
            let place = of(it, Kind::Profile);
            it.replace(place, b"{}".to_vec());
        })
        .await,
        ["audit.bad-document", "audit.rests-on-missing", "audit.rests-on-missing"]
    );
}

#[tokio::test]
async fn an_older_document_of_a_feed_does_not_count() {
    let town = Town::lively().await;
    let tree = town.forged(&|it| {
        it.add(&list(2, 1, &[("old.example", Verdict::Endorse)]));
    });
    // Where it is taken before the newer one, it is that which makes it count no more.
    let found = codes(&tree).await;
    assert!(found == ["audit.not-accepted"] || found == ["audit.does-not-count"], "{found:?}");
}

#[tokio::test]
async fn a_document_from_after_the_index_is_not_accepted() {
    let town = Town::lively().await;
    let tree = town.forged(&|it| {
        let body = forge::list_body(&[("new.example", Verdict::Endorse)]);
        it.add(&person(50).sign(&body, 1, now().plus_seconds(301), 30).unwrap());
    });
    assert_eq!(codes(&tree).await, ["audit.not-accepted"]);
}

#[tokio::test]
async fn a_policy_says_all_that_it_means_and_makes_sense() {
    let town = Town::lively().await;
    let with = async |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let tree = town.forged(&|it| change(&mut it.view("town").manifest.policy));
        let found = findings(&tree).await;
        let hash = |c: char| c.is_ascii_hexdigit();
        assert_eq!(found.len(), 1, "{found:?}");
        let words = found[0].split(' ').map(|word| {
            let (path, _) = word.split_once(".json").unwrap_or((word, ""));
            let is_hash = path.len() > 60 && path.rsplit('/').next().unwrap().chars().all(hash);
            if is_hash { "FILE" } else { word }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let told = [
        with(&|policy| drop(policy.insert("bonus".to_owned(), json!({ "a.example": 50 })))).await,
        with(&|policy| drop(policy.remove("waiting_days"))).await,
        with(&|policy| policy["points"]["service"] = json!(31)).await,
        with(&|policy| policy["factors"]["list"] = json!(0.250_000_1)).await,
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    the policy of the view of "town" FILE cannot be read: unknown field `bonus`, expected one of `name`, `based_on`, `own`, `curators`, `adopted`, `observers`, `distrusted`, `con… [audit.policy-unreadable]
    the policy of the view of "town" FILE is not written out: waiting_days is left out, and means 30 [audit.policy-not-written-out]
    the policy of the view of "town" FILE makes no sense: points: endorsement, service and transparency must make 100 together, not 101; change one of them [audit.policy-refused]
    the policy of the view of "town" FILE is not written out: factors.list is 0.2500001, and means 0.25 [audit.policy-not-written-out]
    "#);
}

#[tokio::test]
async fn contested_keys_are_followed_as_the_policy_says() {
    let town = Town::contested().await;
    let audit = audited(&town.tree()).await;
    assert!(audit.holds(), "{:?}", audit.findings);
    let views: Vec<_> = audit.views.iter().map(|it| (it.community.as_str(), it.outcome)).collect();
    let same = |servers| ViewOutcome::Same { servers };
    assert_eq!(views, [("club", same(2)), ("town", same(1))]);
    assert_eq!(audit.documents.evidence, 2);

    // A decision put into the policy of the others.
    let tree = town.forged(&|it| {
        let decision = it.view("club").manifest.policy["contests"].clone();
        it.view("town").manifest.policy.insert("contests".to_owned(), decision);
    });
    assert_eq!(codes(&tree).await, ["audit.view-differs"]);
}

#[tokio::test]
async fn keys_that_only_an_index_contests_are_contested_in_the_tree_as_well() {
    let town = Town::contested_by_an_index().await;
    let audit = audited(&town.tree()).await;
    assert!(audit.holds(), "{:?}", audit.findings);
    assert_eq!(audit.documents.evidence, 2);
    let same = |servers| ViewOutcome::Same { servers };
    assert_eq!(audit.views[0].outcome, same(0), "what was signed with contested keys is not heard");
}

#[tokio::test]
async fn a_view_of_long_ago_under_a_new_index_is_found() {
    let town = Town::lively().await;
    let aged = |days: i64| {
        town.forged(&|it| {
            let manifest = &mut it.view("town").manifest;
            manifest.now = manifest.now.plus_days(-days);
        })
    };
    assert!(codes(&aged(3)).await.contains(&"audit.view-too-old"));
    assert!(!codes(&aged(1)).await.contains(&"audit.view-too-old"));
}

#[tokio::test]
async fn whose_sights_come_first_is_told_where_it_is_another_node() {
    let town = Town::lively().await;
    assert!(audited(&town.tree()).await.views.iter().all(|view| view.own.is_none()));
    let other = person(77).history().issuer().clone();
    let tree = town.forged(&|it| {
        let policy = &mut it.view("town").manifest.policy;
        policy.insert("own".to_owned(), json!(other));
    });
    let audit = audited(&tree).await;
    let view = audit.views.iter().find(|view| view.community.as_str() == "town").unwrap();
    assert_eq!(view.own, Some(other));
}

#[tokio::test]
async fn a_tree_that_is_too_large_is_not_read() {
    let town = Town::lively().await;
    let tree = town.forged(&|it| {
        for number in 0..70_u8 {
            let mut entry = it.entries[0].clone();
            entry.kind = Kind::ObservationReport;
            entry.subject = String::new();
            entry.issuer = person(number).history().issuer().clone();
            entry.hash = wellspring_document::BytesHash::of(&[number]);
            entry.size = 16_000_000;
            it.entries.push(entry);
        }
    });
    let audit = audited(&tree).await;
    assert!(matches!(audit.findings[0], Finding::TooMuch { .. }), "{:?}", audit.findings);
    assert!(audit.bytes < 1_000_000);
    assert!(audit.views.iter().all(|it| it.outcome == ViewOutcome::NotRecomputed));
}

#[tokio::test]
async fn findings_are_bounded() {
    let town = Town::lively().await;
    let tree = town.forged(&|it| {
        for number in 0..200_u8 {
            let mut entry = it.entries[0].clone();
            entry.hash = wellspring_document::BytesHash::of(&[number]);
            it.entries.push(entry);
        }
    });
    let audit = audited(&tree).await;
    assert_eq!(audit.findings.len(), MAX_FINDINGS);
    assert!(!audit.holds() && !audit.is_unread());
}

#[tokio::test]
async fn a_tree_that_changes_while_it_is_read_is_no_finding() {
    let town = Town::lively().await;
    let tree = town.tree();
    let other = town.forged(&|_| {});
    let reader = TreeReader::in_folder(tree.clone());
    let once = Once::new();
    let change = |progress| {
        if progress == AuditProgress::Read {
            once.call_once(|| {
                fs::copy(other.join("index.json"), tree.join("index.json")).unwrap();
                fs::remove_dir_all(tree.join("documents")).unwrap();
            });
        }
    };
    let error = audit(&reader, None, now(), &change).await.unwrap_err();
    assert_eq!(error.code(), "audit.changed");
}
