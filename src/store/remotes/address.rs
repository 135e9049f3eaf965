//! Where a remote is. Git takes many forms, and runs programs for some of them; only those that
//! lead to a repository are taken, and a password is never shown.

use std::fmt;
use std::path::Path;

/// The longest address.
const MAX_ADDRESS: usize = 4096;
/// What stands where a password was.
const HIDDEN: &str = "***";

/// Where a remote is.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    kind: AddressKind,
}

/// How one gets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AddressKind {
    /// A folder of this machine.
    Folder,
    /// By ssh.
    Ssh,
    /// By http or https.
    Web,
}

/// A text that is no address to which this program goes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// It is empty.
    #[error("the address is empty")]
    Empty,
    /// It has more bytes than any address needs.
    #[error("the address is too long")]
    TooLong,
    /// It has signs that are not seen.
    #[error("the address holds signs that can't be seen")]
    Unseen,
    /// It, or a part of it, could pass for an option of a program.
    #[error("the address, or a part of it, begins with a hyphen")]
    LikeAnOption,
    /// Another way of getting there, which may run any program, or which nothing protects.
    #[error("nothing is fetched by “{0}”")]
    OtherScheme(String),
    /// It leads to no host.
    #[error("the address names no host")]
    NoHost,
    /// It leads to no folder.
    #[error("the address names no repository")]
    NoPath,
    /// It leads to different places from different folders.
    #[error("the path is not a whole one")]
    RelativePath,
}

impl AddressFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "address-empty",
            Self::TooLong => "address-too-long",
            Self::Unseen => "address-with-unseen-signs",
            Self::LikeAnOption => "address-like-an-option",
            Self::OtherScheme(_) => "address-of-another-kind",
            Self::NoHost => "address-without-host",
            Self::NoPath => "address-without-path",
            Self::RelativePath => "address-relative",
        }
    }
}

/// A name and a password that stand in an address.
pub struct Login<'a> {
    /// `https`.
    pub scheme: &'a str,
    /// The name and the password, as the address has them.
    pub user: &'a str,
    /// The host, with its port.
    pub host: &'a str,
}

impl Address {
    /// Reads an address as it was typed, or as it stands in the settings.
    ///
    /// # Errors
    ///
    /// Why nobody goes there.
    pub fn read(text: &str) -> Result<Self, AddressFault> {
        if text.is_empty() {
            return Err(AddressFault::Empty);
        }
        if text.len() > MAX_ADDRESS {
            return Err(AddressFault::TooLong);
        }
        if text.chars().any(is_unseen) {
            return Err(AddressFault::Unseen);
        }
        if text.starts_with('-') {
            return Err(AddressFault::LikeAnOption);
        }
        let kind = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => kind_of_url(scheme, rest)?,
            _ => kind_of_short_form(text)?,
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// Whether it is a folder of this machine: then nothing leaves it.
    pub fn is_of_this_machine(&self) -> bool {
        self.kind == AddressKind::Folder
    }

    /// As it was read, a password included: for the settings alone.
    pub(in crate::store) fn with_login(&self) -> &str {
        &self.text
    }

    /// Without what logs in by http: other users of the machine can see a program's arguments.
    pub fn without_login(&self) -> String {
        match (self.kind, parts_of(&self.text)) {
            (AddressKind::Web, Some(parts)) => {
                format!("{}://{}{}", parts.scheme, parts.host, parts.path)
            }
            _ => self.text.clone(),
        }
    }

    /// What logs in by http, if it stands in the address.
    pub fn login(&self) -> Option<Login<'_>> {
        let parts = parts_of(&self.text).filter(|_| self.kind == AddressKind::Web)?;
        Some(Login {
            scheme: parts.scheme,
            user: parts.user?,
            host: parts.host,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.text))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// `https://me:secret@host/path?key=1` taken apart.
struct Parts<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    host: &'a str,
    path: &'a str,
}

fn parts_of(text: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    Some(Parts {
        scheme,
        user,
        host,
        path,
    })
}

/// An address without what lets anybody in: of a web address all that stands before the host, since
/// a name alone may be a key; of others the password.
pub(super) fn masked(text: &str) -> String {
    let Some(parts) = parts_of(text) else {
        return text.to_owned();
    };
    // A password with a slash in it ends the host too soon.
    let port = parts.host.rsplit_once(':').map(|(_, port)| port);
    let is_odd = port.is_some_and(|port| !port.chars().all(|sign| sign.is_ascii_digit()));
    if is_odd && !parts.host.ends_with(']') {
        return format!("{}://{HIDDEN}", parts.scheme);
    }
    let is_web = parts.scheme.to_ascii_lowercase().starts_with("http");
    let user = match parts.user {
        None => String::new(),
        Some(_) if is_web => format!("{HIDDEN}@"),
        Some(user) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:{HIDDEN}@"),
            None => format!("{user}@"),
        },
    };
    let path = match parts.path.split_once(['?', '#']) {
        Some((path, _)) if is_web => format!("{path}?{HIDDEN}"),
        _ => parts.path.to_owned(),
    };
    format!("{}://{user}{}{path}", parts.scheme, parts.host)
}

/// Control codes, and what changes how the rest is seen or is not seen itself.
fn is_unseen(sign: char) -> bool {
    sign.is_control()
        || matches!(sign,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|sign| sign.is_ascii_alphanumeric() || "+-.:".contains(sign))
}

