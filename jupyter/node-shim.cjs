/**
 * TensorFlow.js 4.22 calls one function that Node 23 took out (tensorflow/tfjs, issue 8609), and
 * one that Node 22 warns of; both are replaced before it loads.
 */
const util = require("util");

util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;
