//! What Hubbub is for: accounts, threads, messages.
//!
//! Every capability authorises by loading through the eyes of the person who asks, writes in one
//! transaction, and announces only after the commit. Transports above hold no policy, `db` below
//! holds none either.

pub mod accounts;
pub mod announce;
pub mod backend;
pub mod content;
pub mod history;
pub mod memberships;
pub mod messages;
pub mod presence;
pub mod proxy;
pub mod socket;
pub mod threads;
pub mod typing;
