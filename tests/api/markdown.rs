//! What people write, as it stands in a page: marks are elements, everything else is text, and nothing
//! can be executed. The strings are of the kinds that published collections have.

use std::collections::BTreeSet;

use hubbub::protocol::{ThreadId, ThreadKind};
use serde_json::json;

use crate::support::TestApp;

/// What a message can be made of.
const TAGS: [&str; 20] = [
    "a",
    "strong",
    "em",
    "s",
    "code",
    "pre",
    "label",
    "input",
    "span",
    "p",
    "ul",
    "ol",
    "li",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
];

const NASTY: [&str; 48] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "</div></article></main><script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'\"--></style></script><script>alert(1)</script>",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "<math><mtext></mtext><mglyph><style><img src onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "**<img src=x onerror=alert(1)>**",
    "`<img src=x onerror=alert(1)>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "```\"onload=alert(1)\nx\n```",
    "```js\"onmouseover=alert(1)//\nx\n```",
    "> <script>alert(1)</script>",
    "- <script>alert(1)</script>",
    "| <script>alert(1)</script> | b |\n|---|---|\n| <img src=x onerror=alert(1)> | ||<svg onload=alert(1)>|| |",
    "||<img src=x onerror=alert(1)>||",
    "# <script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a]( javascript:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](\u{1}javascript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](javascript://example.com/%0aalert(1))",
    "[a](<javascript:alert(1)>)",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](vbscript:msgbox(1))",
    "[a](file:///etc/passwd)",
    "[a](blob:https://example.com/x)",
    "[a](//evil.example)",
    "[a](/api/logout)",
    "[a](https://x.example/\"onmouseover=\"alert(1))",
    "[a](https://x.example/'onmouseover='alert(1))",
    "[a](https://x.example/\u{202e}gnp.exe)",
    "[https://good.example](https://evil.example)",
    "![a](javascript:alert(1))",
    "<javascript:alert(1)>",
    "https://x.example/\"onmouseover=alert(1)//",
    "[a]: javascript:alert(1)\n[a]",
];

/// An element's name and its attributes, as a browser would read them.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

/// The elements that begin in a document.
fn tags(mut html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    while let Some(at) = html.find('<') {
        html = &html[at + 1..];
        let name: String = html
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if name.is_empty() {
            continue;
        }
        html = &html[name.len()..];
        let mut attributes = Vec::new();
        loop {
            html = html.trim_start_matches([' ', '\n', '/']);
            if html.is_empty() || html.starts_with('>') {
                break;
            }
            let end = html.find(['=', ' ', '>']).unwrap();
            let key = html[..end].to_owned();
            html = &html[end..];
            let value = html
                .strip_prefix("=\"")
                .and_then(|rest| rest.split_once('"'));
            let (value, rest) = value.unwrap_or(("", html));
            html = rest;
            attributes.push((key, value.to_owned()));
        }
        found.push(Tag { name, attributes });
    }
    found
}

/// The page of a thread, from the element that it is drawn in.
async fn page_of(app: &TestApp, thread: ThreadId) -> String {
    let browser = app.signed_in("john").await;
    let page = browser.text(&format!("/t/{thread}")).await;
    let at = page.find("<div id=\"page\"").unwrap();
    page[at..].to_owned()
}

on_both_engines! {
    async fn nothing_that_somebody_writes_can_be_executed(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        socket.rpc("thread:publish", json!({ "id": thread, "message": "harmless" })).await;
        let plain = page_of(&app, thread).await;
        let mut known: BTreeSet<String> = tags(&plain).into_iter().map(|tag| tag.name).collect();
        known.extend(TAGS.map(str::to_owned));
        let scripts = |html: &str| tags(html).iter().filter(|tag| tag.name == "script").count();
        // A page has fifty messages.
        for text in NASTY {
            socket.rpc("thread:publish", json!({ "id": thread, "message": text })).await;
        }
        let page = page_of(&app, thread).await;
        assert_eq!(page.matches("<article").count(), NASTY.len() + 1);
        assert_eq!(page.matches("</article>").count(), NASTY.len() + 1);
        assert_eq!(scripts(&page), scripts(&plain));
        for tag in tags(&page) {
            assert!(known.contains(&tag.name), "{}", tag.name);
            for (key, value) in tag.attributes {
                assert!(!key.to_ascii_lowercase().starts_with("on"), "{key}={value}");
                assert!(!matches!(key.as_str(), "style" | "srcdoc" | "xlink:href"), "{key}");
                if matches!(key.as_str(), "href" | "src") {
                    let begins = ["/", "#", "http://", "https://", "mailto:"];
                    assert!(begins.iter().any(|begin| value.starts_with(begin)), "{key}={value}");
                    assert!(!value.starts_with("//") && !value.starts_with("/api"), "{value}");
                }
            }
        }
    }

    async fn marks_are_elements_in_the_page_itself(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        for text in [
            "**b** *i* ~~s~~ `c` ||x||",
            "see [here](https://a.example/?b=c&d)",
            "2*3*4 snake_case",
            "- a\n  1. b\n\n> q",
            "🎉",
        ] {
            socket.rpc("thread:publish", json!({ "id": thread, "message": text })).await;
        }
        let page = page_of(&app, thread).await;
        for part in ["<strong>b<", "<em>i<", "<s>s<", "<code>c<"] {
            assert!(page.contains(part), "{part} in {page}");
        }
        let links: Vec<_> = tags(&page).into_iter().filter(|tag| {
            tag.attributes.iter().any(|(_, value)| value.starts_with("https://a.example"))
        }).collect();
        let value = |name: &str| links[0].attributes.iter().find(|(key, _)| key == name).unwrap().1.clone();
        assert_eq!(links.len(), 1);
        assert_eq!(value("href"), "https://a.example/?b=c&amp;d");
        assert_eq!(value("rel"), "noopener noreferrer nofollow");
        assert_eq!(value("target"), "_blank");
        assert!(page.contains(">2*3*4 snake_case<"));
        assert!(page.contains("class=\"text large\""));
        assert!(page.contains("class=\"spoiler\""));
    }
}
