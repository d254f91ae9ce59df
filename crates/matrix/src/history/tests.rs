use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A check that names these servers.
fn check(moment: &str, names: &[&str]) -> Check {
    let servers = names.iter().map(|name| CheckedServer {
        server_name: ServerName::parse(name).unwrap(),
        software: None,
        registration: None,
    });
    Check { at: at(moment), servers: servers.collect() }
}

fn daily() -> History {
    History::new(NonZeroU32::MIN)
}

/// "name answered/made" over 24 hours, 7, 30 and 90 days.
fn uptimes(day: &HistoryDay) -> Vec<String> {
    let observations = day.observations.iter();
    observations
        .map(|it| {
            let windows = [it.uptime.day, it.uptime.week, it.uptime.month, it.uptime.quarter];
            let shown = windows.map(|checks| match checks {
                None => "-".to_owned(),
                Some(checks) => format!("{}/{}", checks.answered, checks.made),
            });
            format!("{} {}", it.server_name, shown.join(" "))
        })
        .collect()
}

#[test]
fn uptime_counts_the_checks_of_each_window_since_the_server_was_seen_first() {
    let mut history = daily();
    let both = ["a.example", "b.example"];
    history.take(check("2022-01-01T06:00:00Z", &both)).unwrap();
    history.take(check("2022-02-01T06:00:00Z", &both)).unwrap();
    history.take(check("2022-03-01T06:00:00Z", &["a.example"])).unwrap();
    history.take(check("2022-03-04T06:00:00Z", &["a.example", "new.example"])).unwrap();
    // Exactly seven days and 24 hours before the last one: outside of these windows.
    history.take(check("2022-03-07T06:00:00Z", &["a.example", "new.example"])).unwrap();
    history.take(check("2022-03-08T06:00:00Z", &both)).unwrap();
    let day = history.last_day().unwrap();
    assert_eq!(day.at, at("2022-03-08T06:00:00Z"));
    assert_eq!(
        uptimes(&day),
        [
            "a.example 1/1 3/3 4/4 6/6",
            "b.example 1/1 1/3 1/4 3/6",
            // It was there at two of the three checks since.
            "new.example 0/1 2/3 2/3 2/3",
        ]
    );
    let reachable: Vec<_> = day.observations.iter().map(|it| it.client_reachable).collect();
    assert_eq!(reachable, [Some(true), Some(true), Some(false)]);
    let first: Vec<_> =
        day.observations.iter().map(|it| it.first_seen_at.unwrap().date().to_string()).collect();
    assert_eq!(first, ["2022-01-01", "2022-01-01", "2022-03-04"]);
    let listed: Vec<_> = day
        .endorsements
        .iter()
        .map(|it| (it.known_since.unwrap().to_string(), it.reviewed_at.unwrap().to_string()))
        .collect();
    assert_eq!(listed[2], ("2022-03-04".to_owned(), "2022-03-07".to_owned()));
}

#[test]
fn who_vanished_stays_while_a_check_of_90_days_had_them() {
    let mut history = daily();
    history.take(check("2022-01-01T06:00:00Z", &["a.example", "gone.example"])).unwrap();
    let mut day = at("2022-01-02T06:00:00Z");
    let mut last_with = None;
    for _ in 0..200 {
        history.take(Check { at: day, ..check("2022-01-01T00:00:00Z", &["a.example"]) }).unwrap();
        let told = history.last_day().unwrap();
        if told.observations.len() == 2 {
            last_with = Some((told.at, uptimes(&told)[1].clone()));
        }
        day = day.plus_days(1);
    }
    let (until, uptime) = last_with.unwrap();
    assert_eq!(until, at("2022-03-31T06:00:00Z"));
    assert_eq!(uptime, "gone.example 0/1 0/7 0/30 1/90");
    assert!(history.times.len() < 90 + 64, "older checks are forgotten: {}", history.times.len());
    // It comes back, and is no stranger.
    let back = Check { at: day, ..check("2022-01-01T00:00:00Z", &["a.example", "gone.example"]) };
    history.take(back).unwrap();
    let told = history.last_day().unwrap();
    assert_eq!(uptimes(&told)[1], "gone.example 1/1 1/7 1/30 1/90");
    assert_eq!(told.observations[1].first_seen_at, Some(at("2022-01-01T06:00:00Z")));
}

