//! A session at a terminal.

use super::Ended;
use super::actions::{self, Desk, Next};
use super::complete::Here;
use super::conversation::Conversation;
use super::prompt::{Prompt, Typed};
use super::quiet::Quiet;
use crate::cli::{Exit, Failure, Ui};
use crate::model::Hash;
use crate::render::safe::SafeText;
use crate::safe_format;

/// What the prompt begins with.
#[derive(Default)]
struct Offer {
    text: String,
    /// The heads to go back to if the text is given up.
    heads: Option<Vec<Hash>>,
}

/// Holds the session until the user ends it.
pub(super) fn run(
    conversation: &mut Conversation<'_>,
    desk: Desk<'_>,
    terminal: &Quiet,
    mut prompt: Prompt<'_>,
) -> Result<Ended, Failure> {
    let ui = desk.ui;
    if let Some(question) = conversation.session.unanswered().map(|message| message.text()) {
        ui.line(safe_format!("{}{}", prompt.label(), SafeText::block(&question)))?;
        conversation.answer()?;
    }
    let mut offer = Offer::default();
    loop {
        // It stopped a reply, and not the session.
        conversation.stop().forget_interrupt();
        prompt.look(Here::of(conversation));
        let Some(typed) = terminal.at_prompt(|| prompt.read(&offer.text)) else {
            restore(conversation, offer.heads, ui)?;
            return Ok(Ended { exit: Exit::Interrupted, after_blank: true });
        };
        let typed = typed?;
        // At the prompt Ctrl-C is a key. A signal from elsewhere was not meant for the question just typed.
        conversation.stop().forget_interrupt();
        let given_up = std::mem::take(&mut offer).heads;
        let text = match typed {
            Typed::Text(text) => text,
            Typed::Nothing => String::new(),
            Typed::Leave => {
                restore(conversation, given_up, ui)?;
                return Ok(Ended { exit: Exit::Done, after_blank: false });
            }
        };
        if text.trim().is_empty() {
            restore(conversation, given_up, ui)?;
            continue;
        }
        match actions::take(&text, conversation, desk)? {
            Next::Go => {}
            Next::Offer { text, heads } => offer = Offer { text, heads },
            Next::Leave => return Ok(Ended { exit: Exit::Done, after_blank: false }),
        }
    }
}

/// An edit that was given up leaves everything as it was.
fn restore(conversation: &mut Conversation<'_>, heads: Option<Vec<Hash>>, ui: &Ui) -> Result<(), Failure> {
    if let Some(heads) = heads {
        conversation.session.show(&heads)?;
        conversation.waiting.clear();
        ui.remark("Left as it was.");
        ui.line("")?;
    }
    Ok(())
}
