/**
 * One case on this project's side. Writing and measuring happen in processes of their own, so that
 * neither's memory is the other's.
 */
import type { BenchCase } from "../cases";

export interface OursCase {
  /**
   * Writes what both sides start from, and where there is something to compare what this side
   * makes of it.
   */
  write(folder: string, chosen: BenchCase): Promise<void>;
  /** Reads it again; the returned function is one measured iteration. */
  prepare(folder: string): Promise<() => unknown>;
}
