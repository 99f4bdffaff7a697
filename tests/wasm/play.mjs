// Plays every conversation in wasm: node tests/wasm/play.mjs probe_vectors_wasm.wasm
import { readFile } from "node:fs/promises";

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node tests/wasm/play.mjs FILE.wasm");
  process.exit(2);
}
const decoder = new TextDecoder();
let memory;
const env = {
  print: (text, length) => process.stdout.write(decoder.decode(new Uint8Array(memory.buffer, text, length))),
};
const { instance } = await WebAssembly.instantiate(await readFile(file), { env });
memory = instance.exports.memory;
process.exitCode = instance.exports.play() === 0 ? 0 : 1;
