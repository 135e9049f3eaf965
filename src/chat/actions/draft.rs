//! `/draft`: a reply, or a piece of code in it, kept for its user to edit, accept and apply.

use super::Act;
use crate::cli::Failure;
use crate::model::json::Value;
use crate::model::{Message, Role};
use crate::render::code::{FencedBlock, fenced_blocks};
use crate::render::safe::SafeText;
use crate::safe_format;

impl Act<'_, '_> {
    /// Keeps the last reply, or its code block of that number, as a draft.
    pub(super) fn draft(&mut self, number: &str) -> Result<(), Failure> {
        let visible = self.conversation.session.thread().visible();
        let replies = visible.into_iter().rev();
        let mut replies = replies.filter(|message| message.role() == Role::Ai);
        let wanted = match replies.next() {
            Some(reply) => wanted(reply, number).map(|wanted| (reply.id(), wanted)),
            None => Err("There is no reply to keep yet.".into()),
        };
        match wanted {
            Err(why) => self.ui.hint(why),
            Ok((message, Wanted { block, content })) => {
                let kept = self
                    .conversation
                    .session
                    .keep_draft(&message, block, content)?;
                let draft = &kept.shown.draft;
                let id = draft.id.short();
                let what = match kept.was_kept {
                    true => "Was kept already, as draft",
                    false => "Kept as draft",
                };
                self.ui.status(safe_format!(
                    "📝 {} {} ({})",
                    what,
                    id,
                    draft.state.as_str()
                ));
                self.ui.hint(match draft.state.is_pending() {
                    true => safe_format!("   mmogit draft edit {}, accept or discard", id),
                    false => safe_format!("   mmogit draft show {} says what became of it", id),
                });
            }
        }
        self.ui.blank_line()
    }
}

/// What is to be kept of a reply.
#[derive(Debug, PartialEq)]
struct Wanted {
    /// The number of a code block, or 0 for the whole.
    block: u32,
    content: Value,
}

fn wanted(reply: &Message, number: &str) -> Result<Wanted, SafeText> {
    if number.is_empty() {
        let content = reply.field("content");
        let content = content.ok_or("That reply is sealed for others.")?;
        return Ok(Wanted { block: 0, content });
    }
    let block = number.parse::<u32>().ok().filter(|block| *block > 0);
    let block = block.ok_or("/draft takes the number of a code block in the last reply.")?;
    let mut blocks = fenced_blocks(&reply.text());
    let place = block as usize - 1;
    if place >= blocks.len() {
        return Err(match blocks.len() {
            0 => "That reply has no code block.".into(),
            1 => "That reply has only one code block.".into(),
            count => safe_format!("That reply has only {} code blocks.", count),
        });
    }
    match blocks.swap_remove(place) {
        FencedBlock::Whole(code) => Ok(Wanted {
            block,
            content: code.into(),
        }),
        FencedBlock::Unclosed => {
            Err("That code block is not closed, so it may not be whole.".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Hash, MessageDraft, PublicKey, Signature, Timestamp};

    fn reply(text: &str) -> Message {
        let at = Timestamp::from_millis(1);
        let draft = MessageDraft::new(Role::Ai, text, at, PublicKey([1; 32]), &[Hash([2; 32])]);
        draft.signed(Signature([3; 64]))
    }

    #[test]
    fn a_number_is_that_of_a_code_block() {
        let text = "see\n```\none\n```\nor\n```sh\ntwo\n```\nend\n```\nopen";
        let wanted = |number: &str| {
            let found = wanted(&reply(text), number);
            found.map(|wanted| (wanted.block, wanted.content))
        };
        assert_eq!(wanted(""), Ok((0, text.into())));
        assert_eq!(wanted("1"), Ok((1, "one\n".into())));
        assert_eq!(wanted("2"), Ok((2, "two\n".into())));
        for wrong in ["0", "-1", "x", "3", "4", "1 2"] {
            assert!(wanted(wrong).is_err(), "{wrong}");
        }
    }
}
