//! Sockets, waiting for them, and the two protocols spoken over them: only as much of each as a
//! generator needs that knows whom it talks to.

pub mod frame;
pub mod http;
pub mod poll;
pub mod socket;
