use crate::place::{Place, finish};

/// Every command and subcommand with its path, as the help lists them.
fn commands(place: &Place, path: &[&str]) -> Vec<Vec<String>> {
    let mut args = path.to_vec();
    args.push("--help");
    let help = place.run_args(&args).yes();
    let mut found = vec![path.iter().map(ToString::to_string).collect()];
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return found };
    for line in list.lines().take_while(|line| line.starts_with("  ")) {
        let name = line.split_whitespace().next().unwrap_or_default();
        if name != "help" && line.starts_with("  ") && !line.starts_with("   ") {
            let inner: Vec<&str> = path.iter().copied().chain([name]).collect();
            found.extend(commands(place, &inner));
        }
    }
    found
}

#[test]
fn every_command_explains_itself_within_a_terminal() {
    let place = Place::new();
    let commands = commands(&place, &[]);
    assert!(commands.len() > 20, "{commands:?}");
    for mut path in commands {
        path.push("--help".to_owned());
        let help = finish(&mut place.command(&path)).yes();
        let too_long = |line: &&str| line.chars().count() > 90 && !line.starts_with("Usage: ");
        let long: Vec<_> = help.lines().filter(too_long).collect();
        assert!(long.is_empty(), "{path:?}: {long:?}");
        // For tests only, so nobody is told.
        if !["rank", "trust"].contains(&path[0].as_str()) {
            let is_told = |line: &str| line.trim_start().starts_with("--now");
            assert!(!help.lines().any(is_told), "{path:?}");
        }
    }
}

#[test]
fn exit_codes_are_documented() {
    let place = Place::new();
    let help = place.run("--help").yes();
    assert!(help.contains("\n  0  yes, or done\n  1  no"), "{help}");
    place.run("nonsense").unread();
    place.run("").unread();
    assert!(place.run("--version").yes().starts_with("wellspring 0."));
}

#[test]
fn completions_and_manual_pages_are_generated() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(place.run(&format!("completions {shell}")).yes().contains("wellspring"), "{shell}");
    }
    place.run("completions smalltalk").unread();
    place.run("man pages/here").yes();
    let page = place.read("pages/here/wellspring-operator-sign.1");
    assert!(page.contains("profile\\&.json") || page.contains("profile.json"), "{page}");
    place.write("file", "");
    insta::assert_snapshot!(place.run("man file").unread(), @"error: file could not be made: something of that name is there; choose another name");
}

#[test]
fn colour_is_for_terminals() {
    let place = Place::with_profile("example.org");
    let plain = place.run("verify profile.json").yes();
    assert!(!plain.contains('\u{1b}'));
    let forced = finish(place.command(["verify", "profile.json"]).env("CLICOLOR_FORCE", "1")).yes();
    assert!(forced.contains('\u{1b}'));
    let refused = finish(
        place.command(["verify", "profile.json"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"),
    );
    assert!(!refused.yes().contains("\u{1b}[31"));
}
