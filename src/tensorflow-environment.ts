/** What the native library reads while it loads; `tensorflow.ts` imports this before the library, since imports run in their order. */
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";

export {};
