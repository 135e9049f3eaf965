//! What stands in the way of sealing and opening.

use crate::render::safe::SafeText;
use crate::seal::CannotSeal;

/// The next step, where there is one.
pub(super) fn next_step(why: &CannotSeal) -> Option<SafeText> {
    let hint = match why {
        CannotSeal::TooLong(_) => "Say it in parts.",
        CannotSeal::SeveralInForce => {
            "Sync, and try again once its author has said something. Or go on by yourself in a copy: \
             `mmogit thread-fork`."
        }
        CannotSeal::NoKey(_) => {
            "Ask its author to let you in (`mmogit thread-readers`), or go on by yourself in a copy: \
             `mmogit thread-fork`."
        }
        CannotSeal::Wrap(_) => {
            "Their card is of no use; ask them for another one. Nothing was changed."
        }
        CannotSeal::HeaderClosed(_) => {
            "`mmogit thread-info` shows what is known of it. Nothing was changed."
        }
        CannotSeal::NotTheAuthor | CannotSeal::AuthorStays => "Nothing was changed.",
        CannotSeal::NotSealed => "`mmogit thread-encrypt` seals it from now on.",
        CannotSeal::AlreadySealed => {
            "`mmogit thread-readers` shows who reads it, and changes that."
        }
    };
    Some(hint.into())
}
