//! What was copied elsewhere with its form, as the Markdown that has the same form here.
//!
//! The browser takes the document apart; here its pieces become text. Pages and programs say what is bold
//! or slanted in many ways, and some wrap everything into something that is not what it seems, so style
//! counts before names. What shows no form here is left to the browser, which pastes plain words.

use crate::protocol::markdown::Link;

/// Pieces of one document, at most: more is pasted as plain words.
pub const PIECES: usize = 20_000;
/// So deep are they looked into.
pub const DEPTH: usize = 60;

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Element {
        /// In lower case.
        tag: String,
        href: String,
        style: String,
        children: Vec<Piece>,
    },
}

/// The text with its marks; nothing where it has none.
pub fn markdown(pieces: &[Piece]) -> Option<String> {
    let mut writer = Writer::default();
    writer.blocks(pieces, "");
    let text = writer.finish();
    (writer.has_form && !writer.is_code && !text.is_empty()).then_some(text)
}

/// How a stretch of words looks.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Looks {
    bold: bool,
    italic: bool,
    strike: bool,
}

#[derive(Default)]
struct Writer {
    out: String,
    /// The line that is being written.
    line: String,
    has_form: bool,
    /// It is what an editor of programs copies: lines of one colour after the other.
    is_code: bool,
}

impl Writer {
    fn finish(&mut self) -> String {
        self.end_line("");
        self.out.trim().to_owned()
    }

