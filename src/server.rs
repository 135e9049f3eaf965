//! The server: a home over HTTP, for its owner's browser and their scripts.
//!
//! All that is asynchronous lives here; the domain below stays as it is. A request passes `listen`
//! (connections, headers, timeouts), `gate` (whether it may come in) and `api` or `page` (what it
//! wants); what it asks of a home goes to the one thread that owns it (`worker`).

mod api;
mod app;
mod caller;
mod connections;
mod fault;
mod faults;
mod gate;
mod headers;
mod health;
mod idempotency;
mod listen;
mod log;
mod logins;
mod openapi;
mod page;
mod replies;
mod running;
mod service_faults;
mod tokens;
pub mod worker;

pub use app::{LOCAL, Links, Served, Setup};
pub use listen::{Ended, ServerError, run};
pub use log::{LogForm, LogLevel, begin as begin_log};
pub use logins::{Logins, OpenHome, OpenedHome};
pub use running::{FolderServed, HomeNoted, RunningError, RunningServer};
