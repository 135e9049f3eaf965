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
pub(crate) use crash_point;
