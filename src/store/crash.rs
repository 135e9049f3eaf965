//! The places where a crash test may stop the process while the store writes.

pub(crate) use crate::model::crash_point;
