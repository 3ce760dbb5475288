/**
 * The requirement for readers of weights: any bytes give complete tensors or an error of the
 * reader, soon, with little memory, and without resources outside the process.
 */
import assert from "node:assert/strict";
import { elementCount, type WeightMap } from "../../src/weights/weight-map";
import { contained } from "./refusal";

/**
 * Checks that `read` returns tensors whose shapes fit their numbers, or throws an error whose
 * message matches `refusal`.
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
