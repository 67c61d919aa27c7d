//! A release build carries the site inside: it is rebuilt when the site has changed. Other builds
//! read the site from its folder and need not be.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let for_server = std::env::var_os("CARGO_FEATURE_SSR").is_some();
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if for_server {
        println!("cargo:rerun-if-changed=migrations");
    }
    if for_server && is_release {
        println!("cargo:rerun-if-changed=target/site");
        if packs_relocations() {
            println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        }
    }
}

/// Whether the system understands packed relocations: glibc does from 2.36. They make the program
/// a megabyte smaller, which it would otherwise read at its start and keep in memory.
fn packs_relocations() -> bool {
    let is_native = std::env::var("TARGET") == std::env::var("HOST");
    let is_glibc = std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu");
    let version = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let minor = version.ok().and_then(|version| {
        let minor = version.trim().strip_prefix("glibc 2.")?;
        minor.split('.').next()?.parse::<u32>().ok()
    });
    is_native && is_glibc && minor.is_some_and(|minor| minor >= 36)
}
