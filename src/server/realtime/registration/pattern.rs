//! Patterns that names of channels match: with parameters in a rule, with `*` in a question.

use std::collections::BTreeMap;

/// The values of a pattern's parameters.
pub type Params = BTreeMap<String, String>;

/// A parameter takes one or more characters other than `:`.
pub(super) fn match_pattern(pattern: &str, name: &str) -> Option<Params> {
    if let Some(start) = pattern.strip_suffix('*') {
        return name.starts_with(start).then(Params::new);
    }
    let mut params = Params::new();
    let (mut parts, mut values) = (pattern.split(':'), name.split(':'));
    loop {
        match (parts.next(), values.next()) {
            (None, None) => return Some(params),
            (Some(part), Some(value)) => {
                let param = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
                match param {
                    Some(param) if !value.is_empty() => {
                        params.insert(param.to_owned(), value.to_owned());
                    }
                    None if part == value => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

/// Names with `*` for any characters, to look for channels.
#[derive(Clone, Debug)]
pub struct Glob {
    parts: Vec<String>,
}

impl Glob {
    /// Without a pattern, every name.
    pub fn new(pattern: &str) -> Self {
        let pattern = if pattern.is_empty() { "*" } else { pattern };
        Self {
            parts: pattern.split('*').map(str::to_owned).collect(),
        }
    }

    pub fn matches(&self, name: &str) -> bool {
        let Some((first, others)) = self.parts.split_first() else {
            return true;
        };
        let Some((last, middle)) = others.split_last() else {
            return name == first;
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_gives_its_parameters() {
        let params = match_pattern("thread:{id}", "thread:7").unwrap();
        assert_eq!(params["id"], "7");
        assert!(match_pattern("chat", "chat").unwrap().is_empty());
        assert!(match_pattern("test*", "test").is_some());
        assert!(match_pattern("test*", "test:7:8").is_some());
    }

    #[test]
    fn a_pattern_does_not_match_more_or_less_than_it_says() {
        for name in ["thread:", "thread", "thread:7:8", "threads:7", "", ":7"] {
            assert!(match_pattern("thread:{id}", name).is_none(), "{name:?}");
        }
        assert!(match_pattern("test*", "tes").is_none());
        assert!(match_pattern("recovery:*", "recovery").is_none());
    }

    #[test]
    fn a_glob_finds_names() {
        for (pattern, name, found) in [
            ("", "a", true),
            ("*", "", true),
            ("a*", "ab", true),
            ("a*", "ba", false),
            ("*b*d", "abcd", true),
            ("*b*d", "abdc", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("aa*aa", "aaa", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), found, "{pattern} {name}");
        }
    }
}
