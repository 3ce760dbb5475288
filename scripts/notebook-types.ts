/** Checks the types of the cells of all notebooks. `npm run lint` and `npm test` run it. */
import { join } from "path";
import { cellTypeFaults } from "./cell-types";
import { notebookNames, NOTEBOOKS } from "./execute-notebook";

const faults = cellTypeFaults(notebookNames().map((name) => join(NOTEBOOKS, name)));
for (const fault of faults) console.error(fault);
process.exit(faults.length ? 1 : 0);
