//! Every attack on the record, and the verdict that it must get. Whoever attacks can write to the
//! repository; in most tests they even have a commit signed by the owner around what they changed,
//! so that nothing but the check in question can see it.

mod branch;
pub mod forge;
mod header;
mod matrix;
mod messages;
mod missing;
mod shape;
mod tip;
