/** A short run of the fuzzers of data sets. */
import { test } from "node:test";
import { cocoFiles, csvTables, vocFiles } from "./annotation-files";
import { dataYamls } from "./data-yaml";
import { labelFiles } from "./labels";

test("label files: 600 random and damaged files", () => labelFiles(600));

test("data.yaml: 300 random and damaged files", () => dataYamls(300));

test("COCO files: 300 random and damaged files", () => cocoFiles(300));

test("Pascal VOC files: 300 random and damaged files", () => vocFiles(300));

test("tables: 300 random and damaged files", () => csvTables(300));
