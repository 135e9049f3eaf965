//! Threads as documents to keep, print or send: Markdown, and a page for a browser.
//!
//! Both are drawn from one [`Sheet`], in which all text is already free of what could act or hide.
//! What a message says stays within the message's place in the document: [`markdown`] and [`html`]
//! say how, and their tests put other people's parsers to it. The same thread gives the same bytes
//! each time.

mod drawing;
pub mod html;
mod links;
mod listing;
pub mod markdown;
mod sheet;

pub use drawing::{Drawing, drawn, is_opened};
pub use listing::ListingLine;
pub use sheet::{Proof, Sheet, SheetFact, SheetMessage, SheetVerdict};
