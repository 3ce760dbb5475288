/**
 * Loads h5wasm, which reads HDF5 with the C library compiled to WebAssembly. It is an ES module. In
 * a TypeScript file the compilers of the commands and of the notebooks would turn `import()` into
 * `require()`, which cannot load it.
 */
module.exports = () => import("h5wasm/node");