fn kind_of_url(scheme: &str, rest: &str) -> Result<AddressKind, AddressFault> {
    let kind = match scheme {
        "file" => AddressKind::Folder,
        "ssh" => AddressKind::Ssh,
        "http" | "https" => AddressKind::Web,
        other => return Err(AddressFault::OtherScheme(other.to_owned())),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (user, host),
        None => ("", authority),
    };
    if user.starts_with('-') || host.starts_with('-') {
        return Err(AddressFault::LikeAnOption);
    }
    if host.is_empty() != (kind == AddressKind::Folder) {
        return Err(AddressFault::NoHost);
    }
    is_path_of_a_repository(path)?;
    Ok(kind)
}

/// A path, or `user@host:path`.
fn kind_of_short_form(text: &str) -> Result<AddressKind, AddressFault> {
    // `name::…` makes git start the program git-remote-name.
    if let Some((helper, _)) = text.split_once("::")
        && !helper.contains(['/', '['])
    {
        return Err(AddressFault::OtherScheme(format!("{helper}::")));
    }
    let Some((place, path)) = text.split_once(':').filter(|(host, _)| !host.contains('/')) else {
        return match Path::new(text).is_absolute() {
            true => is_path_of_a_repository(text).map(|()| AddressKind::Folder),
            false => Err(AddressFault::RelativePath),
        };
    };
    // `user@[::1]:path`: the host has colons of its own.
    let (place, path) = match text.split_once("]:") {
        Some((place, path)) if place.contains('[') => (place, path),
        _ => (place, path),
    };
    let (user, host) = place.rsplit_once('@').unwrap_or(("", place));
    if [user, host, path].iter().any(|part| part.starts_with('-')) {
        return Err(AddressFault::LikeAnOption);
    }
    if host.is_empty() {
        return Err(AddressFault::NoHost);
    }
    if path.is_empty() {
        return Err(AddressFault::NoPath);
    }
    Ok(AddressKind::Ssh)
}

fn is_path_of_a_repository(path: &str) -> Result<(), AddressFault> {
    match path.trim_matches('/') {
        "" => Err(AddressFault::NoPath),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_files_ssh_and_the_web_are_taken() {
        for (text, kind) in [
            ("/srv/threads.git", AddressKind::Folder),
            ("/srv/a b:c.git", AddressKind::Folder),
            ("file:///srv/threads.git", AddressKind::Folder),
            ("ssh://me@host:2222/threads.git", AddressKind::Ssh),
            ("ssh://[::1]:2222/threads.git", AddressKind::Ssh),
            ("git@host:me/threads.git", AddressKind::Ssh),
            ("me@[::1]:threads.git", AddressKind::Ssh),
            ("https://host/me/threads.git", AddressKind::Web),
            ("http://localhost:8080/threads.git", AddressKind::Web),
        ] {
            let read = Address::read(text).map(|address| address.kind);
            assert_eq!(read, Ok(kind), "{text}");
        }
    }

    #[test]
    fn what_could_run_a_program_or_hide_something_is_refused() {
        let long = format!("/{}", "a".repeat(MAX_ADDRESS));
        for (text, code) in [
            ("", "address-empty"),
            (long.as_str(), "address-too-long"),
            ("--upload-pack=touch /tmp/x", "address-like-an-option"),
            ("ssh://-oProxyCommand=x/y", "address-like-an-option"),
            ("ssh://-lme@host/y", "address-like-an-option"),
            ("-oProxyCommand=x:y", "address-like-an-option"),
            ("me@-host:y", "address-like-an-option"),
            ("host:--x", "address-like-an-option"),
            ("ext::sh -c touch% /tmp/x", "address-of-another-kind"),
            ("fd::3", "address-of-another-kind"),
            ("ext::ssh://host/x", "address-of-another-kind"),
            ("git://host/x", "address-of-another-kind"),
            ("ftp://host/x", "address-of-another-kind"),
            ("HTTPS://host/x", "address-of-another-kind"),
            ("https:///x", "address-without-host"),
            ("file://host/x", "address-without-host"),
            (":x", "address-without-host"),
            ("https://host", "address-without-path"),
            ("host:", "address-without-path"),
            ("/", "address-without-path"),
            ("threads.git", "address-relative"),
            ("../threads.git", "address-relative"),
            ("/srv/\u{1b}[2J", "address-with-unseen-signs"),
            ("/srv/\u{202e}tig", "address-with-unseen-signs"),
            ("https://host/x\n", "address-with-unseen-signs"),
        ] {
            let fault = Address::read(text).unwrap_err();
            assert_eq!(fault.code(), code, "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for (text, shown) in [
            ("https://me:secret@host/x", "https://***@host/x"),
            ("https://secret@host/x", "https://***@host/x"),
            ("https://me:se/cret@host/x", "https://***"),
            ("https://[::1]/x", "https://[::1]/x"),
            ("https://host/x?key=secret", "https://host/x?***"),
            ("https://host/a@b", "https://host/a@b"),
            ("ssh://git:secret@host/x", "ssh://git:***@host/x"),
            ("ssh://git@host/x", "ssh://git@host/x"),
            ("git@host:x", "git@host:x"),
            ("ext+https://me:secret@host/x", "ext+https://me:***@host/x"),
        ] {
            assert_eq!(masked(text), shown);
        }
        let address = Address::read("https://me:secret@host:8/x").unwrap();
        assert_eq!(format!("{address:?}"), "Address(https://***@host:8/x)");
        assert_eq!(address.without_login(), "https://host:8/x");
        assert_eq!(address.login().unwrap().user, "me:secret");
    }
}
