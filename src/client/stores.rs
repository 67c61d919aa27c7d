//! What the browser knows, in plain structs: each decides by itself what becomes of what happens.
//!
//! None of them has a clock, a socket or a document; [`super::chat`] routes events to them and says
//! what is to be done about it.

pub mod addressees;
pub mod choices;
pub mod directory;
pub mod navigation;
pub mod outbox;
pub mod people;
pub mod presence;
pub mod reading;
pub mod timeline;
pub mod timelines;
pub mod typing;
pub mod view;
