/**
 * A notebook for tests without a kernel. It takes the place of a module of tslab and records
 * messages.
 */

export interface Message {
  readonly data: Record<string, unknown>;
  readonly id: string | undefined;
  readonly update: boolean;
}

const PATH = "/kernel/node_modules/tslab/dist/jupyter.js";

/** Runs `work` as in a cell and returns the messages that the cell would show. */
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