    /// Ends the line at hand, with what stands before each line here.
    fn end_line(&mut self, before: &str) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim();
        if !line.is_empty() {
            self.out.push_str(before);
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    /// A block begins: there is an empty line before it.
    fn part(&mut self, before: &str) {
        self.end_line(before);
        let empty = format!("\n{}\n", before.trim_end());
        let is_apart = self.out.is_empty() || self.out.ends_with("\n\n");
        if !is_apart && !self.out.ends_with(&empty) {
            self.out.push_str(before.trim_end());
            self.out.push('\n');
        }
    }

    fn blocks(&mut self, pieces: &[Piece], before: &str) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.words(text, Looks::default()),
                Piece::Element {
                    tag,
                    children,
                    style,
                    ..
                } => self.element(piece, tag, style, children, before),
            }
        }
    }

    fn element(&mut self, piece: &Piece, tag: &str, style: &str, children: &[Piece], before: &str) {
        match tag {
            "script" | "style" | "head" | "title" | "meta" | "template" => {}
            "p" | "section" | "article" | "header" | "footer" | "main" | "figure" => {
                self.part(before);
                self.blocks(children, before);
                self.part(before);
            }
            "div" => {
                self.is_code |= style.contains("white-space:pre");
                self.end_line(before);
                self.blocks(children, before);
                self.end_line(before);
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.part(before);
                let bold = Looks {
                    bold: true,
                    ..Looks::default()
                };
                self.inlines(children, bold);
                self.part(before);
            }
            "br" => self.end_line(before),
            "hr" => self.part(before),
            "blockquote" => {
                self.has_form = true;
                self.part(before);
                let inside = format!("{before}> ");
                self.blocks(children, &inside);
                self.end_line(&inside);
                while self.out.ends_with(&format!("\n{}\n", inside.trim_end())) {
                    self.out
                        .truncate(self.out.len() - inside.trim_end().len() - 1);
                }
                self.part(before);
            }
            "pre" => self.code(children, before),
            "ul" | "ol" => self.list(children, tag == "ol", before),
            "table" => self.table(children, before),
            _ => {
                let has_blocks = children.iter().any(has_blocks);
                match has_blocks {
                    true => self.blocks(children, before),
                    false => self.inline(piece, Looks::default()),
                }
            }
        }
    }

    fn code(&mut self, children: &[Piece], before: &str) {
        let mut code = String::new();
        plain(children, &mut code);
        let code = code.trim_matches('\n');
        if code.is_empty() {
            return;
        }
        self.has_form = true;
        self.part(before);
        let fence = match code.contains("```") {
            true => "````",
            false => "```",
        };
        for line in [fence].into_iter().chain(code.lines()).chain([fence]) {
            self.out.push_str(before);
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
        self.part(before);
    }

    fn list(&mut self, children: &[Piece], is_ordered: bool, before: &str) {
        self.has_form = true;
        self.part(before);
        self.items(children, is_ordered, before);
        self.part(before);
    }

    fn items(&mut self, children: &[Piece], is_ordered: bool, before: &str) {
        let mut number = 1;
        for child in children {
            let Piece::Element { tag, children, .. } = child else {
                continue;
            };
            // Some programs put lists beside items and not into them.
            if tag == "ul" || tag == "ol" {
                self.items(children, tag == "ol", &format!("{before}  "));
                continue;
            }
            let sign = match is_ordered {
                true => format!("{number}. "),
                false => "- ".to_owned(),
            };
            number += 1;
            let inside = format!("{before}{}", " ".repeat(sign.len()));
            let mut item = Self::default();
            item.blocks(children, &inside);
            let text = item.finish();
            self.is_code |= item.is_code;
            self.out.push_str(before);
            self.out.push_str(&sign);
            // Its paragraphs follow each other.
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            self.out.push_str(&lines.collect::<Vec<_>>().join("\n"));
            self.out.push('\n');
        }
    }

    fn table(&mut self, children: &[Piece], before: &str) {
        let mut rows = Vec::new();
        collect_rows(children, &mut rows);
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        if columns < 2 {
            // A table of one column is how old pages are laid out.
            return self.blocks(children, before);
        }
        self.has_form = true;
        self.part(before);
        for (at, row) in rows.iter().enumerate() {
            self.out.push_str(before);
            for cell in row
                .iter()
                .map(String::as_str)
                .chain(std::iter::repeat_n("", columns - row.len()))
            {
                self.out.push_str("| ");
                self.out.push_str(cell);
                self.out.push(' ');
            }
            self.out.push_str("|\n");
            if at == 0 {
                self.out.push_str(before);
                self.out.push_str(&"| --- ".repeat(columns));
                self.out.push_str("|\n");
            }
        }
        self.part(before);
    }

    fn inlines(&mut self, pieces: &[Piece], looks: Looks) {
        for piece in pieces {
            self.inline(piece, looks);
        }
    }

    fn inline(&mut self, piece: &Piece, looks: Looks) {
        let Piece::Element {
            tag,
            href,
            style,
            children,
        } = piece
        else {
            if let Piece::Text(text) = piece {
                self.words(text, looks);
            }
            return;
        };
        self.is_code |= style.contains("white-space:pre;") || style.ends_with("white-space:pre");
        match tag.as_str() {
            "script" | "style" | "head" | "title" | "meta" | "template" => {}
            "br" => self.line.push('\n'),
            "code" | "kbd" | "samp" | "tt" => {
                let mut code = String::new();
                plain(children, &mut code);
                let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
                if !code.is_empty() {
                    self.has_form = true;
                    let fence = if code.contains('`') { "``" } else { "`" };
                    self.line.extend([fence, &code, fence]);
                }
            }
            "a" => self.link(href, children, looks),
            _ => self.inlines(children, look(tag, style, looks)),
        }
    }

    fn link(&mut self, href: &str, children: &[Piece], looks: Looks) {
        let mut label = Self::default();
        label.inlines(children, looks);
        let label = label.line.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some(link) = Link::parse(href) else {
            self.line.push_str(&label);
            return;
        };
        let mut words = String::new();
        plain(children, &mut words);
        self.has_form = true;
        match label.as_str() {
            "" => {}
            _ if words.trim() == link.as_str() => self.line.push_str(link.as_str()),
            label => {
                let address = link.as_str().replace('(', "%28").replace(')', "%29");
                self.line.extend(["[", label, "](", &address, ")"]);
            }
        }
    }

    /// Words that look like that. Spaces stand outside of the marks.
    fn words(&mut self, text: &str, looks: Looks) {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let begins = text.starts_with(char::is_whitespace);
        let ends = text.ends_with(char::is_whitespace);
        let space = |line: &mut String| {
            if !line.is_empty() && !line.ends_with([' ', '\n']) {
                line.push(' ');
            }
        };
        if begins {
            space(&mut self.line);
        }
        if words.is_empty() {
            return;
        }
        let marks = [
            (looks.bold, "**"),
            (looks.italic, "_"),
            (looks.strike, "~~"),
        ];
        let marks: String = marks
            .into_iter()
            .filter_map(|(is_so, mark)| is_so.then_some(mark))
            .collect();
        self.has_form |= !marks.is_empty();
        let is_first = self.line.is_empty() || self.line.ends_with('\n');
        self.line.push_str(&marks);
        self.line
            .push_str(&escaped(&words, is_first && marks.is_empty()));
        self.line.extend(backwards(&marks));
        if ends {
            space(&mut self.line);
        }
    }
}

/// Marks that end what they began, the last first.
fn backwards(marks: &str) -> Vec<char> {
    marks.chars().rev().collect()
}

