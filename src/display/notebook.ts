/**
 * The line to the notebook: tslab's own function that sends a display message, found in whichever
 * tslab runs this cell.
 */

/** A display message: one picture of a thing for every kind of viewer. */
export interface DisplayMessage {
  /** By MIME type. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Messages that share an id replace each other's display. */
  readonly displayId?: string;
}

type WriteDisplayData = (content: object, update: boolean) => void;

/**
 * Sends a message to the cell that runs; `update` replaces the display of the same id. Returns
 * false when there is no notebook.
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

/** Whether this runs in a notebook's cell. */
export function isNotebook(): boolean {
  return writer() !== null;
}

/**
 * A kernel installed elsewhere has its own copy of tslab, so that requiring the project's would
 * find one that no cell runs in; the running one is among the modules that are loaded.
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
