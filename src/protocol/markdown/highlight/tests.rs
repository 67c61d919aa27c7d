//! What is in colours, and that no code is ever lost.

use proptest::prelude::*;

use super::*;

/// What is not plain, one to a line.
fn coloured(language: &str, code: &str) -> String {
    let stretches = highlight(language, code).into_iter();
    let coloured = stretches.filter(|(kind, _)| *kind != Kind::Plain);
    let lines: Vec<String> = coloured
        .map(|(kind, text)| format!("{kind:?} {text}"))
        .collect();
    lines.join("\n")
}

#[test]
fn rust_is_known_by_its_words_and_a_lifetime_is_no_character() {
    let code = "/// Says it.\nfn say<'a>(what: &'a str) -> Option<char> { // so\n    Some('\\n').or(0x1f_u8 as f32 + 1.5)\n}";
    let right = "Comment /// Says it.\nKeyword fn\nKeyword str\nType Option\nKeyword char\nComment // so\nName Some\nText '\\n'\nName or\nNumber 0x1f_u8\nKeyword as\nKeyword f32\nNumber 1.5";
    assert_eq!(coloured("rust", code), right);
}

#[test]
fn strings_end_where_the_language_ends_them() {
    assert_eq!(
        coloured("js", "`a\nb` + 'it\\'s'"),
        "Text `a\nb`\nText 'it\\'s'"
    );
    assert_eq!(coloured("js", "\"open\nvar x"), "Text \"open\nKeyword var");
    assert_eq!(
        coloured("py", "\"\"\"one\ntwo\"\"\" # three"),
        "Text \"\"\"one\ntwo\"\"\"\nComment # three"
    );
    assert_eq!(
        coloured("bash", "echo \"a\nb\" $# '#'"),
        "Keyword echo\nText \"a\nb\"\nText '#'"
    );
    assert_eq!(coloured("c", "'x' + \"y\""), "Text 'x'\nText \"y\"");
}

#[test]
fn comments_are_what_each_language_has_for_them() {
    assert_eq!(coloured("c", "a /* b\nc */ d"), "Comment /* b\nc */");
    assert_eq!(
        coloured("sql", "SELECT 1 -- one"),
        "Keyword SELECT\nNumber 1\nComment -- one"
    );
    assert_eq!(
        coloured("lua", "--[[ a\nb ]] nil"),
        "Comment --[[ a\nb ]]\nKeyword nil"
    );
    assert_eq!(
        coloured("css", "a { /* never closed"),
        "Comment /* never closed"
    );
    assert_eq!(coloured("python", "a // b"), "");
}

#[test]
fn what_something_is_given_for_is_a_name() {
    let json = r#"{"a": [true, -1.5e3], "b" : "c: d"}"#;
    assert_eq!(
        coloured("json", json),
        "Name \"a\"\nKeyword true\nNumber 1.5e3\nName \"b\"\nText \"c: d\""
    );
    assert_eq!(
        coloured("yaml", "some-key: on # why"),
        "Name some-key\nKeyword on\nComment # why"
    );
    assert_eq!(coloured("toml", "[a]\nb = \"c\""), "Name b\nText \"c\"");
    assert_eq!(coloured("css", "color: red"), "Name color");
}

#[test]
fn markup_and_changes_are_read_in_their_own_way() {
    let html = "<!-- no --><a href=\"/x>y\" hidden>if</a>";
    assert_eq!(
        coloured("html", html),
        "Comment <!-- no -->\nKeyword a\nName href\nText \"/x>y\"\nName hidden\nKeyword a"
    );
    let diff = "diff --git a b\n@@ -1 +1 @@\n-old\n+new\n same";
    assert_eq!(
        coloured("diff", diff),
        "Comment diff --git a b\nName @@ -1 +1 @@\nRemoved -old\nAdded +new"
    );
}

#[test]
fn a_language_is_known_however_it_is_written_and_any_other_is_plain() {
    for name in ["rust", "Rust", "RS", "rust,ignore", "{.rust}", "rust "] {
        assert_eq!(coloured(name, "let"), "Keyword let", "{name}");
    }
    assert_eq!(coloured("c#", "foreach"), "Keyword foreach");
    assert_eq!(coloured("c++", "template"), "Keyword template");
    for name in ["", "klingon", "rusty", "…"] {
        assert_eq!(highlight(name, "let x"), [(Kind::Plain, "let x")], "{name}");
    }
    assert_eq!(highlight("rust", ""), []);
}

proptest! {
    #[test]
    fn the_stretches_are_the_code(
        language in "(rust|js|py|sql|bash|json|yaml|toml|css|html|diff|lua|go|haskell|none)",
        code in "[ -~\n\t\"'`<>/*#é日-]{0,80}",
    ) {
        let stretches = highlight(&language, &code);
        let whole: String = stretches.iter().map(|(_, text)| *text).collect();
        prop_assert_eq!(&whole, &code);
        prop_assert!(stretches.iter().all(|(_, text)| !text.is_empty()));
    }
}
