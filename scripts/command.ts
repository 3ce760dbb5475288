/** What every command does alike: mistakes of the user are told in a sentence, mistakes of the program with their place. */

/** Runs a command to its end; what it throws is printed and the exit status is 1. */
export function main(work: () => Promise<void>): void {
  work().catch((error: Error) => {
    console.error(`\n${process.env.FRCNN_DEBUG ? error.stack : error.message}`);
    process.exit(1);
  });
}

/** A whole number of at least `low` from an option. Throws a sentence that names the option. */
export function wholeNumber(option: string, low: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < low)
      throw new Error(`${option} wants a whole number from ${low} up, not '${text}'`);
    return value;
  };
}
