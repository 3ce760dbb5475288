/**
 * The connection to the notebook: the function of tslab that sends a display message, from the copy
 * of tslab in which the cell runs.
 */

/** One item in a form for every kind of viewer. */
export interface DisplayMessage {
  /** By MIME type. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** A message with the id of an earlier one can replace it. */
  readonly displayId?: string;
}

type WriteDisplayData = (content: object, update: boolean) => void;

/**
 * Sends a message to the running cell.
 * @param update whether the message replaces the display with the same id
 * @returns false outside a notebook
 */
export function sendDisplay(
  { data, metadata = {}, displayId }: DisplayMessage,
  update = false,
): boolean {
  const write = writer();
  if (!write) return false;
  write({ data, metadata, transient: displayId ? { display_id: displayId } : {} }, update);
  return true;
}

/** Whether this code runs in a cell of a notebook. */
export function isNotebook(): boolean {
  return writer() !== null;
}

/**
 * A kernel that is installed elsewhere has its own copy of tslab; requiring the copy of this
 * project would give one without a cell. The copy in use is among the loaded modules.
 */
function writer(): WriteDisplayData | null {
  for (const [path, loaded] of Object.entries(require.cache)) {
    if (!/[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(path)) continue;
    const { lastWriteDisplayData } = loaded!.exports as {
      lastWriteDisplayData: WriteDisplayData | null;
    };
    if (lastWriteDisplayData) return lastWriteDisplayData;
  }
  return null;
}
