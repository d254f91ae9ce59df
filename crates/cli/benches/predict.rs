//! How well the score of a past day tells which servers are still there half a year later,
//! beside what uptime alone tells. It does what a person would: imports a history, ranks it on
//! several days, and looks who answered later.
//!
//! ```sh
//! cargo bench -p wellspring-cli --bench predict -- history.jsonl.gz
//! ```
//!
//! Each figure is the area under the curve (AUC): of all pairs of a server that stayed and one
//! that did not, the share in which the one that stayed stood higher; of two that stood level,
//! half. 0.5 is chance, 1 is perfect.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where it fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wellspring_document::Timestamp;

/// How much later is looked, in days; less where the history ends before.
const LATER_DAYS: i64 = 182;
/// The shortest time between a day and the look back at it.
const SHORTEST_DAYS: i64 = 60;
/// How much of the history comes before the first day, and between one and the next.
const FIRST_DAYS: i64 = 30;
const STEP_DAYS: i64 = 15;

fn main() {
    let Some(file) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        println!("skipped: name a history: cargo bench -p wellspring-cli --bench predict -- FILE");
        return;
    };
    // Benchmarks run in the folder of their package; the file was named from that of the workspace.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let scratch = tempfile::tempdir().unwrap();
    let archive = scratch.path().join("archive");
    let imported = json(
        wellspring()
            .args(["observer", "import", "--json", "--to"])
            .arg(&archive)
            .arg(workspace.join(file)),
    );
    let moment = |member: &str| imported[member].as_str().unwrap().parse::<Timestamp>().unwrap();
    let (from, until) = (moment("from"), moment("until"));
    println!("{} checks from {from} to {until}", imported["checks"]);

    let mut listed = Table::new("servers that answered within 24 hours");
    let mut known = Table::new("servers that answered within 90 days");
    let mut day = from.plus_days(FIRST_DAYS);
    while until >= day.plus_days(SHORTEST_DAYS) {
        let later = until.min(day.plus_days(LATER_DAYS));
        let stayed = Day::of(&archive, later);
        let day_seen = Day::of(&archive, day);
        listed.add(day, &day_seen, &stayed, |server| server.answered_today);
        known.add(day, &day_seen, &stayed, |_| true);
        day = day.plus_days(STEP_DAYS);
    }
    listed.print();
    known.print();
}

fn wellspring() -> Command {
    Command::new(env!("CARGO_BIN_EXE_wellspring"))
}

fn json(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.stdout.is_empty(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What was shown of each server on a day.
struct Day(BTreeMap<String, Server>);

struct Server {
    answered_today: bool,
    answered_this_week: bool,
    /// What is compared, in the order of [`SIGNALS`].
    signals: [f64; SIGNALS.len()],
}

const SIGNALS: [&str; 3] = ["score", "up 30 d", "up 90 d"];

impl Day {
    fn of(archive: &Path, at: Timestamp) -> Self {
        let policy: PathBuf = archive.join("policy.toml");
        let mut command = wellspring();
        command.args(["rank", "--json", "--now", &at.to_string()]);
        let view = json(command.arg("--archive").arg(archive).arg("--policy").arg(policy));
        let servers = view["servers"].as_array().unwrap();
        Self(servers.iter().map(|it| (it["server_name"].to_string(), Server::of(it))).collect())
    }
}

impl Server {
    fn of(server: &Value) -> Self {
        let window = |window: &str| &server["measured"]["uptime"][window];
        let share = |name: &str| window(name)["share"].as_f64().unwrap_or(0.0);
        let is_answered = |name: &str| share(name) > 0.0;
        Self {
            answered_today: is_answered("24h"),
            answered_this_week: is_answered("7d"),
            signals: [server["score"].as_f64().unwrap_or(0.0), share("30d"), share("90d")],
        }
    }
}

struct Table {
    title: &'static str,
    rows: Vec<(String, usize, usize, [f64; SIGNALS.len()])>,
}

impl Table {
    const fn new(title: &'static str) -> Self {
        Self { title, rows: Vec::new() }
    }

    fn add(&mut self, at: Timestamp, day: &Day, later: &Day, counts: impl Fn(&Server) -> bool) {
        let is_there =
            |name: &String| later.0.get(name).is_some_and(|server| server.answered_this_week);
        let servers = day.0.iter().filter(|(_, server)| counts(server));
        let (stayed, gone): (Vec<_>, Vec<_>) = servers.partition(|(name, _)| is_there(name));
        if stayed.is_empty() || gone.is_empty() {
            return;
        }
        let auc = |signal: usize| {
            let of = |servers: &[(&String, &Server)]| -> Vec<f64> {
                servers.iter().map(|(_, server)| server.signals[signal]).collect()
            };
            area(&of(&stayed), &of(&gone))
        };
        let row = (at.date().to_string(), stayed.len(), gone.len(), [auc(0), auc(1), auc(2)]);
        self.rows.push(row);
    }

    fn print(&self) {
        println!("\nAUC over {}\nday         stayed  gone", self.title);
        println!("{:24}{}", "", SIGNALS.map(|signal| format!("{signal:>9}")).concat());
        let figures =
            |figures: &[f64; SIGNALS.len()]| figures.map(|it| format!("{it:9.3}")).concat();
        let mut sums = [0.0; SIGNALS.len()];
        for (day, stayed, gone, areas) in &self.rows {
            println!("{day}  {stayed:6}  {gone:4}{}", figures(areas));
            sums.iter_mut().zip(areas).for_each(|(sum, area)| *sum += area);
        }
        #[expect(clippy::cast_precision_loss, reason = "some ten days")]
        let mean = sums.map(|sum| sum / self.rows.len().max(1) as f64);
        println!("{:24}{}", "mean", figures(&mean));
    }
}

/// Of all pairs of one of each, the share in which the first is larger; level ones count half.
#[expect(clippy::cast_precision_loss, reason = "pairs of some thousand servers")]
fn area(stayed: &[f64], gone: &[f64]) -> f64 {
    let points = stayed.iter().flat_map(|stayed| {
        gone.iter().map(move |gone| if stayed > gone { 2_u64 } else { u64::from(stayed >= gone) })
    });
    points.sum::<u64>() as f64 / (2 * stayed.len() * gone.len()) as f64
}
