//! Moves everything dated in a body with the clock.

use serde_json::Value;
use wellspring_document::{Body, Date, Timestamp};

/// The body with every date and every time in it `days` later. Times of the day stay.
///
/// A text is a date or a time where it is exactly that: no prose is `2026-11-01`.
pub(super) fn moved<T: Body>(body: &T, days: i64) -> Result<T, serde_json::Error> {
    let mut value = serde_json::to_value(body)?;
    move_all(&mut value, days);
    serde_json::from_value(value)
}

fn move_all(value: &mut Value, days: i64) {
    match value {
        Value::String(text) => {
            if let Ok(date) = text.parse::<Date>() {
                *text = date.plus_days(days).to_string();
            } else if let Ok(moment) = text.parse::<Timestamp>() {
                *text = moment.plus_days(days).to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_all(item, days)),
        Value::Object(members) => members.values_mut().for_each(|member| move_all(member, days)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_and_times_move_and_nothing_else_does() {
        let mut value = json!({
            "day": "2024-02-28",
            "list": [{ "moment": "2026-12-31T23:59:59Z" }],
            "prose": "since 2024-02-28",
            "number": 20_240_228,
            "link": "https://lindenhof.example/2024-02-28",
        });
        move_all(&mut value, 1);
        assert_eq!(
            value,
            json!({
                "day": "2024-02-29",
                "list": [{ "moment": "2027-01-01T23:59:59Z" }],
                "prose": "since 2024-02-28",
                "number": 20_240_228,
                "link": "https://lindenhof.example/2024-02-28",
            })
        );
        move_all(&mut value, -1);
        assert_eq!(value["day"], "2024-02-28");
    }
}