#[test]
fn a_check_that_failed_counts_for_and_against_nobody() {
    let all = ["a.example", "b.example", "c.example", "d.example", "e.example"];
    let mut history = daily();
    assert_eq!(
        history.take(check("2022-03-01T00:00:00Z", &[])),
        Ok(Taken::Failed { named: 0, usual: 0 })
    );
    assert_eq!(history.last_day(), None, "nothing is known yet");
    for hour in 1..=4 {
        let counts = history.take(check(&format!("2022-03-01T0{hour}:00:00Z"), &all));
        assert_eq!(counts, Ok(Taken::Counts { too_many: 0 }));
    }
    let failed = history.take(check("2022-03-01T05:00:00Z", &all[..2]));
    assert_eq!(failed, Ok(Taken::Failed { named: 2, usual: 5 }));
    let counts = history.take(check("2022-03-01T06:00:00Z", &all[..3]));
    assert_eq!(counts, Ok(Taken::Counts { too_many: 0 }));
    let day = history.last_day().unwrap();
    assert_eq!(uptimes(&day)[0], "a.example 5/5 5/5 5/5 5/5");
    assert_eq!(uptimes(&day)[4], "e.example 4/5 4/5 4/5 4/5");

    // A day without any check that counts is not told, and one that failed does not end it.
    let failed = check("2022-03-02T05:00:00Z", &[]);
    assert_eq!(history.day_before(failed.at).unwrap().at, at("2022-03-01T06:00:00Z"));
    history.take(failed).unwrap();
    assert_eq!(history.last_day(), None);
    assert_eq!(history.day_before(at("2022-03-03T05:00:00Z")), None);

    // Who cut the list down for good is believed once that is usual.
    let believed = (7..=20).find(|hour| {
        let moment = format!("2022-03-02T{hour:02}:00:00Z");
        matches!(history.take(check(&moment, &all[..2])), Ok(Taken::Counts { .. }))
    });
    assert_eq!(believed, Some(9), "when small checks are as many as large ones");
}

#[test]
fn days_are_told_when_they_are_over_and_every_so_many() {
    let mut history = History::new(NonZeroU32::new(2).unwrap());
    let mut told = Vec::new();
    for day in 1..=5 {
        for hour in ["05", "23"] {
            let check = check(&format!("2022-03-0{day}T{hour}:00:00Z"), &["a.example"]);
            told.extend(history.day_before(check.at).map(|day| day.at.to_string()));
            history.take(check).unwrap();
        }
    }
    told.extend(history.last_day().map(|day| day.at.to_string()));
    assert_eq!(told, ["2022-03-01T23:00:00Z", "2022-03-03T23:00:00Z", "2022-03-05T23:00:00Z"]);
}

#[test]
fn checks_that_cannot_be_taken_change_nothing() {
    let mut history = daily();
    history.take(check("2022-03-02T00:00:00Z", &["a.example"])).unwrap();
    let refused = history.take(check("2022-03-02T00:00:00Z", &["a.example"])).unwrap_err();
    assert_eq!(refused.code(), "history.not-later");
    assert_eq!(
        refused.to_string(),
        "the check of 2022-03-02T00:00:00Z is not later than the one before, of 2022-03-02T00:00:00Z"
    );
    let mut moment = at("2022-03-02T00:00:00Z");
    let refused = loop {
        moment = moment.plus_seconds(540);
        let next = Check { at: moment, ..check("2022-03-02T00:00:00Z", &["a.example"]) };
        if let Err(refused) = history.take(next) {
            break refused;
        }
    };
    assert_eq!(refused.code(), "history.too-many-checks");
    assert_eq!(moment.seconds_since(at("2022-03-02T00:00:00Z")), MAX_HISTORY_CHECKS as i64 * 540);
}

