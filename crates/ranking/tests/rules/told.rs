use wellspring_document::profile::RegistrationMode;
use wellspring_document::{Endorsement, LanguageTag, Observation, Verdict};
use wellspring_ranking::{Category, Language, Sentence, View, differences};

use crate::world::{
    World, date, days_ago, endorse, endorse_of, fraction, list, name, people, person, profile,
    served, verdict,
};

/// Every sentence about a server.
fn told(view: &View, server: &str) -> String {
    let server = view.server(&name(server)).unwrap();
    let tell = |what: &dyn Sentence| what.sentence(Language::English);
    let reasons = server.reasons().map(|it| format!("{:>5}  {}", it.points.to_string(), tell(&it)));
    let criteria = server.criteria().map(|it| tell(&it));
    let rest = [tell(&server.category), tell(&server.profile)];
    let waiting = server.waiting().map(|it| tell(&it));
    let contradictions = server.contradictions.iter().map(|it| tell(it));
    let lines: Vec<_> =
        reasons.chain(rest).chain(waiting).chain(contradictions).chain(criteria).collect();
    without_ids(&lines.join("\n"))
}

/// Issuer ids as short names, so that a reader can follow.
fn without_ids(text: &str) -> String {
    let mut text = text.to_owned();
    for (number, short) in [(1, "(first)"), (2, "(second)"), (3, "(third)"), (11, "(owner)")] {
        text = text.replace(person(number).id.as_str(), short);
    }
    text
}

fn world() -> World {
    let [first, second, third, owner] = [1, 2, 3, 11].map(person);
    let mut world = World::default();
    // Who is recommended may decide here, so that there is something to tell of them.
    world.policy.trust.veto = fraction(0.5);
    world.trusts(&first, 1.0);
    world.trusts(&second, 0.4);
    let entries = vec![
        Endorsement { reviewed_at: Some(date(450)), ..endorse_of("a.example", &owner) },
        endorse_of("b.example", &second),
        Endorsement { expires_at: Some(date(2)), ..endorse("c.example") },
    ];
    let curators = vec![crate::world::recommends(&third)];
    world.publishes(
        &first,
        &wellspring_document::EndorsementList { curators, ..list("The first list", entries) },
    );
    let entries = vec![
        verdict(Verdict::Warn, "a.example"),
        verdict(Verdict::Reject, "b.example"),
        verdict(Verdict::List, "c.example"),
    ];
    world.publishes(&second, &list("The second list", entries));
    let entries = vec![verdict(Verdict::Reject, "a.example"), verdict(Verdict::Warn, "b.example")];
    world.publishes(&third, &list("The third list", entries));
    let entries = vec![verdict(Verdict::List, "c.example")];
    world.adopts(&person(9_999), "https://servers.example/list.json", &list("L", entries));
    world.serves(&owner, &profile("a.example"), 100);
    world.serves(&owner, &profile("b.example"), 2);
    world.hears(&person(31));
    let closed = Observation {
        registration: Some(RegistrationMode::Closed),
        ..Observation::new(name("a.example"), days_ago(0))
    };
    world.reports(&person(31), vec![closed]);
    world
}

