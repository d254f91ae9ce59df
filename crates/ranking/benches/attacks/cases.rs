//! The attacks, each at several sizes.

use wellspring_document::{Observation, Opinion, Verdict};

use super::home::Home;
use super::people::now;
use super::world::{FIRST_HOP, Lie, OBSERVERS, ROOTS, SECOND_HOP, World};

/// A world in which somebody did something, and whose servers are to gain by it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) world: World,
    pub(crate) attackers: Vec<String>,
}

/// The first of the numbers of those whom an attacker makes up.
const MADE_UP: u32 = 1_000_000;

/// Builds cases from the same honest world.
struct Bench<'a> {
    honest: &'a World,
    /// The honest servers that stand highest.
    best: &'a [String],
    cases: Vec<Case>,
}

/// Every attack. `best` are the honest servers that are worth attacking.
pub(crate) fn cases(honest: &World, best: &[String]) -> Vec<Case> {
    let mut bench = Bench { honest, best, cases: Vec::new() };
    bench.without_a_path();
    bench.bought();
    bench.stolen();
    bench.farms();
    bench.lies();
    bench.bombs();
    bench.domains();
    bench.cases
}

impl Bench<'_> {
    /// A case in which the attacker has so many servers without a fault.
    fn with(&mut self, name: &str, servers: u32, attack: impl FnOnce(&mut World, &[String])) {
        let mut world = self.honest.clone();
        let home = |number| Home::perfect(format!("attacker-{number}.example"), MADE_UP + number);
        let homes: Vec<_> = (0..servers).map(home).collect();
        let names: Vec<_> = homes.iter().map(|home| home.name.clone()).collect();
        world.homes.extend(homes);
        attack(&mut world, &names);
        self.cases.push(Case { name: name.to_owned(), world, attackers: names });
    }

    fn without_a_path(&mut self) {
        let best = self.best;
        self.with("10 good servers, and nobody recommends them", 10, |_, _| ());
        for count in [1, 100] {
            let name = format!("{count} × a curator without a path: recommends 10, rejects 10");
            self.with(&name, 10, |world, names| {
                for curator in strangers(count) {
                    world.says(curator, Verdict::Endorse, names, 10);
                    world.says(curator, Verdict::Reject, best, 10);
                    world.thinks(curator, Opinion::Recommend, &[MADE_UP + 100_000]);
                    world.thinks(curator, Opinion::Distrust, &ROOTS);
                }
            });
        }
        self.with("a curator without a path copies the lists of all others", 10, |world, names| {
            let copied: Vec<_> =
                world.speakers.iter().flat_map(|it| it.entries.iter().cloned()).collect();
            let [copyist] = strangers(1)[..] else { return };
            let entries = &mut world.speaker(copyist).entries;
            for entry in copied {
                if entries.iter().all(|known| known.server_name != entry.server_name) {
                    entries.push(entry);
                }
            }
            world.says(copyist, Verdict::Endorse, names, 10);
        });
    }

    fn bought(&mut self) {
        for count in [1, 10, 50] {
            let name = format!("a recommended curator sells endorsements: {count}");
            self.with(&name, count, |world, names| {
                world.says(FIRST_HOP[0], Verdict::Endorse, names, 40);
            });
        }
        self.with("a curator two recommendations away sells 10", 10, |world, names| {
            world.says(SECOND_HOP[0], Verdict::Endorse, names, 40);
        });
        for count in [10, 100] {
            let name = format!("{count} curators behind one recommended curator endorse 10");
            self.with(&name, 10, |world, names| {
                let curators = strangers(count);
                world.thinks(FIRST_HOP[0], Opinion::Recommend, &curators);
                world.says(FIRST_HOP[0], Verdict::Endorse, names, 40);
                for curator in curators {
                    world.says(curator, Verdict::Endorse, names, 40);
                }
            });
        }
        for (count, bought) in [(2, &FIRST_HOP[..2]), (4, &FIRST_HOP[..4])] {
            let name = format!("{count} recommended curators sell 10 each");
            self.with(&name, 10, |world, names| {
                for curator in bought {
                    world.says(*curator, Verdict::Endorse, names, 40);
                }
            });
        }
    }

    fn stolen(&mut self) {
        let best = self.best;
        self.with("the stolen key of a root: endorses 10", 10, |world, names| {
            world.says(ROOTS[0], Verdict::Endorse, names, 40);
        });
        self.with("… and recommends 4 curators who endorse them", 10, |world, names| {
            takes_over(world, names);
        });
        self.with("… and rejects 10, distrusts whom others recommend", 10, |world, names| {
            takes_over(world, names);
            world.says(ROOTS[0], Verdict::Reject, best, 10);
            world.thinks(ROOTS[0], Opinion::Distrust, &FIRST_HOP);
        });
        // Names that are well endorsed, and names for which nobody has signed a profile yet. None
        // of them serves what was signed for it.
        self.with("profiles signed for the names of 20 other servers", 0, |world, _| {
            let silent = world.homes.iter().filter(|home| home.openness == 0).take(10);
            world.forged = silent.map(|home| home.name.clone()).chain(best.to_vec()).collect();
        });
    }

    fn farms(&mut self) {
        for count in [10, 50, 200] {
            for is_known in [true, false] {
                let who = if is_known { "known to be one" } else { "as many names" };
                let name = format!("{count} endorsed servers of one operator, {who}");
                self.with(&name, count, |world, names| {
                    if is_known {
                        let first = world.home(&names[0]).clone();
                        for name in names {
                            let home = world.home_mut(name);
                            home.operator = first.operator;
                            home.issuer = first.issuer.clone();
                        }
                    }
                    endorsed_twice(world, names);
                });
            }
        }
    }

    fn lies(&mut self) {
        let best = self.best;
        self.with(
            "10 endorsed servers that claim everything; bad, old, closed",
            10,
            |world, names| {
                endorsed_twice(world, names);
                runs_badly(world, names);
            },
        );
        for count in [1, 2] {
            let name = format!("… and {count} of 3 observers lying for them and against 10");
            self.with(&name, 10, |world, names| {
                endorsed_twice(world, names);
                runs_badly(world, names);
                for observer in &OBSERVERS[..count] {
                    for name in names {
                        let told = Home::perfect(name.clone(), 0).measured();
                        world.lies.push(Lie { observer: *observer, told });
                    }
                    for name in best {
                        let told = down(world.home(name));
                        world.lies.push(Lie { observer: *observer, told });
                    }
                }
            });
        }
    }

    fn bombs(&mut self) {
        let best = self.best;
        let far = &SECOND_HOP[..1];
        let bombs = [
            ("a curator two recommendations away warns about 10", far, Verdict::Warn),
            ("a curator two recommendations away rejects 10", far, Verdict::Reject),
            ("a recommended curator warns about 10", &FIRST_HOP[..1], Verdict::Warn),
            ("a recommended curator rejects 10", &FIRST_HOP[..1], Verdict::Reject),
            ("3 recommended curators warn about 10", &FIRST_HOP[..3], Verdict::Warn),
        ];
        for (name, bought, verdict) in bombs {
            self.with(name, 0, |world, _| {
                for curator in bought {
                    world.says(*curator, verdict, best, 10);
                }
            });
        }
        self.with("100 curators without a path warn about 10", 0, |world, _| {
            for curator in strangers(100) {
                world.says(curator, Verdict::Warn, best, 10);
            }
        });
    }

    fn domains(&mut self) {
        let waits = [
            ("10 new domains, reviewed today by 2 sold curators", 3, 0),
            ("10 new domains, the review dated back 40 days", 3, 40),
            ("10 old domains, known to observers, reviewed today", 400, 0),
        ];
        for (name, known_days, days_ago) in waits {
            self.with(name, 10, |world, names| {
                for name in names {
                    world.home_mut(name).known_days = known_days;
                }
                for curator in &FIRST_HOP[..2] {
                    world.says(*curator, Verdict::Endorse, names, days_ago);
                }
            });
        }
        for days in [3, 40] {
            let best = self.best;
            let name = format!("10 endorsed domains taken over {days} days ago");
            self.with(&name, 0, |world, _| {
                for (number, name) in (0..).zip(best) {
                    let thief = Home::perfect(name.clone(), MADE_UP + number);
                    let home = world.home_mut(name);
                    let known_days = home.known_days.max(days + 1);
                    *home = Home { known_days, taken_days: Some(days), ..thief };
                }
            });
            if let Some(case) = self.cases.last_mut() {
                case.attackers = best.to_vec();
            }
        }
    }
}

