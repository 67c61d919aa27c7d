-- Nothing to do: SQLite has json_each. (The PostgreSQL twin of this file makes one there.)
select 1;
