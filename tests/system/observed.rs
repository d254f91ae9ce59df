//! What observers saw and measured, where the community trusts them.

use wellspring_document::profile::RegistrationMode;
use wellspring_document::{
    Identity, Localized, Observation, ObservationReport, Observer, Sight, SightStatus, Timestamp,
};
use wellspring_tests::{Community, Config, Home, Host, Network, Person, endorse, list, profile};

use crate::clock::{hours_later, now};

/// A report of one server: whose profile it served, and that registration is closed.
fn report(name: &str, server_name: &str, seen: &Person, at: Timestamp) -> ObservationReport {
    let mut report = ObservationReport::new(Observer::new(Localized::english(name).unwrap()));
    let mut entry = Observation::new(server_name.parse().unwrap(), at);
    entry.registration = Some(RegistrationMode::Closed);
    entry.profile = Some(Sight {
        status: SightStatus::Served,
        identity: Some(Identity::from_bytes([7; 32])),
        issuer: Some(seen.issuer().clone()),
        seen_at: at,
        first_seen_at: at,
        profile_first_seen_at: None,
        issuer_first_seen_at: None,
    });
    report.entries.push(entry);
    report
}

#[test]
fn more_than_half_of_the_trusted_observers_say_whose_server_it_is() {
    let network = Network::new();
    let (operator, heir, anna) = (Person::new(1), Person::new(2), Person::new(101));
    let curator = network.host("anna.test");
    let entries = [endorse("alpha.test", &operator, "2026-09-01")];
    curator.serve_list(&anna.sign(&list("Anna", entries), 1, hours_later(-1)));
    let seen = hours_later(-2);
    // Two see the profile of the heir, one that of the operator, and a crowd of strangers
    // as well.
    let (mut trusted, mut reports) = (Vec::new(), Vec::new());
    for (number, owner) in (201..).zip([&heir, &heir, &operator, &operator, &operator, &operator]) {
        let observer = Person::new(number);
        let host = network.host(&format!("observer-{number}.test"));
        let report = report("An observer", "alpha.test", owner, seen);
        host.reply("/report.json", wellspring_tests::Reply::file(observer.sign(&report, 1, seen)));
        reports.push(host.url("/report.json"));
        if number <= 203 {
            trusted.push(format!("\"{}\"", observer.issuer().as_str()));
        }
    }
    let community = Community::new("town")
        .with(&format!("observers = [{}]", trusted.join(", ")))
        .trusts(anna.issuer(), 1.0);
    let folder = "documents";
    // The node itself does not look: it asks nobody but whom it is told to.
    let config = Config::new(&network)
        .section("[sync]\nsources = \"configured\"")
        .directory(folder)
        .feed(&curator.url(Host::LIST))
        .community(&community);
    let home = Home::new(&reports.iter().fold(config, |config, url| config.feed(url)));
    std::fs::create_dir(home.path().join(folder)).unwrap();
    for (file, person) in [("1.json", &operator), ("2.json", &heir)] {
        let signed = person.sign(&profile("alpha.test"), 1, hours_later(-1));
        std::fs::write(home.path().join(folder).join(file), signed).unwrap();
    }
    let outcome = home.sync(now());
    assert_eq!(outcome["problems"].as_array().map(Vec::len), Some(0), "{outcome}");

    let alpha = home.rank(now()).server("alpha.test");
    assert_eq!(alpha.profile(), "confirmed");
    assert_eq!(alpha.json["profile"]["owner"], heir.issuer().as_str());
    let confirmation = &alpha.json["profile"]["confirmation"];
    assert_eq!(confirmation["how"], "observers");
    assert_eq!((&confirmation["agree"], &confirmation["of"]), (&2.into(), &3.into()));
    assert_eq!(alpha.reasons(), ["endorsement.keys-changed 0.0 Anna"]);
    // The heir declares open registration; all three found it closed.
    assert_eq!(alpha.json["contradictions"][0]["subject"], "registration");
    assert_eq!(alpha.json["contradictions"][0]["agree"], 3);
}
