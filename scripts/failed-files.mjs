/**
 * A reporter of Node's test runner: the file of each failed test, one on a line. `test.ts` reads
 * these lines to run such files again.
 */
export default async function* failedFiles(events) {
  for await (const { type, data } of events)
    if (type === "test:fail" && data.file) yield `${data.file}\n`;
}
