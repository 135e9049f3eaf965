//! Open files that were handed to us are ours alone.

/// The first descriptor after standard input, output and error.
const FIRST: i32 = 3;

/// No program that is started from now on inherits an open file, such as the one that holds the
/// passphrase. What we open ourselves is never inherited.
pub fn keep_from_children() {
    close_fds::set_fds_cloexec(FIRST, &[]);
}
