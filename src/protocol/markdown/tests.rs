//! The dialect by examples. What holds for any text is in `properties`.

mod properties;

use super::{Align, Block, Inline, Mark, is_in_code, is_only_emoji, one_line, parse};

/// The tree of a text, written with letters: `[b …]` for bold and so on.
fn shape(text: &str) -> String {
    parse(text)
        .iter()
        .map(of_block)
        .collect::<Vec<_>>()
        .join("\n")
}

fn of_block(block: &Block) -> String {
    let all = |blocks: &[Block]| blocks.iter().map(of_block).collect::<Vec<_>>().join("\n");
    let row = |cells: &[Vec<Inline>]| {
        let cells: Vec<_> = cells.iter().map(|cell| of_inlines(cell)).collect();
        cells.join("|")
    };
    match block {
        Block::Text(content) => of_inlines(content),
        Block::Heading(content) => format!("[h {}]", of_inlines(content)),
        Block::Quote(content) => format!("[q {}]", all(content)),
        Block::List { start, items } => {
            let start = start.map_or("•".to_owned(), |start| start.to_string());
            let items: Vec<_> = items.iter().map(|item| all(item)).collect();
            format!("[{start} {}]", items.join("; "))
        }
        Block::Code { language, text } => {
            format!("[code {} {text}]", language.as_deref().unwrap_or("-"))
        }
        Block::Table {
            columns,
            head,
            rows,
        } => {
            let signs: String = columns
                .iter()
                .map(|align| match align {
                    Align::Start => '<',
                    Align::Center => '=',
                    Align::End => '>',
                })
                .collect();
            let rows: Vec<_> = rows.iter().map(|cells| row(cells)).collect();
            format!("[table {signs} {} / {}]", row(head), rows.join(" / "))
        }
    }
}

fn of_inlines(all: &[Inline]) -> String {
    all.iter()
        .map(|inline| match inline {
            Inline::Text(text) => text.clone(),
            Inline::Code(text) => format!("[c {text}]"),
            Inline::Mention(name) => format!("[@{name}]"),
            Inline::Link(link, content) => {
                let content = of_inlines(content);
                match content == link.as_str() {
                    true => format!("[a {content}]"),
                    false => format!("[a {} {content}]", link.as_str()),
                }
            }
            Inline::Marked(mark, content) => {
                let sign = match mark {
                    Mark::Strong => 'b',
                    Mark::Emphasis => 'i',
                    Mark::Strike => 's',
                    Mark::Spoiler => '?',
                };
                format!("[{sign} {}]", of_inlines(content))
            }
        })
        .collect()
}

fn all_are(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(shape(text), *expected, "{text:?}");
    }
}

/// Each is text, as it was typed.
fn all_stay(texts: &[&str]) {
    for text in texts {
        assert_eq!(
            parse(text),
            [Block::Text(vec![Inline::Text((*text).to_owned())])]
        );
    }
}

#[test]
fn a_username_as_a_word_of_its_own_is_a_mention() {
    assert_eq!(shape("@john hi"), "[@john] hi");
    assert_eq!(shape("hi (@John.S), @a_b-c."), "hi ([@John.S]), [@a_b-c].");
    assert_eq!(shape("**@john**"), "[b [@john]]");
    for text in ["a@b.de", "@", "@ john", "@@", "@joé", "@.", "x_@john"] {
        assert_eq!(shape(text), text, "{text}");
    }
    assert_eq!(shape("`@john`"), "[c @john]");
    assert_eq!(shape("\\@john"), "@john");
    let link = shape("[@john](https://a.de)");
    assert!(!link.contains("[@john]"), "no link in a link: {link}");
    assert_eq!(one_line("hi **@John**"), "hi @John");
}

#[test]
fn words_between_signs_are_marked() {
    all_are(&[
        ("**bold** and *italic*", "[b bold] and [i italic]"),
        ("__bold__ and _italic_", "[b bold] and [i italic]"),
        ("~~gone~~ and ||secret||", "[s gone] and [? secret]"),
        ("***both***", "[i [b both]]"),
        (
            "**bold *and italic* in it**",
            "[b bold [i and italic] in it]",
        ),
        ("**a*b**c*", "[b a*b]c*"),
        ("in**si**de", "in[b si]de"),
        ("*over\ntwo lines*", "[i over\ntwo lines]"),
        ("||**bold** secret||", "[? [b bold] secret]"),
        ("**テスト。**テスト", "[b テスト。]テスト"),
        ("**🎉**x", "[b 🎉]x"),
    ]);
}

