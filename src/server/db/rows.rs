//! Many rows as one value, into the database and out of it.
//!
//! Into it: one statement text, prepared once, for a batch of any size. The rows travel as a JSON
//! object, `{"0": [..], "1": [..]}`, because both engines take one apart with the same words: `from
//! json_each($1) e`, and then `e.value ->> 0` for the first column. (`SQLite` has had that function
//! for long, `PostgreSQL` gets it for its `jsonb` by a migration.)
//!
//! Out of it: where many rows are read often, the database puts them into one JSON array, each row an
//! object whose parts are objects with the columns by name. `SQLite` runs in a thread of its own, and
//! each row that is handed over may cost two switches between threads, each column an allocation.
//! Here the engines' functions have different names, so [`as_json!`] makes a text for each.

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeMap, Serializer};
use sqlx::types::Json;

use super::{Pool, Result};

/// `'a', r.a, 'b', r.b`: columns of `r` for a function that makes an object.
macro_rules! pairs {
    ($first:ident $(, $more:ident)*) => {
        concat!(
            "'", stringify!($first), "', r.", stringify!($first)
            $(, ", '", stringify!($more), "', r.", stringify!($more))*
        )
    };
}
pub(super) use pairs;

/// All rows of a query as one JSON array of objects. Each part is named, with its columns of `r`, the
/// query's result; a part with a question mark, behind the others and a semicolon, is null where its
/// first column is.
macro_rules! as_json {
    (
        { $first:ident: [$($columns:ident),+] $(, $part:ident: [$($others:ident),+])*
          $(; $($perhaps:ident?: [$key:ident $(, $rest:ident)*]),+)? },
        $($query:tt)+
    ) => {
        $crate::server::db::rows::Statement {
            sqlite: concat!(
                "select json_group_array(json_object('", stringify!($first), "', json_object(",
                $crate::server::db::rows::pairs!($($columns),+), ")"
                $(, ", '", stringify!($part), "', json_object(",
                  $crate::server::db::rows::pairs!($($others),+), ")")*
                $($(, ", '", stringify!($perhaps), "', json(case when r.", stringify!($key),
                  " is null then null else json_object(",
                  $crate::server::db::rows::pairs!($key $(, $rest)*), ") end)")+)?,
                ")) from (", $($query)+, ") r"
            ),
            postgres: concat!(
                "select coalesce(json_agg(json_build_object('", stringify!($first),
                "', json_build_object(", $crate::server::db::rows::pairs!($($columns),+), ")"
                $(, ", '", stringify!($part), "', json_build_object(",
                  $crate::server::db::rows::pairs!($($others),+), ")")*
                $($(, ", '", stringify!($perhaps), "', case when r.", stringify!($key),
                  " is null then null else json_build_object(",
                  $crate::server::db::rows::pairs!($key $(, $rest)*), ") end")+)?,
                ")), '[]')::text from (", $($query)+, ") r"
            ),
        }
    };
}
pub(super) use as_json;

/// A statement that each engine has in words of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statement {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Statement {
    /// The text for the engine at hand.
    pub fn on(self, pool: Pool<'_>) -> &'static str {
        match pool {
            Pool::Sqlite(_) => self.sqlite,
            Pool::Postgres(_) => self.postgres,
        }
    }
}

/// Takes apart what such a query has given.
pub(super) fn parse<T: DeserializeOwned>(json: &str) -> Result<Vec<T>> {
    serde_json::from_str(json).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// Rows to be bound; each a tuple or an array.
pub(super) fn rows<T: Serialize>(rows: Vec<T>) -> Json<Rows<T>> {
    Json(Rows(rows))
}

/// Rows that came out of the database as one JSON array.
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
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Row {
            id: i64,
        }
        assert_eq!(parse::<Row>(r#"[{"id":1}]"#).unwrap(), [Row { id: 1 }]);
        assert!(parse::<Row>(r#"[{"id":"a"}]"#).is_err());
    }

    #[test]
    fn columns_go_by_name() {
        let query = as_json!({ a: [id, name]; b?: [other, more] }, "select 1");
        assert_eq!(
            query.sqlite,
            "select json_group_array(json_object('a', json_object('id', r.id, 'name', r.name), \
             'b', json(case when r.other is null then null else \
             json_object('other', r.other, 'more', r.more) end))) from (select 1) r"
        );
    }

    #[test]
    fn rows_are_an_object_of_arrays() {
        let json = serde_json::to_string(&rows(vec![(1, "a"), (2, "b")])).unwrap();
        assert_eq!(json, r#"{"0":[1,"a"],"1":[2,"b"]}"#);
    }
}
