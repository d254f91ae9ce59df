//! All that a page can ask of a view.

use std::fmt::Write as _;

use serde::Serialize;
use wellspring_document::into_parts;
use wellspring_ranking::{By, Language, Offer, RankedServer, Seed, Sentence, Standing, View, draw};

use super::said::wishes;

/// All that can be asked of a view, written down.
pub(super) fn all_of(view: &View) -> String {
    let mut all = String::new();
    let out = &mut all;
    json(out, view);
    json(out, &view.trust_graph());
    for part in into_parts(view.records()).unwrap() {
        out.push_str(std::str::from_utf8(&part.bytes).unwrap());
    }
    for contest in &view.contested {
        say(out, contest);
    }
    for server in &view.servers {
        assert!(std::ptr::eq(view.server(&server.server_name).unwrap(), server));
        tell(out, server);
    }
    for server in &view.unlisted {
        assert!(std::ptr::eq(view.unlisted(&server.server_name).unwrap(), server));
        server.warnings().for_each(|warning| say(out, &warning));
    }
    for seed in 0..6 {
        let drawn = draw(view, &wishes(), Seed::new(seed).unwrap());
        for pick in &drawn.picks {
            say(out, pick);
            let name = &pick.server.server_name;
            writeln!(out, "{name} {:?} {} {}", pick.weight, pick.seeds, pick.most).unwrap();
        }
        writeln!(out, "{} {:?} {:?}", drawn.passed, drawn.steps, drawn.shortfall).unwrap();
    }
    all
}

fn tell(out: &mut String, server: &RankedServer) {
    writeln!(out, "{} {}", server.server_name, server.is_rejected()).unwrap();
    server.reasons().for_each(|reason| {
        say(out, &reason);
        json(out, &reason);
        if let Some(said) = reason.said {
            writeln!(out, "{} {:?}", said.by.name(&[]), said.entry()).unwrap();
        }
    });
    server.criteria().for_each(|answer| {
        say(out, &answer);
        json(out, &answer);
        [Some(&answer.by), answer.against.as_ref()]
            .into_iter()
            .flatten()
            .for_each(|by| who(out, by));
    });
    if let Some(waiting) = server.waiting() {
        say(out, &waiting);
        who(out, &waiting.by);
    }
    say(out, &server.profile);
    server.contradictions.iter().for_each(|it| say(out, it));
    let measured = &server.measured;
    writeln!(out, "{measured:?}").unwrap();
    for by in [server.about().map(|it| it.by), server.registration().map(|it| it.by)] {
        by.iter().for_each(|by| who(out, by));
    }
    json(out, &server.section(|sections| sections.service));
    json(out, &server.section(|sections| sections.operator));
    json(out, &Offer::of(server));
    json(out, &Standing::of(server));
}

/// Who says something, by the name of the edition that they say it in.
fn who(out: &mut String, by: &By) {
    match by {
        By::Curator(curator) => {
            let list = curator.list.as_ref().map(|list| list.identity());
            writeln!(out, "{} {:?} {list:?} {:?}", curator.name(&[]), curator.trust, curator.path)
                .unwrap();
        }
        By::Observer(observer) => {
            let report = observer.report.as_ref().map(|report| report.identity());
            writeln!(out, "{} {report:?} {:?}", observer.name(&[]), observer.state).unwrap();
        }
        By::Nobody | By::Operator | By::Observers(_) => {}
    }
}

fn say(out: &mut String, it: &impl Sentence) {
    writeln!(out, "{}", it.sentence(Language::English)).unwrap();
}

fn json(out: &mut String, it: &impl Serialize) {
    writeln!(out, "{}", serde_json::to_string_pretty(it).unwrap()).unwrap();
}
