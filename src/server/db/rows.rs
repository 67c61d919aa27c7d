//! Many rows as one value, into the database and out of it.
//!
//! Into it: one statement text, prepared once, for a batch of any size. The rows travel as a JSON
//! object, `{"0": [..], "1": [..]}`, because both engines take one apart with the same words: `from
//! json_each($1) e`, and then `e.value ->> 0` for the first column. (`SQLite` has had that function
//! for long, `PostgreSQL` gets it for its `jsonb` by a migration.)
//!
//! Out of it: where many rows are read often, the database puts them into one JSON array of arrays.
//! `SQLite` runs in a thread of its own, and each row that is handed over may cost two switches
//! between threads, each column an allocation. Here the engines' functions have different names, so
//! [`as_json!`] makes a text for each.

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeMap, Serializer};
use sqlx::types::Json;

use super::{Pool, Result};

/// All rows of a query as one JSON array of arrays, with these columns of `r`, the query's result.
/// Columns in brackets are an array of their own: a row of several parts is a tuple of their rows.
macro_rules! as_json {
    ([$first:literal] $([$more:literal])+, $($query:tt)+) => {
        $crate::server::db::rows::AsJson {
            sqlite: concat!(
                "select json_group_array(json_array(json_array(", $first, ")",
                $(", json_array(", $more, ")",)+
                ")) from (", $($query)+, ") r"
            ),
            postgres: concat!(
                "select coalesce(json_agg(json_build_array(json_build_array(", $first, ")",
                $(", json_build_array(", $more, ")",)+
                ")), '[]')::text from (", $($query)+, ") r"
            ),
        }
    };
    ($columns:literal, $($query:tt)+) => {
        $crate::server::db::rows::AsJson {
            sqlite: concat!(
                "select json_group_array(json_array(", $columns, ")) from (", $($query)+, ") r"
            ),
            postgres: concat!(
                "select coalesce(json_agg(json_build_array(", $columns, ")), '[]')::text from (",
                $($query)+, ") r"
            ),
        }
    };
}
pub(super) use as_json;

/// A query that [`as_json!`] has made.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsJson {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl AsJson {
    /// The text for the engine at hand.
    pub fn on(self, pool: Pool<'_>) -> &'static str {
        match pool {
            Pool::Sqlite(_) => self.sqlite,
            Pool::Postgres(_) => self.postgres,
        }
    }
}

/// Takes apart what such a query has given. A row is a tuple, or a struct with its fields in the
/// order of the columns.
pub(super) fn parse<T: DeserializeOwned>(json: &str) -> Result<Vec<T>> {
    serde_json::from_str(json).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

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
    fn a_row_that_is_not_what_was_expected_is_an_error() {
        assert_eq!(
            parse::<(i64, String)>(r#"[[1,"a"]]"#).unwrap(),
            [(1, "a".to_owned())]
        );
        assert!(parse::<(i64, String)>(r#"[["a",1]]"#).is_err());
    }

    #[test]
    fn rows_are_an_object_of_arrays() {
        let json = serde_json::to_string(&rows(vec![(1, "a"), (2, "b")])).unwrap();
        assert_eq!(json, r#"{"0":[1,"a"],"1":[2,"b"]}"#);
    }
}
