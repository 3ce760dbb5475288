/** The values of an image or a scan that are numbers. */

/**
 * A copy of the finite values. The loop counts because it is ten times as fast as `filter`.
 * @param step of the finite values, every `step`-th is copied; all by default
 */
export function finiteValues(values: Float32Array, step = 1): Float32Array {
  const copied = new Float32Array(Math.ceil(values.length / step));
  let finite = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++)
    if (Number.isFinite(values[i]) && finite++ % step === 0) copied[count++] = values[i];
  return copied.subarray(0, count);
}
