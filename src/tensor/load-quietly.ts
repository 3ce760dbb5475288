/**
 * Loads native libraries without the information that they write into the terminal. TensorFlow's
 * library writes some while it is loaded, before its log level is in force.
 */
import { existsSync, writeSync } from "fs";
import { dirname, join } from "path";

const STDERR = 2;

/** The folder of the addons that `npm run setup` compiles. */
const ADDONS = join(
  dirname(require.resolve("@tensorflow/tfjs-node-gpu/package.json")),
  "lib",
  "napi-v8",
);

/** `scripts/setup/held-stderr.cc`. */
interface HeldStderr {
  /** Holds back what is written to standard error; false when that is not possible. */
  hold(): boolean;
  /** Ends it, and returns what was written. */
  release(): string;
}

/** Lines that are information. Warnings and errors begin with W, E or F. */
const INFORMATION = [
  /^WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR$/,
  /^I\d{4} \d\d:\d\d:\d+\.\d+ +\d+ [^ ]+:\d+\] /,
];

/**
 * Calls a function that loads a native library. What the library writes to standard error appears
 * afterwards, without the lines of TensorFlow's log that are only information. If the library ends
 * the process, everything appears.
 * @returns what `load` returns
 * @throws what `load` throws
 */
export function loadQuietly<T>(load: () => T): T {
  const stderr = loadAddon<HeldStderr>("held_stderr.node");
  if (!stderr?.hold()) return load();
  try {
    return load();
  } finally {
    writeToStderr(withoutInformation(stderr.release()));
  }
}

/** Loads an addon that `npm run setup` compiled; null when it is missing or does not load. */
export function loadAddon<T>(name: string): T | null {
  const file = join(ADDONS, name);
  if (!existsSync(file)) return null;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- `import` cannot load an addon
    return require(file) as T;
  } catch {
    return null;
  }
}

function withoutInformation(text: string): string {
  return text
    .split(/(?<=\n)/)
    .filter((line) => !INFORMATION.some((pattern) => pattern.test(line.trimEnd())))
    .join("");
}

/** Writes where native libraries write. A closed terminal or pipe is not an error. */
function writeToStderr(text: string): void {
  try {
    if (text) writeSync(STDERR, text);
  } catch {
    // Nobody reads it.
  }
}
