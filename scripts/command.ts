/**
 * What all commands share: how errors are printed, and parsers of option values.
 *
 * A parser throws a sentence that names the option. Commander calls it while it parses the command
 * line, so that a wrong value ends the command before anything is computed.
 */
import { constants } from "os";
import { join } from "path";
import { endWithParent } from "../jupyter/kernel/parent.cjs";
import { foldedClass } from "../src/data/class-names";
import { patternOf } from "../src/data/patients/choice";
import type { ReadOptions } from "../src/data/read-dataset";

/** Shells add this number to that of the signal that ended a program. */
export const SIGNAL_STATUS = 128;

/** The exit status of a program that Ctrl+C ended, as shells report it. */
export const INTERRUPTED = SIGNAL_STATUS + constants.signals.SIGINT;

/**
 * A shell script that runs a program and ignores SIGHUP: `spawn("/bin/sh", ["-c", IGNORE_HANGUP,
 * PROGRAM, …])`. A closed terminal sends SIGHUP to all programs in it. Those of Jupyter would end
 * without ending their kernels; they do so after SIGTERM, which the command sends them.
 */
export const IGNORE_HANGUP = 'trap "" HUP; exec "$0" "$@"';

/** The project's folder. */
export const ROOT = join(__dirname, "..");

/**
 * Runs a command to its end. An error is printed as a sentence and makes the exit status 1; with
 * the environment variable FRCNN_DEBUG the stack is printed too. Output that cannot be written,
 * because its terminal or its pipe is closed, does not end the command.
 */
export function main(work: () => Promise<void>): void {
  // A task of Ray ends when the process that started it was killed.
  const parent = process.env.FRCNN_PARENT;
  if (parent !== undefined) endWithParent(Number(parent));
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  work().catch((error: Error) => {
    console.error(`\n${process.env.FRCNN_DEBUG ? error.stack : error.message}`);
    process.exit(1);
  });
}

/** Ends a command that was interrupted and continues when it is called again. */
export function endInterrupted(): never {
  console.log("stopped; the same command continues");
  process.exit(INTERRUPTED);
}

/** Parses a whole number of at least `low`. */
export function wholeNumber(option: string, low: number): (text: string) => number {
  return (text) => {
    const value = numberIn(text);
    if (Number.isSafeInteger(value) && value >= low) return value;
    throw new Error(`${option} must be a whole number of ${low} or more, not '${text}'`);
  };
}

/** Parses a number from `low` to `high`. */
export function numberBetween(option: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = numberIn(text);
    if (value >= low && value <= high) return value;
    throw new Error(`${option} must be a number from ${low} to ${high}, not '${text}'`);
  };
}

/** Parses a path. An empty one, as of a shell variable without a value, would be this folder. */
export function pathText(option: string): (text: string) => string {
  return (text) => {
    if (text.trim()) return text;
    throw new Error(`${option} must be a path, not '${text}'`);
  };
}

/** Parses a text that is not empty. */
export function plainText(option: string): (text: string) => string {
  return (text) => {
    if (text.trim()) return text;
    throw new Error(`${option} must not be empty`);
  };
}

/** Parses two numbers with a separator between them. */
export function numberPair(option: string, separator: string): (text: string) => [number, number] {
  return (text) => {
    const numbers = text.split(separator).map(numberIn);
    if (numbers.length === 2 && numbers.every(Number.isFinite)) return [numbers[0], numbers[1]];
    throw new Error(
      `${option} must be two numbers with a ${separator} between them, not '${text}'`,
    );
  };
}

/** Parses two whole numbers from 0 with a separator between them. */
export function wholeNumberPair(
  option: string,
  separator: string,
): (text: string) => [number, number] {
  return (text) => {
    const [first, second] = numberPair(option, separator)(text);
    if ([first, second].every((value) => Number.isSafeInteger(value) && value >= 0))
      return [first, second];
    throw new Error(
      `${option} must be two whole numbers with a ${separator} between them, not '${text}'`,
    );
  };
}

/** Parses different whole numbers of at least `low` with commas between them. */
export function wholeNumberList(option: string, low: number): (text: string) => number[] {
  return (text) => {
    const numbers = text.split(",").map(numberIn);
    const areNumbers = numbers.every((value) => Number.isSafeInteger(value) && value >= low);
    if (areNumbers && !hasDuplicates(numbers)) return numbers;
    throw new Error(
      `${option} must be different whole numbers of ${low} or more with commas between them, not '${text}'`,
    );
  };
}

/** Parses different names with a separator between them. */
export function nameList(option: string, separator = ","): (text: string) => string[] {
  return (text) => {
    const names = text.split(separator).map((name) => name.trim());
    if (names.every(Boolean) && !hasDuplicates(names)) return names;
    throw new Error(
      `${option} must be different names with ${separator} between them, not '${text}'`,
    );
  };
}

/** Parses pairs of names with commas between them: `file=image,x1=left`. */
export function namePairs(option: string): (text: string) => Record<string, string> {
  return (text) => {
    const pairs = text.split(",").map((pair) => pair.split("=").map((name) => name.trim()));
    const arePairs = pairs.every((pair) => pair.length === 2 && pair.every(Boolean));
    if (arePairs && !hasDuplicates(pairs.map(([name]) => name)))
      return Object.fromEntries(pairs) as Record<string, string>;
    throw new Error(
      `${option} must be pairs with commas between them, for example file=image,x1=left, not '${text}'`,
    );
  };
}

/** Parses one of the given names. */
export function oneOf<T extends string>(option: string, names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found !== undefined) return found;
    throw new Error(`${option} must be one of ${names.join(", ")}, not '${text}'`);
  };
}

/** Parses where patients are found: see `PatientChoice`. */
export function patientChoice(option: string): (text: string) => string {
  return (text) => {
    if (!text.trim())
      throw new Error(`${option} must be a regular expression, folder, none or a column, not ''`);
    try {
      patternOf(text);
      return text;
    } catch (error) {
      throw new Error(`${option}: ${(error as Error).message}`, { cause: error });
    }
  };
}

/** Class names in place of those of the data set, or other names for some of them. */
export type ClassOption = Pick<ReadOptions, "classNames" | "renamedClasses">;

/** Parses different class names, or pairs `old=new`, with commas between them. */
export function classOption(option: string): (text: string) => ClassOption {
  return (text) => {
    const names = nameList(option)(text);
    if (!names.some((name) => name.includes("="))) {
      if (hasDuplicates(names.map(foldedClass)))
        throw new Error(
          `${option} must be names that differ in more than case, spaces, hyphens and underscores, not '${text}'`,
        );
      return { classNames: names };
    }
    const pairs = names.map((name) => name.split("=").map((part) => part.trim()));
    if (pairs.some((pair) => pair.length !== 2 || !pair.every(Boolean)))
      throw new Error(
        `${option} must be names, or pairs old=new, with commas between them, not '${text}'`,
      );
    if (hasDuplicates(pairs.map(([old]) => foldedClass(old))))
      throw new Error(`${option} must name each old class once, not '${text}'`);
    return { renamedClasses: Object.fromEntries(pairs) as Record<string, string> };
  };
}

/** NaN for a text that is not a number. `Number` alone makes 0 of an empty text. */
function numberIn(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}

function hasDuplicates(values: readonly unknown[]): boolean {
  return new Set(values).size < values.length;
}
