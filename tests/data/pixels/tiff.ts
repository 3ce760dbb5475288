/** Writes TIFF images of numbers that sharp does not write. */

/** Numbers of the kinds that are written, and their SampleFormat. */
const SAMPLE_FORMATS = [
  { kind: Uint16Array, format: 1 },
  { kind: Int16Array, format: 2 },
  { kind: Float32Array, format: 3 },
];

/** A grey TIFF without compression. */
export function tiffOf(
  values: Uint16Array | Int16Array | Float32Array,
  width: number,
  height: number,
): Buffer {
  const { format } = SAMPLE_FORMATS.find(({ kind }) => values instanceof kind)!;
  const pixels = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const tags = [
    [256, width],
    [257, height],
    [258, 8 * values.BYTES_PER_ELEMENT],
    [259, 1],
    [262, 1],
    [273, 0],
    [277, 1],
    [278, height],
    [279, pixels.length],
    [339, format],
  ];
  const head = Buffer.alloc(8 + 2 + 12 * tags.length + 4);
  head.write("II*\0", "latin1");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(tags.length, 8);
  tags.forEach(([tag, value], i) => {
    const at = 10 + 12 * i;
    const LONG = 4;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(LONG, at + 2);
    head.writeUInt32LE(1, at + 4);
    head.writeUInt32LE(tag === 273 ? head.length : value, at + 8);
  });
  return Buffer.concat([head, pixels]);
}
