//! Bytes to text, piece by piece, without ever cutting a character.

/// Holds back the bytes of a character that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    pending: Vec<u8>,
}

impl Decoder {
    /// The whole characters that are there now; what can't be UTF-8 becomes U+FFFD.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let whole = self.pending.len() - unfinished(&self.pending);
        let text = String::from_utf8_lossy(&self.pending[..whole]).into_owned();
        self.pending.drain(..whole);
        text
    }

    /// What is left when nothing more will come.
    pub(super) fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned()
    }
}

/// How many bytes at the end are the beginning of a character.
fn unfinished(bytes: &[u8]) -> usize {
    let end = bytes.len().saturating_sub(3);
    for (from_end, byte) in bytes[end..].iter().rev().enumerate() {
        let length = match byte {
            0x80..=0xbf => continue,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return 0,
        };
        let have = from_end + 1;
        return if have < length { have } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_pieces(bytes: &[u8], size: usize) -> (String, Vec<String>) {
        let mut decoder = Decoder::default();
        let mut pieces: Vec<String> = bytes
            .chunks(size)
            .map(|piece| decoder.push(piece))
            .collect();
        pieces.push(decoder.finish());
        (pieces.concat(), pieces)
    }

    #[test]
    fn characters_survive_any_cut() {
        let text = "a¢€😀z – „ja“ 日本\n";
        for size in 1..9 {
            assert_eq!(
                in_pieces(text.as_bytes(), size).0,
                text,
                "in pieces of {size}"
            );
        }
    }

    #[test]
    fn what_is_not_utf8_is_replaced_and_never_waited_for() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(
            decoder.push(b"\x80\x80\x80\x80"),
            "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(decoder.push(b"x\xf0\x9f"), "x");
        assert_eq!(decoder.finish(), "\u{fffd}");
    }
}