/// How words look within an element of that name and style.
fn look(tag: &str, style: &str, before: Looks) -> Looks {
    let mut looks = before;
    match tag {
        "b" | "strong" => looks.bold = true,
        "i" | "em" | "cite" | "var" => looks.italic = true,
        "s" | "strike" | "del" => looks.strike = true,
        _ => {}
    }
    let says = |what: &str| style.contains(what);
    if says("font-weight:normal") || says("font-weight:400") {
        looks.bold = false;
    } else if ["bold", "600", "700", "800", "900"]
        .iter()
        .any(|it| says(&format!("font-weight:{it}")))
    {
        looks.bold = true;
    }
    if says("font-style:italic") {
        looks.italic = true;
    } else if says("font-style:normal") {
        looks.italic = false;
    }
    looks.strike |= says("line-through");
    looks
}

fn has_blocks(piece: &Piece) -> bool {
    const BLOCKS: [&str; 17] = [
        "p",
        "div",
        "ul",
        "ol",
        "table",
        "pre",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "hr",
        "br",
    ];
    match piece {
        Piece::Text(_) => false,
        Piece::Element { tag, children, .. } => {
            BLOCKS.contains(&tag.as_str()) || children.iter().any(has_blocks)
        }
    }
}

fn collect_rows(pieces: &[Piece], rows: &mut Vec<Vec<String>>) {
    for piece in pieces {
        let Piece::Element { tag, children, .. } = piece else {
            continue;
        };
        if tag != "tr" {
            collect_rows(children, rows);
            continue;
        }
        let cell = |piece: &Piece| match piece {
            Piece::Element { tag, children, .. } if tag == "td" || tag == "th" => {
                let mut cell = Writer::default();
                cell.inlines(children, Looks::default());
                let words = cell.line.split_whitespace().collect::<Vec<_>>().join(" ");
                Some(words.replace('|', r"\|").replace(r"\\|", r"\|"))
            }
            _ => None,
        };
        rows.push(children.iter().filter_map(cell).collect());
    }
}

/// The words as they are.
fn plain(pieces: &[Piece], into: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => into.push_str(text),
            Piece::Element { tag, children, .. } => {
                plain(children, into);
                if tag == "br" || (tag == "div" && !into.ends_with('\n')) {
                    into.push('\n');
                }
            }
        }
    }
}

