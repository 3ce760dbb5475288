/** TensorFlow.js 4.22 calls a function that Node 23 took out (tensorflow/tfjs, issue 8609); it is put back before TensorFlow.js loads. */
const util = require("util");

util.isNullOrUndefined ??= (value) => value === null || value === undefined;
