//! The replies of AIs, from the question to the signed answer.
//!
//! ```text
//! name     what a reply is called: it follows from the record
//! coming   a reply while it comes, as all who listen share it
//! talk     where something is said: a buffer, or a conversation
//! lane     whose turn it is, in each talk
//! ```
//! An AI is asked on a thread of its own, and what comes lies where listeners read it at their own
//! pace; so nobody who listens, or has left, holds it up. It ends as a job of the profile's worker,
//! which signs it. Which steps that takes is in `worker/asking`.

mod coming;
mod lane;
mod lanes;
mod name;
mod talk;

pub use coming::{Answer, ComingReply, NoAnswer, ReplyState};
pub use lane::{Lane, RunningReply};
pub use lanes::Lanes;
pub use name::ReplyName;
pub use talk::Talk;
