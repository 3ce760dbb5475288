/** A short run of the fuzzers of weight files; `npm run fuzz` runs them longer. */
import { test } from "node:test";
import { pickles } from "./pickle";
import { safetensors } from "./safetensors";
import { zips } from "./zip";

const RUNS = 400;
/** An archive takes ten times as long as the other files, mostly in the streams of the library. */
const ARCHIVE_RUNS = 150;

test("safetensors: any bytes are read or refused", () => safetensors(RUNS));
test("pickles: any bytes are read or refused", () => pickles(RUNS));
test("archives: any bytes are read or refused", () => zips(ARCHIVE_RUNS));
