//! Settings in the environment, and in the file `.env` of the current directory.
//!
//! A value is taken as it stands: nothing in it is expanded, so a password may contain a `$`. An
//! empty variable is one that is not set. The process's own environment is stronger than the file;
//! what is wrong in the file is said with the number of the line and never with the line, which may
//! hold a secret.

use std::collections::HashMap;
use std::path::Path;

use thiserror::Error;

/// Why the file cannot be used.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum EnvironmentError {
    #[error("cannot read the file .env: {0}")]
    Unreadable(String),
    #[error("the file .env is malformed: line {0} is not NAME=VALUE")]
    NotAnAssignment(usize),
    #[error("the file .env is malformed: the quotes of line {0} do not end")]
    OpenQuote(usize),
}

/// Variables by their names: the process's own, and those of `.env`.
#[derive(Default)]
pub struct Environment {
    file: HashMap<String, String>,
}

impl Environment {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    /// It cannot be read or is malformed.
    pub fn load(path: &Path) -> Result<Self, EnvironmentError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(EnvironmentError::Unreadable(error.to_string())),
        }
    }

    /// A variable, unless it is empty.
    pub fn get(&self, name: &str) -> Option<String> {
        let own = std::env::var(name).ok();
        own.filter(|value| !value.trim().is_empty())
            .or_else(|| self.file.get(name).cloned())
            .filter(|value| !value.trim().is_empty())
    }

    fn parse(text: &str) -> Result<Self, EnvironmentError> {
        let text = text.trim_start_matches('\u{feff}');
        let mut file = HashMap::new();
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let line = line.strip_prefix("export ").unwrap_or(line);
            let malformed = EnvironmentError::NotAnAssignment(number);
            let (name, value) = line.split_once('=').ok_or(malformed)?;
            let name = name.trim();
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            if name.is_empty() || !name.chars().all(is_name) {
                return Err(EnvironmentError::NotAnAssignment(number));
            }
            let value = unquote(value.trim()).ok_or(EnvironmentError::OpenQuote(number))?;
            file.insert(name.to_owned(), value);
        }
        Ok(Self { file })
    }
}

/// What is between quotes; without them, what comes before a comment.
fn unquote(value: &str) -> Option<String> {
    for quote in ['"', '\''] {
        let Some(rest) = value.strip_prefix(quote) else {
            continue;
        };
        let mut unquoted = String::new();
        let mut characters = rest.chars();
        loop {
            match characters.next()? {
                c if c == quote => return Some(unquoted),
                '\\' if quote == '"' => match characters.next()? {
                    'n' => unquoted.push('\n'),
                    escaped @ ('"' | '\\' | '$') => unquoted.push(escaped),
                    other => unquoted.extend(['\\', other]),
                },
                c => unquoted.push(c),
            }
        }
    }
    let end = value.find(" #").unwrap_or(value.len());
    Some(value[..end].trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_as_it_stands() {
        let text = "\u{feff}# settings\n\nexport A=pa$word1\nB = 'x # y'\nC=\"q\\\"$HOME\\n\"\n\
                    D=plain # a comment\nE=\nF=a#b\n";
        let environment = Environment::parse(text).unwrap();
        let value = |name: &str| environment.file.get(name).map(String::as_str);
        assert_eq!(value("A"), Some("pa$word1"));
        assert_eq!(value("B"), Some("x # y"));
        assert_eq!(value("C"), Some("q\"$HOME\n"));
        assert_eq!(value("D"), Some("plain"));
        assert_eq!(value("F"), Some("a#b"));
        assert_eq!(environment.get("E"), None, "an empty one is not set");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_number_and_never_with_the_line() {
        for (text, line) in [("A=1\nsecret", 2), ("=secret", 1), ("A B=secret", 1)] {
            let error = Environment::parse(text).err().unwrap();
            assert_eq!(error, EnvironmentError::NotAnAssignment(line));
            assert!(!error.to_string().contains("secret"));
        }
        let open = Environment::parse("A='secret").err().unwrap();
        assert_eq!(open, EnvironmentError::OpenQuote(1));
    }
}
