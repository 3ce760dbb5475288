/**
 * One case on this project's side. Its two functions run in two processes, so that the memory of
 * the first does not count for the second.
 */
import type { BenchCase } from "../cases";

/** A kind of case. */
export interface OursCase {
  /** Writes the common inputs of both sides, and the results of this side if they are compared. */
  write(folder: string, chosen: BenchCase): Promise<void>;
  /** Reads the inputs. The returned function runs one measured iteration. */
  prepare(folder: string): Promise<() => unknown>;
}