#[test]
fn what_only_looks_like_marks_stays_as_it_was_typed() {
    all_stay(&[
        "snake_case_name and self._private",
        "2*3*4 = 24, 2 * 3 * 4 too",
        "a ** b ** c",
        "**not closed",
        "not opened**",
        "if (a || b) || c",
        "||||",
        "~5 or ~6, ~~~",
        "*\n\n*",
        "*over\n\na gap*",
        "5 > 3 and 3 < 5",
        ">_> and >:(",
        ">",
        "> > >",
        "#hashtag",
        "####### seven",
        "# ",
        "- ",
        "-",
        "1.",
        "- - -",
        "***",
        "* * *",
        "3.5 is a number",
        "&amp; <b>no</b> <!-- --> <script>",
        "C:\\new\\temp",
        "  indented\n\n\n  and far apart",
        "    four spaces are no code",
        "a | b",
        "```",
        "```rust",
        "~~~ hello ~~~",
        "[x] done, [ ] not",
        "[a](b) [a]( [a]() [](",
        "[a][b]\n[b]: https://example.com"
            .split('\n')
            .next()
            .unwrap_or_default(),
        "title\n---",
    ]);
}

#[test]
fn a_backslash_takes_the_meaning_from_a_sign() {
    all_are(&[
        (r"\*not italic\*", "*not italic*"),
        (r"\**half*", "*[i half]"),
        (r"\`no code\`", "`no code`"),
        (
            r"\[no](https://a.example)",
            "[no](https://a.example)"
                .replace("https://a.example", "[a https://a.example]")
                .as_str(),
        ),
        (r"\\*italic*", "\\[i italic]"),
        (r"\> no quote", "> no quote"),
        (r"\- no list", "- no list"),
        (r"`\`*i*", "[c \\][i i]"),
    ]);
}

#[test]
fn code_in_a_line_is_as_it_was_typed() {
    all_are(&[
        ("`a*b*c`", "[c a*b*c]"),
        ("``a ` b``", "[c a ` b]"),
        ("`` ` ``", "[c `]"),
        ("` `", "[c  ]"),
        ("`not closed", "`not closed"),
        ("``not closed`", "``not closed`"),
        ("*a `b* c`", "*a [c b* c]"),
        ("[a `](https://a.example)`", "[a [c ](https://a.example)]"),
        ("```one line```", "[c one line]"),
        ("`https://a.example`", "[c https://a.example]"),
    ]);
}

#[test]
fn code_between_fences_keeps_everything() {
    all_are(&[
        ("```\na\n  *b*\n\nc\n```", "[code - a\n  *b*\n\nc]"),
        (
            "```Rust\nfn main() {}\n```\nafter",
            "[code rust fn main() {}]\nafter",
        ),
        ("before\n```c++\nx\n```", "before\n[code c++ x]"),
        ("~~~\n```\n~~~", "[code - ```]"),
        ("````\n```\n````", "[code - ```]"),
        ("```\nnot closed", "[code - not closed]"),
        ("```some words\nmore\n```", "[code - some words\nmore]"),
        ("> ```\n> x\n> ```\ny", "[q [code - x]]\ny"),
        ("- a\n  ```\n  x\n  ```", "[• a\n[code - x]]"),
    ]);
}

#[test]
fn lines_with_an_angle_are_quoted_and_the_next_is_not() {
    all_are(&[
        ("> a\n> b\nc", "[q a\nb]\nc"),
        (">> deep\n> less", "[q [q deep]\nless]"),
        (">\n> a", "[q a]"),
        ("a\n> b", "a\n[q b]"),
        ("> - a\n> - b", "[q [• a; b]]"),
    ]);
}

#[test]
fn lists_nest_by_indentation() {
    all_are(&[
        ("- a\n- b", "[• a; b]"),
        ("* a\n* b\n+ c", "[• a; b]\n[• c]"),
        ("1. a\n2. b", "[1 a; b]"),
        ("7) a\n8) b", "[7 a; b]"),
        ("- a\n  - b\n    - c\n- d", "[• a\n[• b\n[• c]]; d]"),
        ("1. a\n  - b\n2. c", "[1 a\n[• b]; c]"),
        ("- a\n\n- b", "[• a; b]"),
        ("- a\n\n\nb", "[• a]\nb"),
        ("- a\n  goes on\nb", "[• a\ngoes on]\nb"),
        ("like\n- a", "like\n[• a]"),
        ("it was in\n1984. A year", "it was in\n1984. A year"),
        ("1984. A year", "[1984 A year]"),
        ("- **a**\n- [x] b", "[• [b a]; [x] b]"),
        ("- a\n\t- b", "[• a\n[• b]]"),
    ]);
}

#[test]
fn tables_have_heads_and_sides() {
    all_are(&[
        ("a|b\n-|-\n1|2", "[table << a|b / 1|2]"),
        (
            "| a | b |\n|:-:|--:|\n| 1 | **2** |\nafter",
            "[table => a|b / 1|[b 2]]\nafter",
        ),
        ("|a\\|b|\n|---|\n|c|", "[table < a|b / c]"),
        ("a|b\n-|-\n1|2|3\n4|", "[table << a|b / 1|2|3 / 4]"),
        ("a|b\n-|-|-", "a|b\n-|-|-"),
    ]);
}

#[test]
fn headings_are_known() {
    all_are(&[
        ("# a", "[h a]"),
        ("### a *b* ###\nc", "[h a [i b]]\nc"),
        ("# C#", "[h C#]"),
    ]);
}

