//! The built site: script, WebAssembly, style and public files, carried inside the binary.
//!
//! A release build embeds what cargo-leptos has put under `target/site`, compressed forms
//! included, so that one file is all there is to deploy; a debug build reads the folder, so that
//! `cargo leptos watch` shows every change. Addresses of the package contain a digest of its
//! contents, so browsers may keep them for ever and a new version is never mixed with an old one.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY,
};
use http::{HeaderMap, StatusCode};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::app::SitePaths;
use crate::server::hex::hex;

#[derive(RustEmbed)]
#[folder = "target/site"]
#[allow_missing = true]
struct Files;

const PACKAGE: &str = "pkg";
const NAME: &str = "hubbub";
const PARTS: &str = "__wasm_split.js";
const LATER_STYLE: &str = "later.css";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const FOR_AN_HOUR: &str = "public, max-age=3600";
const AS_LONG_AS_UNCHANGED: &str = "no-cache";

/// The static files, and under which addresses the pages refer to them.
#[derive(Clone, Debug)]
pub struct Site {
    paths: SitePaths,
    digest: String,
}

impl Site {
    /// Finds the files and works out their digest.
    pub fn load() -> Self {
        // Of the files' digests, which are known since the build: the files need not be read.
        let mut hasher = Sha256::new();
        let mut names: Vec<_> = Files::iter()
            .filter(|name| name.starts_with(PACKAGE))
            .collect();
        names.sort_unstable();
        for file in names.iter().filter_map(|name| Files::get(name)) {
            hasher.update(file.metadata.sha256_hash());
        }
        let digest = hex(&hasher.finalize()[..8]);
        let base = if cfg!(debug_assertions) {
            format!("/{PACKAGE}")
        } else {
            format!("/{PACKAGE}/{digest}")
        };
        // `cargo leptos watch` builds one script and one style.
        let if_built = |file: &str| {
            let is_built = Files::get(&format!("{PACKAGE}/{file}")).is_some();
            is_built.then(|| format!("{base}/{file}"))
        };
        Self {
            paths: SitePaths {
                script: format!("{base}/{NAME}.js"),
                parts: if_built(PARTS),
                wasm: format!("{base}/{NAME}.wasm"),
                style: format!("{base}/{NAME}.css"),
                later_style: if_built(LATER_STYLE),
            },
            digest,
        }
    }

    /// Whether there is a built site at all.
    pub fn is_built() -> bool {
        Files::get(&format!("{PACKAGE}/{NAME}.wasm")).is_some()
    }

    pub fn paths(&self) -> &SitePaths {
        &self.paths
    }

    /// The file at an address, in the best form the browser takes.
    pub fn serve(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = path.trim_start_matches('/');
        let versioned = path
            .strip_prefix(PACKAGE)
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|rest| rest.strip_prefix(self.digest.as_str()))
            .and_then(|rest| rest.strip_prefix('/'));
        let (name, cache) = match versioned {
            Some(file) => (format!("{PACKAGE}/{file}"), FOR_EVER),
            None if path.starts_with(PACKAGE) => (path.to_owned(), AS_LONG_AS_UNCHANGED),
            None => (path.to_owned(), FOR_AN_HOUR),
        };
        let extension = std::path::Path::new(&name).extension()?;
        if extension == "br" || extension == "gz" {
            return None;
        }
        let (encoding, file) = best(&name, headers)?;
        let kind = mime_guess::from_path(&name).first_or_octet_stream();
        let mut response = (StatusCode::OK, Body::from(file)).into_response();
        let out = response.headers_mut();
        out.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        out.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
            out.insert(CONTENT_TYPE, kind);
        }
        if let Some(encoding) = encoding {
            out.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Some(response)
    }
}

type Found = (Option<&'static str>, std::borrow::Cow<'static, [u8]>);

fn best(name: &str, headers: &HeaderMap) -> Option<Found> {
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let accepts = |encoding: &str| accepts(accepted, encoding);
    for (encoding, suffix) in [("br", "br"), ("gzip", "gz")] {
        if accepts(encoding)
            && let Some(file) = Files::get(&format!("{name}.{suffix}"))
        {
            return Some((Some(encoding), file.data));
        }
    }
    Files::get(name).map(|file| (None, file.data))
}

/// Whether an `Accept-Encoding` takes an encoding: named, or by `*`, and not with a weight of zero.
fn accepts(accepted: &str, encoding: &str) -> bool {
    let weight = |name: &str| {
        accepted.split(',').find_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            if !parts.next()?.eq_ignore_ascii_case(name) {
                return None;
            }
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            Some(weight.map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0)))
        })
    };
    weight(encoding)
        .or_else(|| weight("*"))
        .is_some_and(|weight: f32| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_used_only_if_it_is_wanted() {
        for (header, wanted) in [
            ("gzip, br", true),
            ("br;q=0.5", true),
            ("br;q=0", false),
            ("br; q=0.000, gzip", false),
            ("*", true),
            ("*;q=0", false),
            ("*, br;q=0", false),
            ("gzip", false),
            ("", false),
        ] {
            assert_eq!(accepts(header, "br"), wanted, "{header:?}");
        }
    }
}
