// Runs a batch in rp2040js: `node rp2040.mjs JOB.json`, in a folder where npm has installed rp2040js. Counts instructions
// and cycles from the first instruction of rs2c_infer until rs2c_returned, and prints them with the records as JSON.
// PUSH and POP take a cycle for each register (Arm DDI 0484C, table 3-1); rp2040js leaves out LR and PC, which is added.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { RP2040 } = createRequire(process.cwd() + "/")("rp2040js");
const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const mcu = new RP2040();
const core = mcu.core;
const SRAM = 0x20000000;

mcu.flash.set(Buffer.from(job.flash, "hex"));
mcu.sram.set(Buffer.from(job.input, "hex"), job.inputAddress - SRAM);
core.SP = job.stackTop;
core.PC = job.symbols.rs2c_reset;

const counts = [];
let running = null;
while (core.PC !== job.symbols.rs2c_done) {
  if (core.PC === job.symbols.rs2c_infer) running = { instructions: 0, linked: 0, start: core.cycles };
  if (core.PC === job.symbols.rs2c_returned && running) {
    counts.push([running.instructions, core.cycles - running.start + running.linked]);
    running = null;
  }
  if (running && [0xb5, 0xbd].includes(core.readUint16(core.PC) >> 8)) running.linked += 1;
  core.executeInstruction();
  if (running) running.instructions += 1;
}
const first = job.recordsAddress - SRAM;
const records = Buffer.from(mcu.sram.slice(first, first + job.recordsBytes)).toString("hex");
console.log(JSON.stringify({ counts, records }));
