//! Plain HTTP around the pages: who is visiting, cookies, headers, static files, health, and the
//! routes for programs.

pub mod avatars;
pub mod calls;
pub mod context;
pub mod cookie;
pub mod files;
pub mod forms;
pub mod headers;
pub mod health;
pub mod listen;
pub mod page;
pub mod posting;
pub mod rest;
pub mod sessions;
pub mod site;
pub mod socket;
pub mod visitor;
