/** A short run of the fuzzers of data sets. */
import { test } from "node:test";
import { dataYamls } from "./data-yaml";
import { labelFiles } from "./labels";

test("label files: 600 random and damaged files", () => labelFiles(600));

test("data.yaml: 300 random and damaged files", () => dataYamls(300));
