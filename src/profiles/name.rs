//! The names of profiles: what a person logs in with, and what their folder is called.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest name.
const LONGEST: usize = 32;

/// Names that mean something else: a person of that name would be taken for it.
const RESERVED: [&str; 8] = [
    "all",
    "anonymous",
    "local",
    "me",
    "mmogit",
    "profiles",
    "server",
    "system",
];

/// The name of a profile: 1 to 32 lower-case letters, digits, `-` and `_`, of which the last two
/// don't begin it. So no name leads out of a folder, no two are alike where case doesn't count, and
/// none looks like another of another script.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileName(String);

/// Why a text is no name of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadProfileName {
    /// It has no sign, too many, or others than these.
    #[error(
        "a profile's name has 1 to {LONGEST} lower-case letters (a-z), digits, - and _, and begins with a \
         letter or a digit"
    )]
    Form,
    /// It means something else.
    #[error("that name is taken by the program itself")]
    Reserved,
}

impl ProfileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = BadProfileName;

    fn from_str(text: &str) -> Result<Self, BadProfileName> {
        let is_plain = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit();
        let is_inside = |sign: u8| is_plain(sign) || sign == b'-' || sign == b'_';
        let has_form = text.len() <= LONGEST
            && text.bytes().next().is_some_and(is_plain)
            && text.bytes().all(is_inside);
        if !has_form {
            return Err(BadProfileName::Form);
        }
        if RESERVED.contains(&text) {
            return Err(BadProfileName::Reserved);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ProfileName {
    type Error = BadProfileName;

    fn try_from(text: String) -> Result<Self, BadProfileName> {
        text.parse()
    }
}

impl From<ProfileName> for String {
    fn from(name: ProfileName) -> Self {
        name.0
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_plain_form_are_taken_as_they_are() {
        let longest = "a".repeat(LONGEST);
        for good in ["a", "0", "ana", "ana-lima", "ana_lima", "7of9", &longest] {
            assert_eq!(good.parse::<ProfileName>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn no_name_is_a_path_or_looks_like_another() {
        let too_long = "a".repeat(LONGEST + 1);
        let endless = "../".repeat(100_000);
        let bad = [
            "",
            ".",
            "..",
            "../ana",
            "ana/..",
            "/etc",
            "ana/",
            "a/b",
            "a\\b",
            "a.b",
            "%2e%2e",
            "%2fetc",
            "ana\0",
            "\0",
            "ana\n",
            " ana",
            "ana ",
            "-ana",
            "_ana",
            "Ana",
            "ANA",
            "аna",
            "ana\u{200b}",
            "ａｎａ",
            "ana\u{301}",
            "é",
            "~",
            "~root",
            "a:b",
            "con ",
            "ana\u{202e}",
            &too_long,
            &endless,
        ];
        for text in bad {
            let refused = text.parse::<ProfileName>();
            assert_eq!(refused, Err(BadProfileName::Form), "{text:?}");
        }
    }

    #[test]
    fn reserved_names_are_refused() {
        for name in RESERVED {
            let refused = name.parse::<ProfileName>();
            assert_eq!(refused, Err(BadProfileName::Reserved), "{name}");
        }
    }
}
