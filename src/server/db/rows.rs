//! Many rows as one parameter: one statement text, prepared once, for a batch of any size.
//!
//! The rows travel as a JSON object, `{"0": [..], "1": [..]}`, because both engines take one apart
//! with the same words: `from json_each($1) e`, and then `e.value ->> 0` for the first column.
//! (`SQLite` has had that function for long, `PostgreSQL` gets it for its `jsonb` by a migration.)

use serde::ser::{Serialize, SerializeMap, Serializer};
use sqlx::types::Json;

/// Rows to be bound; each a tuple or an array.
pub(super) fn rows<T: Serialize>(rows: Vec<T>) -> Json<Rows<T>> {
    Json(Rows(rows))
}

/// See the module's text.
#[derive(Debug)]
pub(super) struct Rows<T>(Vec<T>);

impl<T: Serialize> Serialize for Rows<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (at, row) in self.0.iter().enumerate() {
            map.serialize_entry(&at, row)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_an_object_of_arrays() {
        let json = serde_json::to_string(&rows(vec![(1, "a"), (2, "b")])).unwrap();
        assert_eq!(json, r#"{"0":[1,"a"],"1":[2,"b"]}"#);
    }
}
