/**
 * Frees what belongs to a value that a cell has replaced, such as the weights of a detector. Tensors
 * are memory outside of JavaScript: without this, each run of the same cell keeps its own.
 */
"use strict";

const { setFlagsFromString } = require("v8");
const { runInNewContext } = require("vm");

/** Milliseconds between two collections. The first one frees a trainer, the second its detector. */
const PAUSE = 100;
const COLLECTIONS = 3;

/** Values that own something. */
const owners = new WeakSet();
const collected = new FinalizationRegistry((free) => free());

/**
 * @param owner
 * @param free frees what the owner owns; it must not lead to the owner
 */
exports.freeWhenReplaced = (owner, free) => {
  owners.add(owner);
  collected.register(owner, free);
};

/**
 * The variables whose values own something.
 * @param values by name
 * @returns pairs of a name and a value
 */
exports.ownersIn = (values) => Object.entries(values).filter(([, value]) => owners.has(value));

/**
 * Collects values that nothing leads to any more, when a variable lost a value that owns something.
 * A value that another variable leads to stays as it is.
 * @param before what `ownersIn` returned before a cell
 * @param values all variables after the cell, by name
 */
exports.collectReplaced = (before, values) => {
  if (before.every(([name, value]) => values[name] === value)) return;
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  for (let i = 0; i < COLLECTIONS; i++) setTimeout(collect, i * PAUSE).unref();
};
