/**
 * Writes zip archives by hand (APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16), so that a single
 * value can be wrong.
 */

/** An entry of an archive. */
export interface ArchivePart {
  readonly name: string;
  readonly data: Buffer;
  /** Values of the directory in place of the correct ones. */
  readonly size?: number;
  readonly packedSize?: number;
  readonly method?: number;
  readonly flags?: number;
  readonly offset?: number;
}

/** A bit of `flags`. */
export const ENCRYPTED = 1;

/**
 * Makes an archive; its checksums are 0.
 * @param claimed number of entries that the end of the archive claims
 */
export function archive(parts: readonly ArchivePart[], claimed = parts.length): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = Buffer.from(part.name, "latin1");
    const { size = part.data.length, packedSize = part.data.length, method = 0, flags = 0 } = part;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(packedSize, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, name, part.data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(part.offset ?? offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, rest, name);
    locals.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(claimed, 8);
  end.writeUInt16LE(claimed, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, entries, end]);
}
