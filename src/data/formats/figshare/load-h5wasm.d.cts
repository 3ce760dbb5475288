/** Loads h5wasm. */
declare function loadH5wasm(): Promise<typeof import("h5wasm")>;
export = loadH5wasm;
