/** A short run of the data set's fuzzers. */
import { test } from "node:test";
import { dataYamls } from "./data-yaml";
import { labelFiles } from "./labels";

test("label files: 600 random and damaged ones", () => labelFiles(600));

test("data.yaml: 300 random and damaged ones", () => dataYamls(300));
