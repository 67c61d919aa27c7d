//! Rules of the house that a machine can check, so that nobody has to remember them.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// The code of a file, without its tests and comments. What follows tests is code again.
fn code(path: &Path) -> String {
    let text = read(path);
    let mut code = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        if line != "#[cfg(test)]" {
            code.push(line);
            continue;
        }
        // The item it stands before: a line of its own, or up to the brace that closes it.
        for line in lines.by_ref() {
            if line.ends_with(';') && !line.starts_with(' ') || line == "}" {
                break;
            }
        }
    }
    code.join("\n")
}

#[test]
fn code_after_tests_is_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rs");
    let text =
        "a();\n#[cfg(test)]\nmod tests;\nb();\n#[cfg(test)]\nmod more {\n    x();\n}\nc();\n";
    fs::write(&path, text).unwrap();
    assert_eq!(code(&path), "a();\nb();\nc();");
}

#[test]
fn every_file_says_first_what_it_is() {
    for folder in [
        "src",
        "tests",
        "examples",
        "benches/load/src",
        "fuzz/fuzz_targets",
    ] {
        for path in files(folder, ".rs") {
            assert!(read(&path).starts_with("//! "), "{}", path.display());
        }
    }
}

#[test]
fn features_are_asked_for_at_the_door_only() {
    for path in files("src", ".rs") {
        // The last says which views are files of their own, where the site is split.
        let doors = ["src/lib.rs", "src/main.rs", "src/parts.rs"];
        let is_door = doors.iter().any(|door| path == Path::new(door));
        let asks = code(&path).contains("cfg(feature") || code(&path).contains("cfg(not(feature");
        assert!(is_door || !asks, "{}", path.display());
    }
}

#[test]
fn sql_is_in_the_database_layer_only() {
    for path in files("src", ".rs") {
        let is_db = path.starts_with("src/server/db") || path.ends_with("src/server/db.rs");
        let code = code(&path);
        let has_sql = code.contains("sqlx::query") || code.contains("QueryBuilder");
        assert!(is_db || !has_sql, "{}", path.display());
    }
}

#[test]
fn the_browser_is_touched_by_a_few_thin_files_only() {
    let allowed = [
        "src/client/browser.rs",
        "src/components/form.rs",
        "src/lib.rs",
    ];
    for path in files("src", ".rs") {
        let code = code(&path);
        let touches = ["web_sys", "gloo_net", "js_sys", "wasm_bindgen"]
            .iter()
            .any(|name| code.contains(name));
        let is_allowed = allowed.iter().any(|file| path == Path::new(file))
            || path.starts_with("src/client/browser");
        assert!(is_allowed || !touches, "{}", path.display());
    }
}

#[test]
fn the_engine_knows_nothing_of_chat() {
    for path in files("src/server/realtime", ".rs") {
        let code = code(&path);
        for name in ["server::chat", "server::db", "ThreadId", "UserId"] {
            assert!(!code.contains(name), "{} in {}", name, path.display());
        }
    }
}

#[test]
fn the_database_layer_knows_nothing_above_it() {
    for path in files("src/server/db", ".rs") {
        let code = code(&path);
        for name in [
            "server::chat",
            "server::http",
            "server::realtime",
            "server::error",
        ] {
            assert!(!code.contains(name), "{} in {}", name, path.display());
        }
    }
}

#[test]
fn no_view_has_an_inline_style() {
    for path in files("src", ".rs") {
        let code = code(&path);
        let attribute = code.contains(" style=\"") || code.contains(" style={");
        // Leptos' `style:name=value`; a struct's field has a space after the colon.
        let directive = code
            .match_indices(" style:")
            .any(|(at, found)| !code[at + found.len()..].starts_with([' ', ':']));
        assert!(!attribute && !directive, "{}", path.display());
    }
}

#[test]
fn both_configurations_agree_and_build_settings_stay_out_of_the_runtime_file() {
    let build = table("Cargo.toml", "[package.metadata.leptos]");
    let runtime = table("Leptos.toml", "[package.metadata.leptos]");
    for (key, value) in &runtime {
        if let Some((_, expected)) = build.iter().find(|(known, _)| known == key) {
            assert_eq!(value, expected, "{key}");
        }
        let is_build_only = ["features", "profile", "style", "assets", "end2end", "watch"]
            .iter()
            .any(|word| key.contains(word));
        assert!(!is_build_only, "{key} is a build setting");
    }
}

fn table(file: &str, header: &str) -> Vec<(String, String)> {
    let text = read(Path::new(file));
    let (_, table) = text.split_once(&format!("\n{header}\n")).unwrap();
    table
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

#[test]
fn tools_are_of_the_versions_that_the_lock_file_wants() {
    let lock = read(Path::new("Cargo.lock"));
    let env = read(Path::new("scripts/env.sh"));
    for (name, setting) in [
        ("wasm-bindgen", "WASM_BINDGEN_VERSION"),
        ("wasm_split_helpers", "WASM_SPLIT_VERSION"),
    ] {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let (_, rest) = lock.split_once(&entry).unwrap();
        let version = rest.split('"').next().unwrap();
        assert!(
            env.contains(&format!("\n{setting}={version}\n")),
            "{name} {version}"
        );
    }
}

#[test]
fn a_class_has_its_base_rule_in_one_file() {
    let mut homes = std::collections::BTreeMap::new();
    for path in files("style", ".css") {
        let text = read(&path);
        let mut before = "";
        for line in text.lines() {
            // One class, at the margin, by itself: what is below it, or in a list, is no base rule.
            let class = line
                .strip_prefix('.')
                .and_then(|line| line.strip_suffix(" {"));
            let class = class.filter(|class| !class.contains([' ', '.', ':', '[', '>']));
            if let Some(class) = class.filter(|_| !before.ends_with(',')) {
                let home = homes
                    .entry(class.to_owned())
                    .or_insert_with(|| path.clone());
                assert_eq!(*home, path, ".{class} is two things");
            }
            before = line;
        }
    }
    assert!(homes.len() > 50);
}

#[test]
fn dark_is_the_same_whether_the_system_or_a_person_has_chosen_it() {
    let tokens = read(Path::new("style/tokens.css"));
    let set = |selector: &str| {
        let (_, rest) = tokens.split_once(selector).unwrap();
        let lines = rest.split('}').next().unwrap().lines().map(str::trim);
        let set: Vec<String> = lines
            .filter(|line| line.starts_with("--"))
            .map(str::to_owned)
            .collect();
        assert!(set.len() > 10, "{selector}");
        set
    };
    assert_eq!(set(":root:not(.light) {"), set(":root.dark {"));
}