#[test]
fn addresses_are_links_without_what_surrounds_them() {
    all_are(&[
        (
            "see https://a.example/b?c=d#e.",
            "see [a https://a.example/b?c=d#e].",
        ),
        ("(https://a.example)", "([a https://a.example])"),
        ("https://a.example/b_(c)", "[a https://a.example/b_(c)]"),
        ("https://a.example/b_c_d", "[a https://a.example/b_c_d]"),
        ("**https://a.example**", "[b [a https://a.example]]"),
        ("||https://a.example||", "[? [a https://a.example]]"),
        ("\"HTTP://a.example\"", "\"[a HTTP://a.example]\""),
        ("<https://a.example>", "<[a https://a.example]>"),
        ("mailto:a@b.example!", "[a mailto:a@b.example]!"),
        ("https://müller.example/ü", "[a https://müller.example/ü]"),
        ("http://[::1]:80/", "[a http://[::1]:80/]"),
        ("日本https://a.example", "日本[a https://a.example]"),
    ]);
    all_stay(&[
        "xhttps://a.example",
        "https://",
        "http:///x",
        "mailto:x",
        "ftp://a.example",
        "www.a.example",
    ]);
}

#[test]
fn words_are_links_to_what_may_be_followed() {
    all_are(&[
        ("[a](https://a.example)", "[a https://a.example a]"),
        ("[#Tea](/t/5?m=9)", "[a /t/5?m=9 #Tea]"),
        (
            "[a](/settings) [a](//evil.example)",
            "[a](/settings) [a](//evil.example)",
        ),
        (
            "[**a** b](http://a.example/(x))",
            "[a http://a.example/(x) [b a] b]",
        ),
        ("[a](<https://a.example>)", "[a https://a.example a]"),
        ("[a](mailto:a@b.example)", "[a mailto:a@b.example a]"),
        ("[](https://a.example)", "[a https://a.example]"),
        ("![a](https://a.example)", "![a https://a.example a]"),
        (
            "[a [b](https://b.example) c](https://c.example)",
            "[a [a https://b.example b] c]([a https://c.example])",
        ),
        ("*[a*](https://a.example)", "*[a https://a.example a*]"),
        ("[a](https://a.example)*b*", "[a https://a.example a][i b]"),
    ]);
}

#[test]
fn nobody_reads_one_address_and_is_led_to_another() {
    all_are(&[
        (
            "[https://bank.example](https://evil.example)",
            "[[a https://bank.example]]([a https://evil.example])",
        ),
        (
            "https://a.example/\u{202e}moc",
            "[a https://a.example/]\u{202e}moc",
        ),
        (
            "https://a.example\\@b.example",
            "[a https://a.example]@b.example",
        ),
    ]);
    for hidden in [
        '\u{202e}', '\u{2066}', '\u{200b}', '\u{ad}', '\u{7f}', '\u{1}', '\\', '\t', '\u{feff}',
    ] {
        let text = format!("[a](https://a{hidden}.example)");
        let has_it = |block: &Block| {
            matches!(block, Block::Text(all) if all.iter().any(|inline| {
                matches!(inline, Inline::Link(link, _) if link.as_str().contains(hidden) || link.as_str().ends_with(".example"))
            }))
        };
        assert!(!parse(&text).iter().any(has_it), "{text:?}");
    }
}

#[test]
fn a_few_emoji_alone_are_large_and_words_are_not() {
    for text in [
        "🎉",
        "👍🏽 👍🏽",
        "👩‍👩‍👧‍👦",
        "🇩🇪🇫🇷",
        "❤️",
        "1️⃣",
        "🏴\u{e0067}\u{e0062}\u{e007f}",
        "😀😀😀😀😀😀",
        "☕\n☕",
    ] {
        assert!(is_only_emoji(text), "{text}");
    }
    for text in [
        "",
        " ",
        "😀😀😀😀😀😀😀",
        "😀!",
        "a",
        "1",
        "#",
        "\u{fe0f}",
        "\u{200d}",
        "→",
        "©",
        "你好",
        "1\u{fe0f}2",
    ] {
        assert!(!is_only_emoji(text), "{text:?}");
    }
}

#[test]
fn on_one_line_there_are_words_only_and_no_secret() {
    for (text, line) in [
        ("**a** `b`\n> c\n- d\n- e", "a b c d e"),
        ("it was ||the butler||", "it was [spoiler]"),
        (
            "[a](https://a.example) https://b.example",
            "a https://b.example",
        ),
        ("```rust\nfn  main()\n```", "fn main()"),
        ("a|b\n-|-\n1|2", "a b 1 2"),
        ("snake_case", "snake_case"),
    ] {
        assert_eq!(one_line(text), line);
    }
}

#[test]
fn code_is_being_written_until_its_fence_is_closed() {
    for text in ["```", "a\n```rust\nfn", "```\na\n```\n```", "````\n```"] {
        assert!(is_in_code(text), "{text:?}");
    }
    for text in ["", "a", "```\na\n```", "```code```", "`a"] {
        assert!(!is_in_code(text), "{text:?}");
    }
}
