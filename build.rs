//! A release build carries the site inside: it is rebuilt when the site has changed. Other builds
//! read the site from its folder and need not be.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let for_server = std::env::var_os("CARGO_FEATURE_SSR").is_some();
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if for_server {
        println!("cargo:rerun-if-changed=migrations");
    }
    if for_server && is_release {
        println!("cargo:rerun-if-changed=target/site");
    }
}
