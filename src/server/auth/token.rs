//! Secrets that stand for a person: made here, shown once, stored only as a hash.
//!
//! A token is 32 random bytes behind a prefix that tells its kind (and lets secret scanners find
//! one that leaked). A plain SHA-256 is enough for what cannot be guessed.

use sha2::{Digest, Sha256};

use crate::server::clock::Entropy;
use crate::server::hex::hex;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A person's session: in a browser's cookie, or in a program that signed in.
    Session,
    /// A program's token, made by its owner.
    Api,
    /// An invitation to register.
    Invite,
    /// For the first person of a server.
    Setup,
}

impl TokenKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Session => "hbs_",
            Self::Api => "hbt_",
            Self::Invite => "hbi_",
            Self::Setup => "hbf_",
        }
    }

    /// The kind of a token, if it is one of ours.
    pub fn of(token: &str) -> Option<Self> {
        [Self::Session, Self::Api, Self::Invite, Self::Setup]
            .into_iter()
            .find(|kind| token.starts_with(kind.prefix()))
    }
}

/// A new token.
pub fn generate(kind: TokenKind, entropy: &Entropy) -> String {
    format!("{}{}", kind.prefix(), hex(&entropy.bytes::<32>()))
}

/// What is stored of a token.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_its_kind_and_nothing_else_is_one() {
        let token = generate(TokenKind::Api, &Entropy::system());
        assert_eq!(token.len(), 4 + 64);
        assert_eq!(TokenKind::of(&token), Some(TokenKind::Api));
        assert_eq!(TokenKind::of("secret"), None);
        assert_eq!(TokenKind::of(""), None);
    }
}
