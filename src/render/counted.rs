//! Numbers of things, as people write them.

/// `1 message`, `12 messages`.
pub fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
