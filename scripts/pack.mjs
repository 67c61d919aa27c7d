// Puts what a part of the page needs into one file. Usage: node pack.mjs SPLIT FOLDER
//
// wasm-split makes a module for each part, and one for each set of parts that have some code in common:
// two hundred files, most of which are smaller than the headers of the answers they come in. Here each
// part becomes one file of modules, one behind the other: its own last, before it those that it has in
// common with others. What two parts have in common is in both files, and begun once. Only what comes
// soon after every page of a member (`ALWAYS`) is left out of the files that come later.
//
// A file begins with the number of its modules, and for each its number and length, as 32 bits each.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [split, folder] = process.argv.slice(2);
/** Comes with every page of a member, in this order. */
const ALWAYS = ["list", "soon"];
/** Whoever is not signed in gets none of that. */
const ALONE = ["stranger"];

const made = readFileSync(split, "utf8");
const shared = /function getSharedImports\(\) \{\n.*?\n\}\n/s.exec(made)[0];
const chunks = [...made.matchAll(/\/\* ([\w, ]+) \*\/\nconst __chunk_(\d+) = /g)]
  .map(([, parts, number]) => ({ parts: parts.split(", "), number: Number(number) }));
const parts = [...made.matchAll(/export const __wasm_split_load_(\w+) = /g)].map(([, name]) => name);
if (chunks.length === 0 || ALWAYS.some((name) => !parts.includes(name))) {
  throw new Error(`${split} is not what wasm-split used to make`);
}

/** What a part can count on, because it is always there or on its way. */
function before(part) {
  if (ALONE.includes(part)) return [];
  const at = ALWAYS.indexOf(part);
  return at < 0 ? ALWAYS : ALWAYS.slice(0, at);
}

const numbers = new Map(parts.map((name, at) => [name, 10_000 + at]));
for (const part of parts) {
  const there = before(part);
  const own = chunks
    .filter((chunk) => chunk.parts.includes(part) && !chunk.parts.some((other) => there.includes(other)))
    .map(({ number }) => [number, readFileSync(join(folder, `chunk_${number}.wasm`))]);
  own.push([numbers.get(part), readFileSync(join(folder, `split_${part}.wasm`))]);
  const head = Buffer.alloc(4 + 8 * own.length);
  head.writeUInt32LE(own.length, 0);
  own.forEach(([number, module], at) => {
    head.writeUInt32LE(number, 4 + 8 * at);
    head.writeUInt32LE(module.length, 8 + 8 * at);
  });
  writeFileSync(join(folder, `part_${part}.bin`), Buffer.concat([head, ...own.map(([, module]) => module)]));
}
for (const { number } of chunks) rmSync(join(folder, `chunk_${number}.wasm`));
for (const part of parts) rmSync(join(folder, `split_${part}.wasm`));

// A file that did not come, or a module that could not begin, is tried again the next time.
writeFileSync(join(folder, "__wasm_split.js"), `import { initSync } from "./hubbub.js";
let sharedImports;
${shared}
const kept = new Map();
function once(key, make) {
  if (!kept.has(key)) {
    const made = make();
    kept.set(key, made);
    made.catch(() => kept.delete(key));
  }
  return kept.get(key);
}
async function fetched(name) {
  const answer = await fetch(new URL("./part_" + name + ".bin", import.meta.url));
  if (!answer.ok) throw new Error(answer.status);
  return answer.arrayBuffer();
}
function part(name, before) {
  return once(name, async () => {
    const [file] = await Promise.all([fetched(name), ...before.map((each) => each())]);
    const head = new DataView(file);
    const count = head.getUint32(0, true);
    let at = 4 + 8 * count;
    const modules = [];
    for (let module = 0; module < count; module++) {
      const [number, length] = [4, 8].map((beside) => head.getUint32(beside + 8 * module, true));
      const bytes = new Uint8Array(file, at, length);
      modules.push(() => once(number, () => WebAssembly.instantiate(bytes, getSharedImports())));
      at += length;
    }
    const own = modules.pop();
    await Promise.all(modules.map((begin) => begin()));
    await own();
  });
}
function loader(load) {
  return async (index, data) => {
    const isThere = await load().then(() => true, (error) => (console.error(error), false));
    getSharedImports().__wasm_split.__indirect_function_table.get(index)(data, isThere);
  };
}
${parts.map((name) => `const load_${name} = () => part("${name}", [${before(name).map((other) => `load_${other}`)}]);
export const __wasm_split_load_${name} = loader(load_${name});`).join("\n")}
`);
