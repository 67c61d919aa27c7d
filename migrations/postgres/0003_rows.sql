-- SQLite's name for PostgreSQL's own function, so that one statement serves both engines.

create function json_each(jsonb) returns table (key text, value jsonb)
    language sql immutable strict parallel safe
    as 'select * from jsonb_each($1)';
