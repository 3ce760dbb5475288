/**
 * The fuzzers of weight files for as long as every test run can afford; `npm run fuzz` runs them
 * for longer.
 */
import { test } from "node:test";
import { pickles } from "./pickle";
import { safetensors } from "./safetensors";
import { zips } from "./zip";

const RUNS = 400;
/** An archive takes ten times as long as the others, most of it in the library's streams. */
const ARCHIVES = 150;

test("safetensors: any bytes are read or refused", () => safetensors(RUNS));
test("pickles: any bytes are read or refused", () => pickles(RUNS));
test("archives: any bytes are read or refused", () => zips(ARCHIVES));
