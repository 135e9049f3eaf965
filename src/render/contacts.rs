//! People: their cards and the contacts.

use super::counted::counted;
use super::safe::SafeText;
use crate::model::{Card, PublicKey};
use crate::safe_format;
use crate::sign;
use crate::workspace::{AfterSuccession, Contact, ContactError, ShownNames, Succession};
use serde_json::{Value, json};

/// So wide is a word with its number.
const WORD_COLUMNS: usize = 16;
/// More words never stand beside each other.
const MOST_COLUMNS: usize = 4;
/// So much of a name is shown.
const NAME: usize = 40;

/// A contact, and what is wrong with the card that is there now.
pub struct Listed {
    /// The contact.
    pub contact: Contact,
    /// What their card says that it must not.
    pub problem: Option<ContactError>,
    /// Whether another key says to have taken the place of theirs.
    pub succession: Succession,
}

/// What someone is called, with the beginning of their key.
pub fn called(name: &str, key: &PublicKey) -> SafeText {
    let short = key.short();
    if name.is_empty() {
        return safe_format!("{}…", SafeText::shown(short));
    }
    let name = SafeText::line(name).shortened(NAME);
    safe_format!("{} ({}…)", name, SafeText::shown(short))
}

/// A card, for people.
pub fn card(card: &Card) -> SafeText {
    let name = if card.name.is_empty() {
        "(no name yet)".into()
    } else {
        SafeText::line(&card.name)
    };
    let mut text = safe_format!("🪪 {}\n   Key: {}\n", name, card.author());
    text += safe_format!("   Encryption key: {}\n", card.encryption);
    for entry in &card.succeeds {
        text += safe_format!("   Takes the place of {}\n", entry.key);
    }
    for entry in &card.succeeded_by {
        text += safe_format!("   Its place took {}\n", entry.key);
    }
    if !card.retired.is_empty() {
        text += safe_format!("   {}\n", counted(card.retired.len(), "retired agent key"));
    }
    text
}

/// All contacts, for people.
pub fn list(contacts: &[Listed]) -> SafeText {
    let mut names = ShownNames::default();
    for Listed { contact, .. } in contacts {
        names.add(contact.key, &contact.name);
    }
    let mut text = safe_format!("👥 Contacts ({} total)\n\n", contacts.len());
    for listed in contacts {
        let Listed {
            contact, problem, ..
        } = listed;
        let is_alike = !contact.name.is_empty() && names.is_shared(&contact.name);
        let who = if is_alike {
            let key = contact.key;
            safe_format!("{} {}", SafeText::line(&contact.name).shortened(NAME), key)
        } else {
            called(&contact.name, &contact.key)
        };
        text += safe_format!("{} - {}\n", who, state(contact));
        if let Some(problem) = problem {
            text += safe_format!("   ❌ {}\n", SafeText::shown(problem));
        }
        text += succession(&listed.succession, contacts);
    }
    text
}

fn succession(succession: &Succession, contacts: &[Listed]) -> SafeText {
    match succession {
        Succession::None => "".into(),
        Succession::Claimed(newer) => safe_format!(
            "   ❓ {} says that it takes their place. Ask them, and compare keys before you believe it\n",
            newer
        ),
        Succession::Stands(newer) => safe_format!("   → {} took their place\n", newer),
        Succession::OneSided(newer) => {
            let known = contacts.iter().map(|listed| &listed.contact);
            let claiming = known.filter(|contact| contact.key == *newer);
            let name = claiming.map(|contact| &contact.name[..]).next();
            safe_format!(
                "   ❌ only the card of {} says that it takes their place, and theirs does not: \
                 what they sign since counts for nothing. Ask both\n",
                called(name.unwrap_or_default(), newer)
            )
        }
        Succession::Contested(keys) => {
            let keys = keys.iter().map(|key| safe_format!("{}", key));
            safe_format!(
                "   ❌ several keys say that they take their place, and none is believed: {}\n",
                SafeText::joined(keys, ", ")
            )
        }
    }
}

/// That some of a thread counts for nothing, since another key had taken its signer's place.
pub fn signed_after_end(after: AfterSuccession) -> SafeText {
    safe_format!(
        "⚠️  {}… signed some of this after {}… had taken its place: that counts for nothing",
        SafeText::shown(after.older.short()),
        SafeText::shown(after.newer.short())
    )
}

/// The same of a whole branch.
pub fn beyond_its_end(beyond: AfterSuccession) -> SafeText {
    safe_format!(
        "⚠️  The branch of {}… goes on after {}… had taken its place: what it says since counts for \
         nothing",
        SafeText::shown(beyond.older.short()),
        SafeText::shown(beyond.newer.short())
    )
}

fn state(contact: &Contact) -> &'static str {
    match (contact.verified, contact.encryption) {
        (true, _) => "✅ verified",
        (false, Some(_)) => "not verified",
        (false, None) => "not verified; no card seen yet",
    }
}

/// All contacts, for programs.
pub fn list_json(contacts: &[Listed]) -> Value {
    let one = |listed: &Listed| json(&listed.contact, listed.problem.as_ref(), &listed.succession);
    let contacts: Vec<Value> = contacts.iter().map(one).collect();
    json!({ "contacts": contacts })
}

/// One contact, for programs, with what is wrong with the card that is there now.
pub fn json(contact: &Contact, problem: Option<&ContactError>, succession: &Succession) -> Value {
    let keys = succession.keys();
    let keys: Vec<String> = keys.iter().map(PublicKey::to_string).collect();
    json!({
        "name": contact.name,
        "key": contact.key.to_string(),
        "fingerprint": sign::fingerprint(&contact.key),
        "encryption": contact.encryption.map(|key| key.to_string()),
        "verified": contact.verified,
        "added_at": contact.added_at.map(|time| time.to_string()),
        "problem": problem.map(ContactError::code),
        "succession": succession.code(),
        "successors": keys,
    })
}

/// Lines of words that are written down or read aloud: numbered, one column after the other.
pub fn numbered_words(words: &[&'static str], width: usize) -> impl Iterator<Item = SafeText> {
    let columns = (width / WORD_COLUMNS).clamp(1, MOST_COLUMNS);
    let rows = words.len().div_ceil(columns);
    (0..rows).map(move |row| {
        let mut line = SafeText::new();
        for place in (row..words.len()).step_by(rows) {
            line += safe_format!("{:>4}. {:<10}", place + 1, words[place]);
        }
        line.trimmed_end()
    })
}