/// Words that mean nothing else here.
fn escaped(words: &str, is_first: bool) -> String {
    let mut out = String::with_capacity(words.len());
    let mut before = ' ';
    let mut rest = words.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        let is_edge = !before.is_alphanumeric() || !after.is_alphanumeric();
        let is_mark = match c {
            '\\' | '`' | '*' | '[' | '<' => true,
            '_' => is_edge,
            '~' | '|' => after == c || before == c,
            _ => false,
        };
        if is_mark {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    let begins_a_block = is_first
        && (out.starts_with(['>', '#', '-', '+', '|'])
            || out
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .starts_with(['.', ')'])
                && out.starts_with(|c: char| c.is_ascii_digit()));
    match begins_a_block {
        // A number keeps its digits, and its dot means nothing.
        true if out.starts_with(|c: char| c.is_ascii_digit()) => {
            let at = out.find(['.', ')']).unwrap_or_default();
            out.insert(at, '\\');
            out
        }
        true => format!("\\{out}"),
        false => out,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::markdown::one_line;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    fn element(tag: &str, children: Vec<Piece>) -> Piece {
        styled(tag, "", children)
    }

    fn styled(tag: &str, style: &str, children: Vec<Piece>) -> Piece {
        Piece::Element {
            tag: tag.to_owned(),
            href: String::new(),
            style: style.to_owned(),
            children,
        }
    }

    fn link(href: &str, label: &str) -> Piece {
        Piece::Element {
            tag: "a".to_owned(),
            href: href.to_owned(),
            style: String::new(),
            children: vec![text(label)],
        }
    }

    fn written(pieces: &[Piece]) -> String {
        markdown(pieces).unwrap_or_default()
    }

    #[test]
    fn words_keep_how_they_look() {
        let pieces = [
            text("a "),
            element("b", vec![text("bold ")]),
            text("and "),
            element("em", vec![text("slanted")]),
            text(", "),
            element("s", vec![element("strong", vec![text("gone")])]),
        ];
        assert_eq!(written(&pieces), "a **bold** and _slanted_, **~~gone~~**");
        let cased = [
            styled("span", "font-weight:700", vec![text("x")]),
            text("y"),
        ];
        assert_eq!(written(&cased), "**x**y");
    }

    #[test]
    fn what_is_wrapped_in_bold_that_is_none_is_not_bold() {
        let docs = styled(
            "b",
            "font-weight:normal;",
            vec![element(
                "p",
                vec![styled("span", "font-style:italic", vec![text("Tea")])],
            )],
        );
        assert_eq!(written(&[docs]), "_Tea_");
    }

    #[test]
    fn links_lead_where_they_led_and_nowhere_else() {
        let pieces = [
            link("https://example.org/a_(b)", "here"),
            text(" "),
            link("https://example.org/", "https://example.org/"),
            text(" "),
            link("javascript:alert(1)", "there"),
        ];
        assert_eq!(
            written(&pieces),
            "[here](https://example.org/a_%28b%29) https://example.org/ there"
        );
    }

    #[test]
    fn lists_quotes_and_code_stand_as_they_did() {
        let item = |words: &str| element("li", vec![text(words)]);
        let nested = element(
            "li",
            vec![
                text("two"),
                element("ol", vec![item("first"), item("second")]),
            ],
        );
        let pieces = [
            element("p", vec![text("All:")]),
            element("ul", vec![item("one"), nested, item("three")]),
            element(
                "blockquote",
                vec![
                    element("p", vec![text("said")]),
                    element("p", vec![text("so")]),
                ],
            ),
            element(
                "pre",
                vec![element("code", vec![text("let a = 1;\n  b\n")])],
            ),
        ];
        let expected = "All:\n\n- one\n- two\n  1. first\n  2. second\n- three\n\n> said\n>\n> so\n\n```\nlet a = 1;\n  b\n```";
        assert_eq!(written(&pieces), expected);
    }

    #[test]
    fn a_list_beside_the_items_of_another_one_is_in_it() {
        let item = |words: &str| element("li", vec![text(words)]);
        let pieces = [element(
            "ul",
            vec![
                item("one"),
                element("ul", vec![item("inside")]),
                item("two"),
            ],
        )];
        assert_eq!(written(&pieces), "- one\n  - inside\n- two");
    }

    #[test]
    fn a_table_is_one_and_a_page_that_is_laid_out_by_one_is_not() {
        let cell = |words: &str| element("td", vec![text(words)]);
        let row = |cells: Vec<Piece>| element("tr", cells);
        let table = element(
            "table",
            vec![element(
                "tbody",
                vec![row(vec![cell("Tea"), cell("a|b")]), row(vec![cell("2 €")])],
            )],
        );
        assert_eq!(
            written(&[table]),
            "| Tea | a\\|b |\n| --- | --- |\n| 2 € |  |"
        );
        let page = element(
            "table",
            vec![row(vec![element(
                "td",
                vec![element("b", vec![text("x")])],
            )])],
        );
        assert_eq!(written(&[page]), "**x**");
    }

    #[test]
    fn what_has_no_form_and_what_an_editor_of_programs_copies_is_left_to_the_browser() {
        assert_eq!(
            markdown(&[text("plain"), element("p", vec![text("words")])]),
            None
        );
        assert_eq!(markdown(&[]), None);
        let line = styled(
            "div",
            "",
            vec![styled("span", "font-weight:bold", vec![text("let x")])],
        );
        let editor = styled("div", "white-space:pre", vec![line]);
        assert_eq!(markdown(&[editor]), None);
        let picture = element("img", vec![]);
        assert_eq!(
            markdown(&[picture, element("script", vec![text("alert(1)")])]),
            None
        );
    }

    #[test]
    fn a_line_that_looks_like_a_block_is_none() {
        let bold = || element("b", vec![text("x")]);
        for (line, expected) in [
            ("1. not a list ", "1\\. not a list **x**"),
            ("- nor this ", "\\- nor this **x**"),
            ("> nor a quote ", "\\> nor a quote **x**"),
            ("5 of 3 ", "5 of 3 **x**"),
        ] {
            assert_eq!(written(&[text(line), bold()]), expected);
        }
    }

    proptest! {
        #[test]
        fn words_mean_nothing_but_themselves(words in r"[a-z0-9 \\`*_~|\[\]()<>#+.!-]{1,40}") {
            let pieces = [text(&words), text(" "), element("b", vec![text("end")])];
            let seen = one_line(&markdown(&pieces).unwrap());
            let expected = format!("{words} end");
            let expected = expected.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(seen, expected);
        }
    }
}
