//! Two machines and what lies between them: real servers on the loopback, and remotes of which each
//! byte was chosen by somebody else.

mod bombs;
pub mod device;
pub mod disks;
mod failures;
mod hostile;
mod interrupted;
mod meanwhile;
mod older_keys;
mod partners;
mod stock;
mod transports;
