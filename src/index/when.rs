//! Points in time as people type them.

use crate::model::Timestamp;
use chrono::{DateTime, NaiveDate};

const DAY: i64 = 86_400_000;

/// Which end of a whole day is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayBoundary {
    /// Its first millisecond.
    Start,
    /// Its last.
    End,
}

/// Reads `2025-01-21`, `today`, `yesterday` (UTC), RFC 3339, or `30m`, `12h`, `7d`, `2w` before
/// `now`; milliseconds since 1970.
pub fn moment(text: &str, now: Timestamp, boundary: DayBoundary) -> Option<i64> {
    if let Some(time) = millis_of(text) {
        return Some(time);
    }
    if let Some(start) = start_of_day(text, now) {
        return Some(if boundary == DayBoundary::Start {
            start
        } else {
            start + DAY - 1
        });
    }
    let unit = match text.chars().last()? {
        'm' => DAY / 24 / 60,
        'h' => DAY / 24,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    let number = number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| number.parse::<i64>().ok())??;
    now.millis().checked_sub(number.checked_mul(unit)?)
}

fn start_of_day(text: &str, now: Timestamp) -> Option<i64> {
    let today = now.millis().div_euclid(DAY) * DAY;
    match text.to_ascii_lowercase().as_str() {
        "today" => Some(today),
        "yesterday" => Some(today - DAY),
        date => {
            let day = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
            Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
        }
    }
}

/// Milliseconds since 1970 of an RFC 3339 time, whichever way it is spelt.
pub fn millis_of(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|time| time.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_spans() {
        let now = Timestamp::from_millis(10 * DAY + 7);
        let read = |text| moment(text, now, DayBoundary::Start);
        assert_eq!(read("1970-01-03"), Some(2 * DAY));
        assert_eq!(
            moment("1970-01-03", now, DayBoundary::End),
            Some(3 * DAY - 1)
        );
        assert_eq!(read("1970-01-01T02:00:00+01:00"), Some(DAY / 24));
        assert_eq!(read("7d"), Some(3 * DAY + 7));
        assert_eq!(read("1w"), Some(3 * DAY + 7));
        assert_eq!(read("24h"), Some(9 * DAY + 7));
        assert_eq!(read("30m"), Some(10 * DAY + 7 - 1_800_000));
        assert_eq!(
            (read("today"), read("Yesterday")),
            (Some(10 * DAY), Some(9 * DAY))
        );
        assert_eq!(
            moment("yesterday", now, DayBoundary::End),
            Some(10 * DAY - 1)
        );
        for wrong in [
            "",
            "d",
            "-1d",
            "1.5d",
            "7 d",
            "soon",
            "2025-13-01",
            "99999999999999999999d",
            "9999999999999999w",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
