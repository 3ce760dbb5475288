/**
 * Downloads a weights file once: over HTTPS from hosts named beforehand, going on where an earlier
 * download broke off, checked against its SHA-256 before anyone reads it, and kept in a cache.
 *
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured, which Node 20's own fetch does not do.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Agent, EnvHttpProxyAgent, fetch, type Dispatcher, type Response } from "undici";

/** A file that can be downloaded. */
export interface RemoteWeights {
  readonly url: string;
  /** The only hosts that are asked, also after a redirection. */
  readonly hosts: readonly string[];
  readonly fileName: string;
  /** In hexadecimal: all of it, or the first digits. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface FetchOptions {
  /** Where the file is kept; see `cacheFolder`. */
  readonly cacheFolder?: string;
  /** Called as bytes arrive. */
  readonly onProgress?: (progress: {
    readonly file: string;
    readonly done: number;
    readonly total: number;
  }) => void;
  /** Allow plain HTTP to this machine itself, for tests. */
  readonly allowLoopback?: boolean;
  /** Milliseconds before the second attempt; the wait doubles with each further one. */
  readonly retryPause?: number;
  /** Milliseconds without a byte after which an attempt is given up. */
  readonly stall?: number;
  /**
   * Bytes a second below which, over a whole attempt, it is given up: a server may send a byte now
   * and then for ever.
   */
  readonly slowest?: number;
}

const ATTEMPTS = 4;
const RETRY_PAUSE = 1000;
const MOST_REDIRECTIONS = 5;
const MILLISECONDS = 1000;
const STALL = 60_000;
const SLOWEST = 10_000;
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** Errors of a machine that is offline or behind a proxy: waiting a second will not help. */
const NO_CONNECTION = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH"];
const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

const PARTIAL_CONTENT = 206;
const RANGE_NOT_SATISFIABLE = 416;
const TOO_MANY_REQUESTS = 429;

/**
 * The folder downloads are kept in: `FRCNN_CACHE`, or `.cache/faster-rcnn-notebooks` in the home
 * folder.
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return environment.FRCNN_CACHE || join(homedir(), ".cache", "faster-rcnn-notebooks");
}

/**
 * The path of the checked file, downloaded if the cache does not have it. A download that breaks
 * off is tried again, and what it left is kept for the next time. Throws when the address is not
 * allowed, the server refuses, or what comes is another file.
 */
