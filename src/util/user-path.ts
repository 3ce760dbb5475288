/** Paths as a user writes them in a cell. */
import { homedir } from "os";
import { resolve } from "path";

/**
 * The absolute path of a path that a user wrote. `~` at its start is the home folder, as in a
 * shell.
 * @throws when it is missing, as that of an environment variable that is not set
 */
export function userPath(path: string): string {
  if (!path) throw new Error(`the path is ${path === "" ? "empty" : String(path)}`);
  return resolve(path.replace(/^~(?=$|[\\/])/, () => homedir()));
}
