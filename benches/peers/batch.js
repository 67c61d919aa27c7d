// What the peers' programs share: their arguments, and a database that is written to in batches.
//
// Messages that arrive in one turn of the event loop are inserted in one transaction, committed
// once, and only then acknowledged and broadcast: a group commit, as a careful author would write
// it. Anything less would make the comparison easy.

/** The value after `--name`, or nothing. */
export function argument(name) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

const SETTINGS = ["pragma journal_mode = wal", "pragma synchronous = full"];
const SCHEMA = "create table if not exists messages (id integer primary key, text text not null, at integer not null)";
const INSERT = "insert into messages (text, at) values (?, ?)";

/**
 * Returns a function that takes `(text, done)` and calls `done(number)` once the message is on disk.
 * Without a database it does so at once.
 *
 * `open` opens a file and returns something with `run`, `prepare` and `transaction`, as both
 * better-sqlite3 and bun:sqlite have.
 */
export function writer(file, open) {
  let number = 0;
  if (!file) return (text, done) => done(++number);

  const database = open(file);
  for (const statement of [...SETTINGS, SCHEMA]) database.exec(statement);
  const insert = database.prepare(INSERT);
  const commit = database.transaction((batch) => {
    const now = Date.now();
    for (const { text } of batch) insert.run(text, now);
  });

  let batch = [];
  const flush = () => {
    const full = batch;
    batch = [];
    commit(full);
    for (const { done } of full) done(++number);
  };
  return (text, done) => {
    if (batch.push({ text, done }) === 1) setImmediate(flush);
  };
}
