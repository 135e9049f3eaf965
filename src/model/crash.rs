//! Places where a crash test may stop the process.

/// Names a step of a write. With the feature `crash-points` a test can stop the process here, as a
/// power cut would; without it, it is nothing. What stands after the name is done first: half of a
/// write, say.
macro_rules! crash_point {
    ($name:literal) => {
        fail::fail_point!($name, |_| std::process::abort());
    };
    ($name:literal, $half:expr) => {
        fail::fail_point!($name, |_| {
            let _ = $half;
            std::process::abort()
        });
    };
}
/// Names a step that may fail. With the feature `crash-points` a test can make it fail here, as a
/// broken disk would.
macro_rules! fault_point {
    ($name:literal) => {
        fail::fail_point!($name, |_| Err(std::io::Error::other("a test said so")));
    };
}
pub(crate) use crash_point;
pub(crate) use fault_point;
