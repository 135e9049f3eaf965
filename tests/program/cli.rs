//! The program as a script or a pipe sees it. Each test has a home and a `PATH` of its own.

mod arguments;
mod chat;
mod children;
mod erase;
mod export;
mod identity;
mod import;
mod man;
mod memory;
mod organise;
mod persona;
mod schemas;
mod search;
mod threads;
mod verify;