export async function fetchWeights(
  file: RemoteWeights,
  options: FetchOptions = {},
): Promise<string> {
  const folder = options.cacheFolder ?? cacheFolder();
  const path = join(folder, file.fileName);
  if ((await sizeOf(path)) > 0) {
    if (await hasSha256(path, file.sha256)) return path;
    throw new Error(
      `${path} is not the expected file, as its SHA-256 does not begin with ${file.sha256}: remove it`,
    );
  }
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.part`;
  const { stall = STALL } = options;
  const timeouts = { headersTimeout: stall, bodyTimeout: stall, connectTimeout: stall };
  const proxied = PROXY_VARIABLES.some((name) => process.env[name]);
  const dispatcher = proxied ? new EnvHttpProxyAgent(timeouts) : new Agent(timeouts);
  try {
    await downloadWithRetries(file, unfinished, options, dispatcher);
  } finally {
    // Not `close`, which would wait for the rest of an answer that was refused.
    await dispatcher.destroy();
  }
  await rename(unfinished, path);
  return path;
}

/** Whether the file's SHA-256 begins with these hexadecimal digits. */
export async function hasSha256(path: string, sha256: string): Promise<boolean> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex").startsWith(sha256.toLowerCase());
}

/** A failure that trying again will not change. */
class FinalError extends Error {}

async function downloadWithRetries(
  file: RemoteWeights,
  unfinished: string,
  options: FetchOptions,
  dispatcher: Dispatcher,
): Promise<void> {
  let wait = options.retryPause ?? RETRY_PAUSE;
  for (let attempt = 1; ; attempt++) {
    try {
      const resumed = (await sizeOf(unfinished)) > 0;
      await download(file, unfinished, options, dispatcher);
      if (await hasSha256(unfinished, file.sha256)) return;
      await rm(unfinished);
      const problem = `what came from ${file.url} is not the expected file, as its SHA-256 does not begin with ${file.sha256}`;
      // A wrong beginning may be an earlier download's fault, so one from the start is tried.
      throw resumed ? new Error(problem) : new FinalError(problem);
    } catch (error) {
      if (error instanceof FinalError) throw error;
      if (NO_CONNECTION.includes(codeOf(error)))
        throw new Error(`${file.url}: ${reason(error)}`, { cause: error });
      if (attempt === ATTEMPTS) {
        throw new Error(
          `${file.url} could not be downloaded in ${ATTEMPTS} attempts: ${reason(error)}`,
          {
            cause: error,
          },
        );
      }
    }
    await pause(wait);
    wait *= 2;
  }
}

function codeOf(error: unknown): string {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? "";
}

/** undici's `fetch failed` and `terminated` keep what happened in their cause. */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error
    ? `${message} (${cause.message || (cause as NodeJS.ErrnoException).code})`
    : message;
}

/**
 * Fetches what `unfinished` does not hold yet, and appends it; starts over where the server does
 * not send parts.
 */
async function download(
  file: RemoteWeights,
  unfinished: string,
  options: FetchOptions,
  dispatcher: Dispatcher,
): Promise<void> {
  const have = await sizeOf(unfinished);
  if (have === file.bytes) return;
  if (have > file.bytes) {
    await rm(unfinished);
    throw new Error(`an earlier download left ${have} bytes of ${file.bytes}`);
  }
  const response = await request(file, have, options, dispatcher);
  if (response.status === RANGE_NOT_SATISFIABLE) {
    await rm(unfinished, { force: true });
    throw new Error(`the server has less than the ${have} bytes an earlier download left`);
  }
  if (!response.ok || !response.body) {
    const problem = `${file.url}: the server answered ${response.status} ${response.statusText}`;
    throw response.status >= 500 || response.status === TOO_MANY_REQUESTS
      ? new Error(problem)
      : new FinalError(problem);
  }
  const resumes =
    response.status === PARTIAL_CONTENT &&
    response.headers.get("content-range")?.startsWith(`bytes ${have}-`);
  let done = resumes ? have : 0;
  const announced = response.headers.get("content-length");
  if (announced !== null && done + Number(announced) !== file.bytes) {
    throw new FinalError(
      `${file.url} has ${done + Number(announced)} bytes, and the expected file has ${file.bytes}`,
    );
  }
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      done += chunk.length;
      if (done > file.bytes)
        throw new FinalError(
          `${file.url} is larger than the ${file.bytes} bytes of the expected file`,
        );
      options.onProgress?.({ file: file.fileName, done, total: file.bytes });
      yield chunk;
    }
  };
  const destination = createWriteStream(unfinished, { flags: resumes ? "a" : "w" });
  await pipeline(Readable.fromWeb(response.body as never), counted, destination);
  if (done < file.bytes) throw new Error(`it broke off after ${done} of ${file.bytes} bytes`);
}

/** Follows redirections by hand, so that each address is checked before it is asked. */
async function request(
  file: RemoteWeights,
  start: number,
  options: FetchOptions,
  dispatcher: Dispatcher,
): Promise<Response> {
  let url = new URL(file.url);
  const { stall = STALL, slowest = SLOWEST } = options;
  // It also ends the body's way here, which goes on after this function.
  const signal = AbortSignal.timeout(
    Math.ceil(stall + (MILLISECONDS * (file.bytes - start)) / slowest),
  );
  for (let i = 0; i <= MOST_REDIRECTIONS; i++) {
    checkAddress(url, file, options);
    const headers = start > 0 ? { range: `bytes=${start}-` } : undefined;
    const response = await fetch(url, { dispatcher, headers, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || !location) return response;
    await response.body?.cancel();
    url = new URL(location, url);
  }
  throw new FinalError(`${file.url} was redirected more than ${MOST_REDIRECTIONS} times`);
}

function checkAddress(url: URL, file: RemoteWeights, options: FetchOptions): void {
  const loopback = options.allowLoopback && LOOPBACK.includes(url.hostname);
  if (url.protocol !== "https:" && !(loopback && url.protocol === "http:"))
    throw new FinalError(`${url.href}: only HTTPS is used`);
  if (!file.hosts.includes(url.hostname)) {
    throw new FinalError(
      `${url.href}: only ${file.hosts.join(", ")} may be asked for ${file.fileName}`,
    );
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
