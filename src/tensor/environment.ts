/**
 * Prepares the process for TensorFlow.js, and loads TensorFlow's native library. Imports run in
 * their order: `tensorflow.ts` imports this file first.
 */
import util from "node:util";
import { loadAddon, loadQuietly } from "./load-quietly";

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

// TensorFlow.js finds the addon loaded. If it does not load, TensorFlow.js reports the error.
if (process.env.TF_CPP_MIN_LOG_LEVEL !== "0") loadQuietly(() => loadAddon("tfjs_binding.node"));
