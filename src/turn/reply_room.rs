//! How much of a reply is taken: by what it takes in a thread's file, where a control character is
//! six bytes. What is bounded by what is heard alone grows sixfold on its way to the disk.

use crate::backend::{Event, NoReply, Reply};

/// The room that is left for a reply while it comes.
pub(super) struct ReplyRoom {
    most: usize,
    left: usize,
    is_full: bool,
}

impl ReplyRoom {
    pub(super) fn of(most: usize) -> Self {
        Self {
            most,
            left: most,
            is_full: false,
        }
    }

    /// As much of what is said as there is room for.
    pub(super) fn admit<'e>(&mut self, event: Event<'e>) -> Event<'e> {
        let Event::Text(text) = event else {
            return event;
        };
        let Fit { bytes, taken } = Fit::of(text, self.left);
        self.left -= taken;
        self.is_full |= bytes < text.len();
        Event::Text(&text[..bytes])
    }

    /// Whether something was left out.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// The whole reply, or as much of it as there is room for, which is an interrupted one then.
    pub(super) fn cut(&self, mut reply: Reply) -> Reply {
        let Fit { bytes, .. } = Fit::of(&reply.text, self.most);
        if self.is_full || bytes < reply.text.len() {
            reply.text.truncate(bytes);
            reply.interrupted = Some(NoReply::NoRoom { most: self.most });
        }
        reply
    }
}

/// The beginning of a text that has room.
struct Fit {
    /// How long it is.
    bytes: usize,
    /// How much it takes in a file.
    taken: usize,
}

impl Fit {
    fn of(text: &str, room: usize) -> Self {
        let mut taken = 0;
        for (bytes, character) in text.char_indices() {
            let more = stored(character);
            if taken + more > room {
                return Self { bytes, taken };
            }
            taken += more;
        }
        Self {
            bytes: text.len(),
            taken,
        }
    }
}

/// How many bytes a character takes in JSON.
fn stored(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_takes_what_json_makes_of_it() {
        for character in (0..=0x300)
            .chain([0xfffd, 0x1f980])
            .filter_map(char::from_u32)
        {
            let written = serde_json::to_string(&character).unwrap();
            assert_eq!(stored(character), written.len() - 2, "{character:?}");
        }
    }

    #[test]
    fn what_has_no_room_is_left_out_at_a_whole_character() {
        let mut room = ReplyRoom::of(10);
        let text = |event: Event<'_>| match event {
            Event::Text(text) => text.to_owned(),
            _ => panic!("no text"),
        };
        assert_eq!(text(room.admit(Event::Text("\u{1}ab"))), "\u{1}ab");
        assert!(!room.is_full());
        assert_eq!(text(room.admit(Event::Text("é"))), "é");
        assert!(!room.is_full(), "it fits to the byte");
        assert_eq!(text(room.admit(Event::Text("c"))), "");
        assert!(room.is_full());
        let whole = Reply {
            text: "\u{1}abéc".to_owned(),
            ..Reply::default()
        };
        let cut = room.cut(whole.clone());
        assert_eq!(cut.text, "\u{1}abé");
        assert!(matches!(
            cut.interrupted,
            Some(NoReply::NoRoom { most: 10 })
        ));
        let fits = ReplyRoom::of(11).cut(whole.clone());
        assert_eq!(fits, whole);
    }
}
