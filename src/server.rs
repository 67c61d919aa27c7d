//! The server's half: everything here exists only where the `ssr` feature is on.
//!
//! Layers depend one way: transport (`http`, `functions`, the socket in `realtime`) → `chat`
//! (authorise, write, announce) → `db` (all SQL).

pub mod auth;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod db;
pub mod emoji;
pub mod environment;
pub mod error;
pub mod files;
pub mod functions;
pub mod hex;
pub mod http;
pub mod realtime;
pub mod router;
pub mod run;
pub mod search;
pub mod seed;
pub mod state;
