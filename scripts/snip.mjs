// Empties functions of a WebAssembly file that are never called, by a part of their names, so that the
// optimiser can drop what only they refer to. Usage: node snip.mjs FILE NAME…
//
// A view of Leptos names in its table of functions how it is hydrated asynchronously, which nothing here
// does: a page waits for its parts and is hydrated in one go (see src/parts.rs). No compiler can know
// that. Those functions were a seventh of the code. And Leptos' client of server functions exports streams,
// which nothing here uses, with the promises that they are made of. One that is called after all traps, and every browser
// test would fail. (Compilers keep one of several functions with the same body, under the name of any of
// them: what drops a value, and what is small, may be somebody else's.)
import { readFileSync, writeFileSync } from "node:fs";

const [path, ...unwanted] = process.argv.slice(2);
const file = readFileSync(path);
const CUSTOM = 0, IMPORT = 2, CODE = 10;
/** Bytes below which a function may be shared. */
const SHARED = 200;
/** No locals, `unreachable`, `end`. */
const EMPTIED = Buffer.from([3, 0, 0x00, 0x0b]);

/** Reads numbers and names from a place on. */
class Reader {
  constructor(at) {
    this.at = at;
  }

  byte() {
    return file[this.at++];
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return file.toString("utf8", this.at - length, this.at);
  }

  limits() {
    const hasMost = this.byte() & 1;
    this.number();
    if (hasMost) this.number();
  }
}

function written(number) {
  const bytes = [];
  do {
    const rest = Math.floor(number / 128);
    bytes.push((number % 128) | (rest > 0 ? 128 : 0));
    number = rest;
  } while (number > 0);
  return Buffer.from(bytes);
}

/** All sections: kind, where each begins, where its content is, where it ends. */
function sections() {
  const reader = new Reader(8);
  const all = [];
  while (reader.at < file.length) {
    const begin = reader.at;
    const kind = reader.byte();
    const length = reader.number();
    all.push({ kind, begin, content: reader.at, end: reader.at + length });
    reader.at += length;
  }
  return all;
}

/** Functions that come from outside: they are counted first. */
function imported({ content }) {
  const reader = new Reader(content);
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.text();
    reader.text();
    const kind = reader.byte();
    if (kind === 0) functions++;
    if (kind === 0) reader.number();
    else if (kind === 1) reader.byte(), reader.limits();
    else if (kind === 2) reader.limits();
    else if (kind === 3) reader.at += 2;
    else reader.byte(), reader.number();
  }
  return functions;
}

/** The numbers of functions with one of these parts in their names. */
function named({ content, end }, parts) {
  const reader = new Reader(content);
  const found = new Set();
  if (reader.text() !== "name") return found;
  while (reader.at < end) {
    const kind = reader.byte();
    const next = reader.number() + reader.at;
    if (kind === 1) {
      for (let left = reader.number(); left > 0; left--) {
        const number = reader.number();
        const name = reader.text();
        const isOwn = !name.includes("drop_in_place");
        if (isOwn && parts.some((part) => name.includes(part))) found.add(number);
      }
    }
    reader.at = next;
  }
  return found;
}

const all = sections();
const custom = all.filter(({ kind }) => kind === CUSTOM);
const emptied = new Set(custom.flatMap((section) => [...named(section, unwanted)]));
const code = all.find(({ kind }) => kind === CODE);
const imports = all.find(({ kind }) => kind === IMPORT);
if (code && emptied.size > 0) {
  const first = imports ? imported(imports) : 0;
  const reader = new Reader(code.content);
  const count = reader.number();
  const bodies = [written(count)];
  for (let at = 0; at < count; at++) {
    const begin = reader.at;
    const length = reader.number();
    reader.at += length;
    const isEmptied = emptied.has(first + at) && length >= SHARED;
    bodies.push(isEmptied ? EMPTIED : file.subarray(begin, reader.at));
  }
  const content = Buffer.concat(bodies);
  const parts = [file.subarray(0, code.begin), Buffer.from([CODE]), written(content.length), content, file.subarray(code.end)];
  writeFileSync(path, Buffer.concat(parts));
}
