//! Numbers of things, as people write them.

use super::safe::SafeText;
use crate::safe_format;

/// `1 message`, `12 messages`.
pub fn counted(number: usize, thing: &'static str) -> SafeText {
    safe_format!("{} {}{}", number, thing, if number == 1 { "" } else { "s" })
}
