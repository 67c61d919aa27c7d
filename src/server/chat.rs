//! What Hubbub is for: accounts, threads, messages.
//!
//! Every capability authorises by loading through the eyes of the person who asks, writes in one
//! transaction, and announces only after the commit. Transports above hold no policy, `db` below
//! holds none either.

pub mod accounts;
pub mod activity;
pub mod announce;
pub mod avatars;
pub mod backend;
pub mod blocks;
pub mod changing;
pub mod contacts;
pub mod content;
pub mod direct;
pub mod everybody;
pub mod favourites;
pub mod files;
pub mod finding;
pub mod folders;
pub mod forwarding;
pub mod history;
pub mod invitations;
pub mod leaving;
pub mod memberships;
pub mod messages;
pub mod muting;
pub mod people;
pub mod picked;
pub mod preferences;
pub mod presence;
pub mod profiles;
pub mod proxy;
pub mod quiet;
pub mod reading;
pub mod reports;
pub mod revising;
pub mod saved;
pub mod scheduled;
pub mod settings;
pub mod setup;
pub mod socket;
pub mod threads;
pub mod typing;
