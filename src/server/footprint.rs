//! How much memory the process takes while it has little to do.
//!
//! The allocator asks the system for huge pages: with many connections they save a fifth of the
//! work, but a single one is as large as everything an idle server holds. So the process begins
//! without, and takes them up when it has grown.

/// Connections from which on huge pages are worth it.
pub const MANY: usize = 500;

/// No huge pages for now.
pub fn stay_small() {
    set_huge_pages(false);
}

/// From now on huge pages are welcome.
pub fn may_grow() {
    set_huge_pages(true);
}

#[cfg(target_os = "linux")]
fn set_huge_pages(wanted: bool) {
    // An old kernel, or one that forbids it: then memory is as it was.
    let _ = rustix::thread::disable_transparent_huge_pages(!wanted);
}

#[cfg(not(target_os = "linux"))]
fn set_huge_pages(_wanted: bool) {}
