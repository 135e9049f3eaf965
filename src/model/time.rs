//! Points in time as the record writes them.

use chrono::{DateTime, SecondsFormat, Utc};
use std::fmt;

/// Milliseconds since 1970 UTC, written as RFC 3339 with exactly three decimals and `Z`.
///
/// A timestamp is its author's claim; nothing is ordered by it before `prev` has had its say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write.
const LAST_MILLISECOND: i64 = 253_402_300_799_999;

impl Timestamp {
    /// From milliseconds since 1970; what RFC 3339 can't write is moved to the nearest moment it
    /// can.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST_MILLISECOND))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The next millisecond; none after the last that RFC 3339 can write.
    pub fn next(self) -> Option<Self> {
        (!self.is_last()).then_some(Self(self.0 + 1))
    }

    /// Whether it is the last moment there is, as that of a clock beyond it.
    pub fn is_last(self) -> bool {
        self.0 == LAST_MILLISECOND
    }

    /// Reads the one accepted form; every other spelling of the same moment is refused, for the
    /// text is signed.
    pub fn read(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        let this = Self::from_millis(time.timestamp_millis());
        (this.to_string() == text).then_some(this)
    }

    /// Whole seconds, for people: `2025-01-21T10:30:00Z`.
    pub fn to_seconds_string(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The UTC moment.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0)
            .expect("from_millis keeps to years that chrono can hold")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        let text = "2025-01-21T10:00:00.123Z";
        assert_eq!(Timestamp::read(text).unwrap().to_string(), text);
        for bad in [
            "2025-01-21T10:00:00Z",
            "2025-01-21T10:00:00.1234Z",
            "2025-01-21T10:00:00.123+00:00",
            "2025-01-21t10:00:00.123Z",
            "2025-01-21 10:00:00.123Z",
            "2025-02-30T10:00:00.123Z",
            "1969-12-31T23:59:59.999Z",
            "",
        ] {
            assert_eq!(Timestamp::read(bad), None, "{bad}");
        }
    }
}
