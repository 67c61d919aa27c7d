//! Passwords: Argon2id in the memory OWASP asks for, off the async threads, a few at a time.
//!
//! A name nobody has is checked against a dummy hash, so that the time an answer takes does not
//! tell which names exist.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::names;
use crate::protocol::Password;
use crate::server::clock::Entropy;
use crate::server::error::{Error, Result};

/// Hashes and checks passwords. Argon2's default here: 19 MiB, two passes, one lane.
#[derive(Debug)]
pub struct Passwords {
    /// Each hashing takes 19 MiB: a crowd at the door must not take them all at once.
    permits: Arc<Semaphore>,
    /// Those at work and those who wait: whoever comes beyond that is told to come back, instead of
    /// waiting for minutes.
    waiting: Semaphore,
    entropy: Entropy,
}

/// Passwords that may wait to be checked or hashed: a few seconds' work.
const WAITING: usize = 100;

/// A hash that no password is known for, with the parameters of ours: checking against it takes as
/// long. (Made up rather than computed, so that starting costs no hashing.)
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw\
                     $EBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8";

impl Passwords {
    pub fn new(entropy: Entropy) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(2)),
            waiting: Semaphore::new(WAITING),
            entropy,
        }
    }

    /// # Errors
    /// Hashing fails.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let password = names::password(password.as_str());
        let salt = self.entropy.bytes();
        self.off_thread(move || hash_now(password.as_bytes(), &salt))
            .await?
    }

    /// Whether this is the password behind the hash; without a hash, `false` after as long a time.
    ///
    /// # Errors
    /// The stored hash is not one.
    pub async fn verify(&self, typed: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(DUMMY).to_owned();
        // Longer than any password can be: no need to hash a megabyte to know.
        let typed = if typed.chars().count() > Password::MAX_CHARS {
            String::new()
        } else {
            typed.to_owned()
        };
        let matches = self
            .off_thread(move || {
                let hash = PasswordHash::new(&hash).map_err(Error::internal)?;
                let is_it = |password: &str| {
                    let outcome = Argon2::default().verify_password(password.as_bytes(), &hash);
                    outcome.is_ok()
                };
                let composed = names::password(&typed);
                // Before passwords were composed, they were hashed as they came.
                Ok::<_, Error>(is_it(&composed) || (composed != typed && is_it(&typed)))
            })
            .await??;
        Ok(matches && known)
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let Ok(_place) = self.waiting.try_acquire() else {
            return Err(Error::Unavailable("too many passwords to check".to_owned()));
        };
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.map_err(Error::internal)?;
        // The permit goes along: whoever hangs up meanwhile does not make room for another.
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(Error::internal)
    }
}

fn hash_now(password: &[u8], salt: &[u8; 16]) -> Result<String> {
    Argon2::default()
        .hash_password_with_salt(password, salt)
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_and_no_other() {
        let passwords = Passwords::new(Entropy::system());
        let hash = passwords
            .hash(&Password::parse("secret").unwrap())
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify("secret", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("Secret", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("", Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_is_known_however_a_keyboard_composes_it_and_old_hashes_still_work() {
        let passwords = Passwords::new(Entropy::system());
        let decomposed = Password::parse("cafe\u{301}s").unwrap();
        let hash = passwords.hash(&decomposed).await.unwrap();
        assert!(passwords.verify("caf\u{e9}s", Some(&hash)).await.unwrap());
        let old = hash_now(decomposed.as_str().as_bytes(), &[7; 16]).unwrap();
        assert!(passwords.verify("cafe\u{301}s", Some(&old)).await.unwrap());
        assert!(!passwords.verify("cafes", Some(&old)).await.unwrap());
    }

    #[test]
    fn the_dummy_costs_what_a_real_hash_costs() {
        let real = hash_now(b"secret", &[7; 16]).unwrap();
        let parameters = |hash: &str| hash.split('$').nth(3).unwrap().to_owned();
        assert_eq!(parameters(DUMMY), parameters(&real));
        assert_eq!(DUMMY.len(), real.len());
        assert!(PasswordHash::new(DUMMY).is_ok());
    }

    #[tokio::test]
    async fn without_a_hash_nothing_matches() {
        let passwords = Passwords::new(Entropy::system());
        assert!(!passwords.verify("secret", None).await.unwrap());
    }
}
