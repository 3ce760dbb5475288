/**
 * A notebook for tests without a kernel: it stands where tslab's module would be, and keeps the
 * messages.
 */

export interface Message {
  readonly data: Record<string, unknown>;
  readonly id: string | undefined;
  readonly update: boolean;
}

const PATH = "/kernel/node_modules/tslab/dist/jupyter.js";

/** Runs `work` as if in a cell; returns what the cell would have shown. */
export async function inNotebook(work: () => Promise<unknown>): Promise<Message[]> {
  const messages: Message[] = [];
  const lastWriteDisplayData = (
    { data, transient }: { data: Record<string, unknown>; transient: { display_id?: string } },
    update: boolean,
  ) => messages.push({ data, id: transient.display_id, update });
  require.cache[PATH] = { exports: { lastWriteDisplayData } } as unknown as NodeJS.Module;
  try {
    await work();
  } finally {
    delete require.cache[PATH];
  }
  return messages;
}

/** Runs `work` and returns the lines it prints. */
export async function printed(work: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...values: unknown[]) => void lines.push(values.join(" "));
  try {
    await work();
  } finally {
    console.log = log;
  }
  return lines;
}
