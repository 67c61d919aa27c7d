//! The browser's half of the chat.
//!
//! What decides is plain Rust without a clock, a socket or a document, tested natively: the
//! [`stores`], the [`connection`]'s states, and [`chat`], which routes between them. The [`driver`]
//! carries out what they want and copies what changed into the signals of the [`session`], which is
//! what components see. Only [`browser`] touches the browser. Nothing here has a `cfg`: on the server
//! it compiles, and only the first state of the signals is used.

pub mod backoff;
pub mod browser;
mod channels;
pub mod chat;
pub mod commands;
pub mod completing;
pub mod connection;
pub mod cropping;
pub mod dates;
pub mod doing;
mod driver;
pub mod emoji;
pub mod formatting;
pub mod gestures;
pub mod jumping;
pub mod keys;
pub mod lines;
pub mod listing;
pub mod notice;
pub mod ordering;
pub mod pasting;
pub mod rows;
pub mod session;
#[cfg(test)]
mod simulation;
pub mod stores;
pub mod uploads;
pub mod watched;
mod ways;
