/** A cross-validation of a small detector on bright squares, in two folds and one epoch. */
import { join } from "node:path";
import { configure } from "../../src/config/index";
import type { Dataset } from "../../src/data/dataset";
import { crossValidate, type CrossValidationOptions } from "../../src/experiments/cross-validation";
import { squaresConfig } from "../training/squares";

export const config = configure(squaresConfig, { training: { epochs: 1 } });
export const idle = new AbortController().signal;

export interface SmallCrossValidation extends Partial<CrossValidationOptions> {
  /** The folder above `out`. */
  readonly folder: string;
  readonly out: string;
  readonly dataset: Dataset;
}

/** Runs a cross-validation; counts the steps that are trained. */
export async function crossValidateSquares({ folder, out, ...options }: SmallCrossValidation) {
  let steps = 0;
  const messages: string[] = [];
  const found = await crossValidate({
    config,
    folds: 2,
    out: join(folder, out),
    signal: idle,
    onEvent: ({ kind }) => (steps += Number(kind === "step")),
    onMessage: (text) => messages.push(text),
    ...options,
  });
  return { ...found, steps, messages };
}
