/** The data set that the bench measures with. */
import { join } from "path";
import { ROOT } from "../scripts/command";

/** The bundled data set. */
export const SAMPLE = join(ROOT, "data", "sample");