#[test]
fn lines_are_read_strictly_and_a_bad_server_costs_that_server() {
    let line = br#"{"t": 1646326750, "servers": [
        ["a.example", "Synapse", "1.53.0", true, null, null],
        ["b.example", "Synapse", 7, "yes"],
        ["a.example", "Dendrite", "0.1", true],
        ["C.example", "Synapse", "1.53.0", false],
        {"name": "d.example"},
        ["e.example", null, "1.0", false],
        ["f.example"]
    ]}"#;
    let (read, problems) = Check::read(line).unwrap();
    assert_eq!(read.at, at("2022-03-03T16:59:10Z"));
    let servers: Vec<_> = read
        .servers
        .iter()
        .map(|it| {
            let software = it.software.as_ref().map(|it| {
                format!("{} {:?}", it.name, it.version.as_ref().map(|version| version.as_str()))
            });
            format!("{} {:?} {:?}", it.server_name, software, it.registration)
        })
        .collect();
    insta::assert_snapshot!(servers.join("\n"), @r#"
    a.example Some("Synapse Some(\"1.53.0\")") Some(Open)
    b.example Some("Synapse None") None
    e.example None Some(Approval)
    f.example None None
    "#);
    let problems: Vec<_> =
        problems.iter().map(|it| format!("servers[{}]: {}", it.index, it.reason)).collect();
    insta::assert_snapshot!(problems.join("\n"), @r#"
    servers[1]: its version is left out, because it must be a text
    servers[1]: its open is left out, because it must be true, false or null
    servers[2]: left out, because it is there before in the same check
    servers[3]: left out, because its name "C.example" has an upper-case letter; server names in documents are lower case
    servers[4]: left out, because it is no array that begins with a server name
    "#);
    let refusals = [
        r#"{"t": 1, "t": 2}"#,
        "[]",
        r#"{"servers": []}"#,
        r#"{"t": 1.5, "servers": []}"#,
        r#"{"t": 999999999999, "servers": []}"#,
        r#"{"t": 1, "servers": {}}"#,
    ]
    .map(|line| {
        let refusal = Check::read(line.as_bytes()).unwrap_err();
        format!("{}: {refusal}", refusal.code())
    });
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    json.duplicate-member: it is not JSON that can be read
    history.wrong-type: t must be whole seconds since 1970, up to the year 9999; a check is {"t": seconds since 1970, "servers": [[name, software, version, open, email, recaptcha], …]}
    history.wrong-type: t must be whole seconds since 1970, up to the year 9999; a check is {"t": seconds since 1970, "servers": [[name, software, version, open, email, recaptcha], …]}
    history.wrong-type: t must be whole seconds since 1970, up to the year 9999; a check is {"t": seconds since 1970, "servers": [[name, software, version, open, email, recaptcha], …]}
    history.wrong-type: t must be whole seconds since 1970, up to the year 9999; a check is {"t": seconds since 1970, "servers": [[name, software, version, open, email, recaptcha], …]}
    history.wrong-type: servers must be an array of servers; a check is {"t": seconds since 1970, "servers": [[name, software, version, open, email, recaptcha], …]}
    "#);
}

#[test]
fn a_check_of_more_servers_than_a_report_can_have_is_refused() {
    let line = format!("{{\"t\": 1, \"servers\": [{}0]}}", "0,".repeat(MAX_ENTRIES));
    let refusal = Check::read(line.as_bytes()).unwrap_err();
    assert_eq!(refusal.code(), "history.too-many-servers");
    assert_eq!(refusal.to_string(), "a check names at most 100000 servers, not 100001");
}
