//! How a text is made a sealed part's plain bytes, and back: deflated (RFC 1951), preceded by its
//! deflated length, padded with zeros to Padmé's length.

use super::{Closed, Room};
use crate::model::padded_length;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// How long the inside of a sealed part may be.
pub const MAX_INSIDE_BYTES: usize = 64 << 20;

/// Bytes that hold the deflated length.
const LENGTH: usize = 4;

/// Deflate makes no more than so many bytes of one.
const MOST_OF_ONE: usize = 1032;

/// Bytes inflated at a time.
const PIECE: usize = 32 * 1024;

/// Packs a text. `None` if it is too long to be opened again.
pub(super) fn pack(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > MAX_INSIDE_BYTES {
        return None;
    }
    let mut packed = vec![0; LENGTH];
    deflate(text, &mut packed);
    let length = u32::try_from(packed.len() - LENGTH).ok()?;
    packed[..LENGTH].copy_from_slice(&length.to_be_bytes());
    packed.resize(padded_length(packed.len()), 0);
    Some(packed)
}

/// Unpacks what `pack` made, or anybody else. What is inflated is taken from the room, whether it
/// comes to anything or not.
///
/// # Errors
/// Which rule of the form it breaks, or that there is no room for it.
pub(super) fn unpack(packed: &[u8], room: &mut Room) -> Result<Vec<u8>, Closed> {
    let (length, rest) = packed.split_first_chunk::<LENGTH>().ok_or(Closed::Length)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Closed::Length)?;
    let (deflated, zeros) = rest.split_at_checked(length).ok_or(Closed::Length)?;
    let is_padded_right = packed.len() == padded_length(LENGTH + length);
    if !is_padded_right || zeros.iter().any(|byte| *byte != 0) {
        return Err(Closed::Padding);
    }
    // What is too long is found out before any of it is kept.
    if deflated.len() > room.left() / MOST_OF_ONE {
        let mut measured = room.clone();
        if let Err(why) = inflate(deflated, &mut measured, |_| {}) {
            *room = measured;
            return Err(why);
        }
    }
    let mut text = Vec::new();
    inflate(deflated, room, |piece| text.extend_from_slice(piece))?;
    Ok(text)
}

fn deflate(text: &[u8], to: &mut Vec<u8>) {
    let mut compress = Compress::new(Compression::default(), false);
    loop {
        to.reserve(PIECE.min(text.len()).max(1));
        let done = usize::try_from(compress.total_in()).expect("no more than the text has");
        let status = compress.compress_vec(&text[done..], to, FlushCompress::Finish);
        if status.expect("deflating takes any text") == Status::StreamEnd {
            return;
        }
    }
}

fn inflate(deflated: &[u8], room: &mut Room, mut keep: impl FnMut(&[u8])) -> Result<(), Closed> {
    let mut decompress = Decompress::new(false);
    let mut piece = vec![0; PIECE];
    let mut length = 0;
    let mut read = 0;
    loop {
        let status = decompress.decompress(&deflated[read..], &mut piece, FlushDecompress::None);
        let status = status.map_err(|_| Closed::Deflate)?;
        let now = usize::try_from(decompress.total_in()).map_err(|_| Closed::Deflate)?;
        let all = usize::try_from(decompress.total_out()).map_err(|_| Closed::TooLong)?;
        room.take(all - length)?;
        keep(&piece[..all - length]);
        if status == Status::StreamEnd {
            return if now == deflated.len() {
                Ok(())
            } else {
                Err(Closed::Tail)
            };
        }
        if now == read && all == length {
            // The stream says that more follows, and nothing does.
            return Err(Closed::Deflate);
        }
        (read, length) = (now, all);
    }
}

#[cfg(test)]
mod tests;