/// Curators whom nobody recommends.
fn strangers(count: u32) -> Vec<u32> {
    (0..count).map(|number| MADE_UP + 100_000 + number).collect()
}

/// Endorsed by two roots, as good servers are.
fn endorsed_twice(world: &mut World, names: &[String]) {
    for root in &ROOTS[..2] {
        world.says(*root, Verdict::Endorse, names, 40);
    }
}

/// A thief of the first root's key endorses servers, also through voices of its own making.
fn takes_over(world: &mut World, names: &[String]) {
    let made_up = strangers(4);
    world.says(ROOTS[0], Verdict::Endorse, names, 40);
    world.thinks(ROOTS[0], Opinion::Recommend, &made_up);
    for curator in made_up {
        world.says(curator, Verdict::Endorse, names, 40);
    }
}

fn runs_badly(world: &mut World, names: &[String]) {
    for name in names {
        let home = world.home_mut(name);
        (home.answers, home.version, home.is_open) = (600, "1.120.0", false);
    }
}

/// What an observer says of a server that it wants to be thought of as gone.
fn down(home: &Home) -> Observation {
    let bad = Home { answers: 0, version: "1.120.0", is_open: false, ..home.clone() };
    Observation { tls_expires_at: Some(now()), ..bad.measured() }
}
