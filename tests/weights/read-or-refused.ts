/**
 * What every reader of weights owes any bytes: tensors that are whole, or an error of its own;
 * soon, in little memory, and without reaching outside.
 */
import assert from "node:assert/strict";
import { elementCount, type WeightMap } from "../../src/weights/weight-map";
import { contained } from "./refusal";

/**
 * Throws unless the bytes are read into tensors whose shapes fit their numbers, or refused by a
 * message that `refusal` matches.
 */
export async function assertReadOrRefused(
  read: () => WeightMap | Promise<WeightMap>,
  refusal: RegExp,
): Promise<void> {
  const outcome = await contained(async () => {
    try {
      return await read();
    } catch (error) {
      return error as Error;
    }
  });
  if (outcome instanceof Error) return assert.match(outcome.message, refusal);
  for (const [name, { shape, data }] of outcome) {
    assert.equal(typeof name, "string");
    assert.ok(
      shape.every((side) => Number.isSafeInteger(side) && side >= 0),
      `'${name}' is [${shape}]`,
    );
    assert.equal(
      data.length,
      elementCount(shape),
      `'${name}' [${shape}] has ${data.length} numbers`,
    );
  }
}
