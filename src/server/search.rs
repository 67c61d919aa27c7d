//! What a text is found by.
//!
//! Texts are compared *folded*: composed and decomposed, with and without accents, in capitals or not.
//! The index knows pairs of neighbouring letters; a text that has all pairs of what is looked for is
//! a candidate, and whether it really contains it is asked of the text. So parts of words are found,
//! and single characters of scripts that need no more for a word; nothing depends on knowing a
//! language; and both engines find the same.

mod fold;
pub mod query;
pub mod tokens;

pub use fold::{Folded, fold};
pub use query::{Has, Query};
