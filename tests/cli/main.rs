//! The program as a script or a pipe sees it. Each test has a home and a `PATH` of its own.

mod chat;
mod common;
mod identity;
mod organise;
mod threads;
mod verify;
