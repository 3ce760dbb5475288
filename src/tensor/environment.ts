/**
 * What has to be in place before the native library loads; `tensorflow.ts` imports this first,
 * since imports run in their order.
 */
import util from "node:util";

/** Warnings and errors are shown, not the library's news about itself. */
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";

// TensorFlow.js 4.22 calls one function that Node 23 took out (tensorflow/tfjs, issue 8609), and
// one that Node 22 warns of.
const older = util as {
  isNullOrUndefined?: (value: unknown) => boolean;
  isArray?: (value: unknown) => boolean;
};
older.isNullOrUndefined = (value) => value === null || value === undefined;
older.isArray = (value) => Array.isArray(value);
