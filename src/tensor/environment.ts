/**
 * Prepares the process before TensorFlow's native library is loaded. Imports run in their order:
 * `tensorflow.ts` imports this file first.
 */
import util from "node:util";

// The native library prints warnings and errors only, not its progress.
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";

// TensorFlow.js 4.22 calls a function that Node 23 removed (tensorflow/tfjs, issue 8609), and one
// for which Node 22 prints a warning.
const replaced = util as {
  isNullOrUndefined?: (value: unknown) => boolean;
  isArray?: (value: unknown) => boolean;
};
replaced.isNullOrUndefined = (value) => value === null || value === undefined;
replaced.isArray = (value) => Array.isArray(value);
