/**
 * Two functions of Node that TensorFlow.js 4.22 calls. Node 23 removed the first (tensorflow/tfjs,
 * issue 8609); Node 22 warns of the second. Load this file before TensorFlow.js.
 */
const util = require("util");

util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;
