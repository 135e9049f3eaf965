//! Places in a list, as texts that a program hands back as they are.

use super::asked::bad_cursor;
use crate::index::{ListPlace, Summary};
use crate::model::{Hash, Timestamp, Uuid};
use crate::server::fault::Fault;
use base64ct::{Base64UrlUnpadded, Encoding};

/// More than any place needs.
const MAX_CURSOR: usize = 4096;

/// The place of a thread in the list of the last changed.
pub(super) fn of_thread(thread: &Summary) -> String {
    let ListPlace {
        updated_at,
        id,
        path,
        owner,
    } = ListPlace::of(thread);
    written(&[&updated_at, &id, &path, &owner.to_string()])
}

/// The place that a cursor names.
///
/// # Errors
/// It names none.
pub(super) fn thread_place(cursor: &str) -> Result<ListPlace, Fault> {
    let [updated_at, id, path, owner] = read(cursor)?;
    let owner = owner.parse().map_err(|_| bad_cursor())?;
    Ok(ListPlace {
        updated_at,
        id,
        path,
        owner,
    })
}

/// A message, and where it stands among all.
pub(super) fn of_message(message: &Uuid, place: usize) -> String {
    written(&[&message.to_string(), &place.to_string()])
}

/// The message that a cursor names, and where it stood.
///
/// # Errors
/// It names none.
pub(super) fn message_place(cursor: &str) -> Result<(Uuid, usize), Fault> {
    let [message, place] = read(cursor)?;
    let message = message.parse().map_err(|_| bad_cursor())?;
    let place = place.parse().map_err(|_| bad_cursor())?;
    Ok((message, place))
}

/// The place of a draft in the list of the last changed.
pub(super) fn of_draft((updated_at, id): &(Timestamp, Hash)) -> String {
    written(&[&updated_at.to_string(), &id.to_string()])
}

/// The place that a cursor names.
///
/// # Errors
/// It names none.
pub(super) fn draft_place(cursor: &str) -> Result<(Timestamp, Hash), Fault> {
    let [updated_at, id] = read(cursor)?;
    let updated_at = Timestamp::read(&updated_at).ok_or_else(bad_cursor)?;
    let id = id.parse().map_err(|_| bad_cursor())?;
    Ok((updated_at, id))
}

/// A place in a file.
pub(super) fn of_offset(offset: u64) -> String {
    written(&[&offset.to_string()])
}

/// The place in a file that a cursor names.
///
/// # Errors
/// It names none.
pub(super) fn offset(cursor: &str) -> Result<u64, Fault> {
    let [offset] = read(cursor)?;
    offset.parse().map_err(|_| bad_cursor())
}

/// A number of things that were passed over.
pub(super) fn of_number(number: usize) -> String {
    written(&[&number.to_string()])
}

/// The number that a cursor names, if it is not beyond the most.
///
/// # Errors
/// It names none.
pub(super) fn number(cursor: &str, most: usize) -> Result<usize, Fault> {
    let [number] = read(cursor)?;
    let number: usize = number.parse().map_err(|_| bad_cursor())?;
    if number > most {
        return Err(bad_cursor());
    }
    Ok(number)
}

fn written(parts: &[&str]) -> String {
    let text = serde_json::to_string(parts).expect("texts are always writable");
    Base64UrlUnpadded::encode_string(text.as_bytes())
}

fn read<const PARTS: usize>(cursor: &str) -> Result<[String; PARTS], Fault> {
    if cursor.len() > MAX_CURSOR {
        return Err(bad_cursor());
    }
    let text = Base64UrlUnpadded::decode_vec(cursor).map_err(|_| bad_cursor())?;
    let parts: Vec<String> = serde_json::from_slice(&text).map_err(|_| bad_cursor())?;
    parts.try_into().map_err(|_| bad_cursor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_its_cursor_and_nothing_else_does() {
        let place = written(&["2025", "thread_1", "a/b.json", &"5a".repeat(32)]);
        assert_eq!(thread_place(&place).unwrap().id, "thread_1");
        assert_eq!(number(&of_number(7), 10).unwrap(), 7);
        assert!(number(&of_number(11), 10).is_err());
        let too_few = written(&["2025", "thread_1"]);
        let no_key = written(&["2025", "thread_1", "a/b.json", "5a"]);
        for bad in ["", "x", "*", &too_few, &no_key, &"A".repeat(5000)] {
            assert!(thread_place(bad).is_err(), "{bad}");
            assert!(number(bad, 10).is_err(), "{bad}");
        }
    }
}
