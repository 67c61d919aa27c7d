//! One binary for all integration tests: each test has a server and a database of its own, on a
//! free port. What an engine of the database could change is tested on both.

// A test may stop where it stands.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[macro_use]
mod support;

mod accounts;
mod activity;
mod announcements;
mod avatars;
mod away;
mod backend;
mod belonging;
mod blocks;
mod calling;
mod cluster;
mod contacts;
mod conversations;
mod copying;
mod crash;
mod devices;
mod direct;
mod engine;
mod everybody;
mod favourites;
mod files;
mod folders;
mod for_me;
mod former;
mod forwarding;
mod frames;
mod governing;
mod guests;
mod hostile;
mod invitations;
mod listening;
mod markdown;
mod messages;
mod moderating;
mod outsider;
mod pages;
mod peers;
mod personal;
mod picked;
mod policy;
mod preferences;
mod programs;
mod protocol;
mod proxies;
mod publications;
mod quiet;
mod reading;
mod recovery;
mod reindexing;
mod rest;
mod revising;
mod rights;
mod saved;
mod scheduled;
mod schema;
mod searching;
mod settings;
mod setup;
mod slow_mode;
mod socket;
mod streams;
mod threads;
mod tools;
mod uploads;
