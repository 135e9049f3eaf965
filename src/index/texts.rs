//! What was said, as it rests in the index: the texts of neighbouring messages together, deflated.
//! Alone they are too short to be made much smaller.
//!
//! A group holds, deflated, how many texts there are, how long each is, and the texts.

use super::IndexError;
use crate::model::MAX_FILE_BYTES;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{self, Read, Write};

/// A group is closed when its texts are so long: longer ones are hardly made smaller, and all that
/// stands before a text is inflated to read it.
const FULL: usize = 16 * 1024;
/// Level 6 takes twice as long for 5 % less.
const LEVEL: u32 = 1;

/// Texts of neighbouring messages, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextGroup {
    /// Where the first of them stands among those that were packed.
    pub(super) first: usize,
    pub(super) packed: Vec<u8>,
}

/// Packs texts in their order.
pub(super) fn pack<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<TextGroup> {
    let mut groups = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut first = 0;
    let mut length = 0;
    for text in texts {
        open.push(text);
        length += text.len();
        if length >= FULL {
            groups.push(TextGroup::of(first, &open));
            first += open.len();
            open.clear();
            length = 0;
        }
    }
    if !open.is_empty() {
        groups.push(TextGroup::of(first, &open));
    }
    groups
}

impl TextGroup {
    fn of(first: usize, texts: &[&str]) -> Self {
        let packed = deflate(texts).expect("memory takes all that is written");
        Self { first, packed }
    }
}

fn deflate(texts: &[&str]) -> io::Result<Vec<u8>> {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::new(LEVEL));
    let number = |length: usize| {
        let length = u32::try_from(length).map_err(io::Error::other)?;
        Ok::<_, io::Error>(length.to_le_bytes())
    };
    out.write_all(&number(texts.len())?)?;
    for text in texts {
        out.write_all(&number(text.len())?)?;
    }
    for text in texts {
        out.write_all(text.as_bytes())?;
    }
    out.finish()
}

/// One text of a group.
///
/// # Errors
/// The group is damaged: it does not inflate, or has no such text.
pub(super) fn unpack(packed: &[u8], wanted: usize) -> Result<String, IndexError> {
    inflate(packed, wanted).map_err(IndexError::Text)
}

fn inflate(packed: &[u8], wanted: usize) -> io::Result<String> {
    let mut from = DeflateDecoder::new(packed);
    let count = read_number(&mut from)?;
    if wanted as u64 >= count {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // A file's texts have no more bytes than the file. Whoever can write the index can say so.
    let most = MAX_FILE_BYTES as u64;
    let mut before = 0_u64;
    let mut length = 0;
    for place in 0..count {
        let other = read_number(&mut from)?;
        if count > most || other > most || before > most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if place < wanted as u64 {
            before += other;
        } else if place == wanted as u64 {
            length = other;
        }
    }
    let skipped = io::copy(&mut from.by_ref().take(before), &mut io::sink())?;
    let mut text = String::new();
    let read = from.take(length).read_to_string(&mut text)?;
    if skipped != before || read as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(text)
}

fn read_number(from: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_text_comes_back(texts in prop::collection::vec("\\PC{0,9}|[a-c\0]{0,9000}", 0..9)) {
            let groups = pack(texts.iter().map(String::as_str));
            let mut back = Vec::new();
            for (number, group) in groups.iter().enumerate() {
                prop_assert_eq!(group.first, back.len());
                let end = groups.get(number + 1).map_or(texts.len(), |next| next.first);
                for place in 0..end - group.first {
                    back.push(unpack(&group.packed, place).unwrap());
                }
                prop_assert!(unpack(&group.packed, end - group.first).is_err());
            }
            prop_assert_eq!(back, texts);
        }

        #[test]
        fn a_damaged_group_is_an_error_and_no_panic(
            place in 0..200_usize,
            byte in any::<u8>(),
            end in 0..200_usize,
        ) {
            let texts = ["what was said", "and what was answered, at some length", ""];
            let mut packed = TextGroup::of(0, &texts).packed;
            let length = packed.len();
            packed[place % length] ^= byte;
            packed.truncate(1 + end);
            for (wanted, text) in texts.iter().enumerate() {
                // Deflate has no checksum: another text may come of it, never more than was packed.
                if let Ok(read) = unpack(&packed, wanted) {
                    prop_assert!(byte != 0 || read == *text);
                }
            }
        }
    }

    #[test]
    fn a_text_larger_than_any_file_is_refused_before_it_is_inflated() {
        let mut claim = DeflateEncoder::new(Vec::new(), Compression::fast());
        let length = u32::try_from(MAX_FILE_BYTES + 1).unwrap();
        for number in [1, length] {
            claim.write_all(&number.to_le_bytes()).unwrap();
        }
        claim.write_all(&vec![b'x'; MAX_FILE_BYTES + 1]).unwrap();
        assert!(unpack(&claim.finish().unwrap(), 0).is_err());
    }

    #[test]
    fn a_group_that_claims_much_and_holds_little_is_refused() {
        let mut claim = DeflateEncoder::new(Vec::new(), Compression::fast());
        claim.write_all(&u32::MAX.to_le_bytes()).unwrap();
        assert!(unpack(&claim.finish().unwrap(), 3).is_err());
    }
}