#[test]
fn every_reason_and_answer_is_told_in_plain_words() {
    let view = world().view();
    insta::assert_snapshot!(told(&view, "a.example"), @r"
    −10.0  Rejected by The third list (reviewed on 2026-11-12). It should not be used to register. Counts 0.5 = trust 0.5.
      0.0  Warned about by The second list (reviewed on 2026-11-12). Only the strongest warning takes points away.
     21.0  Recommended by The first list (reviewed on 2025-08-29). Counts 0.42 = trust 1 × recommendation 0.6 × age of review 0.7.
      0.0  Measured service quality is not yet known.
      0.0  Transparency is not yet known.
    Should not be used to register.
    This is the server's own profile. The name itself served it when this node last looked, on 2026-11-22.
    Known since 2025-08-29 (according to The first list).
    The operator says that registration is open; 1 of 1 observer found it closed.
    Its operator publishes a signed profile (according to its operator, 2026-11-21).
    It is confirmed whose server it is (seen by this node, 2026-11-22).
    Its keys are those that curators endorsed (according to The first list, 2025-08-29).
    How to reach the people behind it is not known.
    Who the team is is not known.
    A trusted curator recommends or lists it (according to The first list, 2025-08-29).
    Fewer than two independent voices recommend or list it.
    A curator who is trusted enough to decide rejects it (according to The third list, 2026-11-12).
    No curator who is trusted enough to decide warns about it.
    It has been known for long enough (according to The first list, 2025-08-29).
    Accounts are meant for everybody (according to its operator, 2026-11-21).
    It is known how one gets an account (according to its operator, 2026-11-21).
    People whom nobody there knows cannot get an account (seen by 1 of 1 observer, 2026-11-22). Its operator says otherwise.
    Whether it takes new people at the moment is not known.
    Its name is a domain of its own.
    Its name is under no suffix that is given away for free.
    It is none of the servers that everybody is sent to already.
    Whether apps reach it is not known.
    Whether other servers reach it is not known.
    How often it answered in the last 30 days is not known.
    How often it answered in the last 90 days is not known.
    Whether its software still gets security fixes is not known.
    Whether its software is up to date is not known.
    How long its certificate lasts is not known.
    Registration is not as its operator says (seen by 1 of 1 observer, 2026-11-22). Its operator says otherwise.
    Whether it can be reached over IPv6 is not known.
    Where its terms of use are is not known.
    Where its privacy statement is is not known.
    Where its rules for living together are is not known.
    How it is moderated is not known.
    Who decides about moderation is not known.
    By which criteria moderators decide is not known.
    How a moderator’s decision can be contested is not known.
    Whom to tell about abuse is not known.
    What the law of this community’s country means for its users is not known.
    How its business model compares with those of other services is not known.
    Whether there is a public report of income and spending is not known.
    Whether the report of income and spending is linked from the home page is not known.
    How old the report of income and spending is is not known.
    For how many months there is money is not known.
    Whether there is money for long enough is not known.
    Who pays for most of it is not known.
    Whether the price follows what it costs to run is not known.
    Whether a group can pay for its members together is not known.
    Whether users can set limits for themselves is not known.
    Whether the operator is more than one private person is not known.
    Whether the operator is an association or a cooperative is not known.
    Whether the operator works for profit is not known.
    Whether more than one person can help when one is gone is not known.
    How much energy it uses is not known.
    Who supplies the energy is not known.
    Where the energy comes from is not known.
    Which other resources it uses is not known.
    Who can read what users write is not known.
    How access to data is secured is not known.
    Whether access to data is logged is not known.
    Whether data are encrypted where they are stored is not known.
    Whether there are backups is not known.
    Whether users can take their account’s data with them is not known.
    Whether users can bring an account’s data from elsewhere is not known.
    Whether users can deactivate their account by themselves is not known.
    Whether users are told in advance when it closes is not known.
    Whether users are told in advance of new terms or prices is not known.
    ");
    insta::assert_snapshot!(told(&view, "b.example"), @r"
      0.0  Warned about by The third list (reviewed on 2026-11-12). Counts 0.5 = trust 0.5.
      0.0  Rejected by The second list (reviewed on 2026-11-12), whose trust is too low to decide that alone. Counts 0.4 = trust 0.4.
      0.0  Measured service quality is not yet known.
      0.0  Transparency is not yet known.
      0.0  Recommended by The first list (reviewed on 2026-11-12), but under keys that the server no longer has. This does not follow.
    Is known and lacks something.
    This is the server's own profile. The name itself served it when this node last looked, on 2026-11-22.
    Its keys have changed. Known under the present ones since 2026-11-20 (seen by this node). Waits until 2026-12-20 before it can be recommended.
    Its operator publishes a signed profile (according to its operator, 2026-11-21).
    It is confirmed whose server it is (seen by this node, 2026-11-22).
    Its keys have changed since curators endorsed it (according to The first list, 2026-11-12).
    How to reach the people behind it is not known.
    Who the team is is not known.
    No trusted curator recommends or lists it.
    Fewer than two independent voices recommend or list it.
    No curator who is trusted enough to decide rejects it.
    A curator who is trusted enough to decide warns about it (according to The third list, 2026-11-12).
    It has not been known for long enough (seen by this node, 2026-11-20).
    Accounts are meant for everybody (according to its operator, 2026-11-21).
    It is known how one gets an account (according to its operator, 2026-11-21).
    People whom nobody there knows can get an account (according to its operator, 2026-11-21).
    Whether it takes new people at the moment is not known.
    Its name is a domain of its own.
    Its name is under no suffix that is given away for free.
    It is none of the servers that everybody is sent to already.
    Whether apps reach it is not known.
    Whether other servers reach it is not known.
    How often it answered in the last 30 days is not known.
    How often it answered in the last 90 days is not known.
    Whether its software still gets security fixes is not known.
    Whether its software is up to date is not known.
    How long its certificate lasts is not known.
    Whether registration is as its operator says is not known.
    Whether it can be reached over IPv6 is not known.
    Where its terms of use are is not known.
    Where its privacy statement is is not known.
    Where its rules for living together are is not known.
    How it is moderated is not known.
    Who decides about moderation is not known.
    By which criteria moderators decide is not known.
    How a moderator’s decision can be contested is not known.
    Whom to tell about abuse is not known.
    What the law of this community’s country means for its users is not known.
    How its business model compares with those of other services is not known.
    Whether there is a public report of income and spending is not known.
    Whether the report of income and spending is linked from the home page is not known.
    How old the report of income and spending is is not known.
    For how many months there is money is not known.
    Whether there is money for long enough is not known.
    Who pays for most of it is not known.
    Whether the price follows what it costs to run is not known.
    Whether a group can pay for its members together is not known.
    Whether users can set limits for themselves is not known.
    Whether the operator is more than one private person is not known.
    Whether the operator is an association or a cooperative is not known.
    Whether the operator works for profit is not known.
    Whether more than one person can help when one is gone is not known.
    How much energy it uses is not known.
    Who supplies the energy is not known.
    Where the energy comes from is not known.
    Which other resources it uses is not known.
    Who can read what users write is not known.
    How access to data is secured is not known.
    Whether access to data is logged is not known.
    Whether data are encrypted where they are stored is not known.
    Whether there are backups is not known.
    Whether users can take their account’s data with them is not known.
    Whether users can bring an account’s data from elsewhere is not known.
    Whether users can deactivate their account by themselves is not known.
    Whether users are told in advance when it closes is not known.
    Whether users are told in advance of new terms or prices is not known.
    ");
    insta::assert_snapshot!(told(&view, "c.example"), @r"
      6.3  Listed by https://servers.example/list.json, adopted by this node (reviewed on 2026-11-12). Counts 0.125 = trust 1 × listing 0.25 × entry without keys 0.5.
      2.1  Listed by The second list (reviewed on 2026-11-12). Counts 0.05 = trust 0.4 × listing 0.25 × entry without keys 0.5.
      0.0  Measured service quality is not yet known.
      0.0  Transparency is not yet known.
      0.0  Recommended by The first list (reviewed on 2026-11-12). This has expired and counts no more.
    Is known and lacks something.
    No signed profile is known.
    Known since 2026-11-12 (according to https://servers.example/list.json, adopted by this node). Waits until 2026-12-12 before it can be recommended.
    Its operator publishes no signed profile that is valid.
    Whose server it is is not known.
    Whether its keys are those that curators endorsed is not known.
    How to reach the people behind it is not known.
    Who the team is is not known.
    A trusted curator recommends or lists it (according to https://servers.example/list.json, adopted by this node, 2026-11-12).
    Two independent voices recommend or list it (according to The second list, 2026-11-12).
    No curator who is trusted enough to decide rejects it.
    No curator who is trusted enough to decide warns about it.
    It has not been known for long enough (according to https://servers.example/list.json, adopted by this node, 2026-11-12).
    Whom accounts are meant for is not known.
    How one gets an account is not known.
    Whether people whom nobody there knows can get an account is not known.
    Whether it takes new people at the moment is not known.
    Its name is a domain of its own.
    Its name is under no suffix that is given away for free.
    It is none of the servers that everybody is sent to already.
    Whether apps reach it is not known.
    Whether other servers reach it is not known.
    How often it answered in the last 30 days is not known.
    How often it answered in the last 90 days is not known.
    Whether its software still gets security fixes is not known.
    Whether its software is up to date is not known.
    How long its certificate lasts is not known.
    Whether registration is as its operator says is not known.
    Whether it can be reached over IPv6 is not known.
    Where its terms of use are is not known.
    Where its privacy statement is is not known.
    Where its rules for living together are is not known.
    How it is moderated is not known.
    Who decides about moderation is not known.
    By which criteria moderators decide is not known.
    How a moderator’s decision can be contested is not known.
    Whom to tell about abuse is not known.
    What the law of this community’s country means for its users is not known.
    How its business model compares with those of other services is not known.
    Whether there is a public report of income and spending is not known.
    Whether the report of income and spending is linked from the home page is not known.
    How old the report of income and spending is is not known.
    For how many months there is money is not known.
    Whether there is money for long enough is not known.
    Who pays for most of it is not known.
    Whether the price follows what it costs to run is not known.
    Whether a group can pay for its members together is not known.
    Whether users can set limits for themselves is not known.
    Whether the operator is more than one private person is not known.
    Whether the operator is an association or a cooperative is not known.
    Whether the operator works for profit is not known.
    Whether more than one person can help when one is gone is not known.
    How much energy it uses is not known.
    Who supplies the energy is not known.
    Where the energy comes from is not known.
    Which other resources it uses is not known.
    Who can read what users write is not known.
    How access to data is secured is not known.
    Whether access to data is logged is not known.
    Whether data are encrypted where they are stored is not known.
    Whether there are backups is not known.
    Whether users can take their account’s data with them is not known.
    Whether users can bring an account’s data from elsewhere is not known.
    Whether users can deactivate their account by themselves is not known.
    Whether users are told in advance when it closes is not known.
    Whether users are told in advance of new terms or prices is not known.
    ");
}

#[test]
fn where_profiles_stand_is_told() {
    let [owner, curator, observer] = people(1);
    let signed = owner.signs(&profile("a.example"));
    let tell = |world: &World| world.server("a.example").profile.sentence(Language::English);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    insta::assert_snapshot!(tell(&world), @"No signed profile is known.");
    world.profiles = vec![signed.clone()];
    insta::assert_snapshot!(tell(&world), @"Somebody signed a profile for this name. Nothing confirms that it is the server's.");
    world.hears(&observer);
    world.reports(&observer, vec![served("a.example", &signed, 10)]);
    insta::assert_snapshot!(tell(&world), @"This is the server's own profile. 1 of 1 observer saw the name itself serve it.");
    world.profiles = vec![];
    insta::assert_snapshot!(tell(&world), @"It is known whose server this is, but not their profile. 1 of 1 observer saw the name itself serve it.");
    world.profiles = vec![owner.signs_at(&profile("a.example"), days_ago(10), 1)];
    insta::assert_snapshot!(tell(&world), @"The server's own profile has expired and counts no more. 1 of 1 observer saw the name itself serve another profile of the same issuer.");
    world.reports.clear();
    world.lists.clear();
    world.profiles = vec![signed];
    world.publishes(&curator, &list("A curator", vec![endorse_of("a.example", &owner)]));
    insta::assert_snapshot!(tell(&world), @"This is the server's own profile. Nobody saw the name serve it; A curator confirms it.");
}

#[test]
fn what_moved_a_server_between_two_communities_are_the_reasons_that_differ() {
    let here = world();
    let mut there = world();
    there.policy.curators.remove(0);
    let (here, there) = (here.server("c.example"), there.server("c.example"));
    let moved: Vec<_> = differences(&here, &there)
        .iter()
        .map(|it| (it.points().to_string(), it.here.is_some(), it.there.is_some()))
        .collect();
    assert_eq!(moved, [("0.0".to_owned(), true, false)], "an expired entry earned nothing");
    assert!(differences(&here, &here).is_empty());

    let mut stricter = world();
    stricter.policy.factors.list = crate::world::fraction(0.1);
    let stricter = stricter.server("c.example");
    let moved = differences(&here, &stricter);
    let points: Vec<_> = moved.iter().map(|it| it.points().to_string()).collect();
    assert_eq!(points, ["3.8", "1.1"]);
    assert_eq!(here.score - stricter.score, moved.iter().map(|it| it.points()).sum());
}

#[test]
fn a_reader_gets_their_language_or_english() {
    let tag = |text| LanguageTag::new(text).unwrap();
    assert_eq!(Language::for_reader(&[tag("ja"), tag("en-GB")]), Language::English);
    assert_eq!(Language::for_reader(&[]), Language::English);
    assert_eq!(Category::A.sentence(Language::English), "Can be offered without asking.");
}

#[test]
fn the_view_as_json() {
    let json = serde_json::to_string_pretty(&world().view()).unwrap();
    insta::assert_snapshot!(json);
}
