//! A picture of how times grow.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use crate::Row;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 480.0;
const MARGIN: f64 = 60.0;
/// The powers of ten at the ends of the axes: servers, and microseconds.
const SERVERS: (f64, f64) = (3.0, 6.0);
const MICROSECONDS: (f64, f64) = (0.0, 7.0);

/// Writes the times over the numbers of servers, both by powers of ten: what grows in
/// proportion rises like the grey lines.
pub(crate) fn write(rows: &[Row]) -> PathBuf {
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>"##
    );
    axes(&mut svg).unwrap();
    let lines: [Line; 4] = [
        ("stream", "#777777", |row| row.stream),
        ("endorsements", "#2e7d32", |row| row.endorsements),
        ("view", "#b3261e", |row| row.view),
        ("index", "#1a5fb4", |row| row.index),
    ];
    for line in lines {
        draw(&mut svg, rows, line).unwrap();
    }
    svg.push_str("</svg>\n");
    // The benchmark itself stands in `release/deps` of the folder for what cargo makes.
    let program = std::env::current_exe().unwrap();
    let path = program.ancestors().nth(3).unwrap().join("rank.svg");
    std::fs::write(&path, svg).unwrap();
    path
}

type Line = (&'static str, &'static str, fn(&Row) -> Duration);

fn x(servers: f64) -> f64 {
    let (from, to) = SERVERS;
    MARGIN + (servers.log10() - from) / (to - from) * (WIDTH - 2.0 * MARGIN)
}

fn y(microseconds: f64) -> f64 {
    let (from, to) = MICROSECONDS;
    let share = (microseconds.max(1.0).log10() - from) / (to - from);
    HEIGHT - MARGIN - share * (HEIGHT - 2.0 * MARGIN)
}

fn axes(svg: &mut String) -> std::fmt::Result {
    for servers in [1e3, 1e4, 1e5, 1e6] {
        let (x, y) = (x(servers), HEIGHT - MARGIN + 20.0);
        write!(svg, r#"<text x="{x}" y="{y}" text-anchor="middle">{servers} servers</text>"#)?;
    }
    let names = ["1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"];
    let mut time = 1.0;
    for name in names {
        let (left, right, y) = (MARGIN, WIDTH - MARGIN, y(time));
        write!(svg, r#"<text x="{}" y="{}" text-anchor="end">{name}</text>"#, left - 6.0, y + 4.0)?;
        write!(svg, r##"<path d="M{left} {y}H{right}" stroke="#eee"/>"##)?;
        if time <= 1e4 {
            let (x0, x1, y1) = (x(1e3), x(1e6), self::y(time * 1e3));
            write!(svg, r##"<path d="M{x0} {y}L{x1} {y1}" stroke="#ddd"/>"##)?;
        }
        time *= 10.0;
    }
    Ok(())
}

fn draw(svg: &mut String, rows: &[Row], (name, colour, time): Line) -> std::fmt::Result {
    let at = |row: &Row| (x(f64::from(row.servers)), y(time(row).as_secs_f64() * 1e6));
    let points: Vec<_> = rows.iter().map(at).collect();
    let joined: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let joined = joined.join(" ");
    write!(svg, r#"<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>"#)?;
    let Some((x, y)) = points.last() else { return Ok(()) };
    write!(svg, r#"<text x="{}" y="{}" fill="{colour}">{name}</text>"#, x + 4.0, y - 6.0)
}
