//! A home that is served over HTTP.

mod at_once;
mod attacks;
pub mod beside;
mod buffer;
mod disk;
mod done_once;
mod embed;
mod ending;
mod entry;
mod go_on;
pub mod hammered;
mod hostile;
mod kills;
mod persona_chat;
mod rotated;
pub mod served;
mod taken_away;
mod threads;
mod wire;
