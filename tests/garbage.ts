/** Collects garbage now, for tests of what is still held on to. */
import { setFlagsFromString } from "v8";
import { runInNewContext } from "vm";

/**
 * A few times, with a turn of the event loop between: what native code holds is let go a turn
 * later.
 */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
