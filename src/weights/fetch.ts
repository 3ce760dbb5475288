/**
 * Downloads a file over HTTPS from the hosts that are named beforehand. A download that breaks off
 * is continued where it stopped, and the result is checked against its SHA-256.
 *
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY are used; the built-in fetch of Node 20 ignores them.
 */
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Dispatcher, Response } from "undici";
import { fileSize, hasSha256 } from "./file-check";

/** A file that can be downloaded. */
export interface RemoteWeights {
  readonly url: string;
  /** The only hosts that are contacted, also after a redirection. */
  readonly hosts: readonly string[];
  /** Name of the file in the cache. */
  readonly fileName: string;
  /** In hexadecimal: all digits, or the first ones. */
  readonly sha256: string;
  /** Size of the file. */
  readonly bytes: number;
}

/** Progress of a download. */
export interface DownloadProgress {
  /** Name of the file. */
  readonly file: string;
  /** Bytes that have arrived. */
  readonly done: number;
  /** Bytes of the file. */
  readonly total: number;
}

/** How a file is downloaded. */
export interface DownloadOptions {
  /** Called when bytes arrive. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Whether plain HTTP to this machine is allowed, for tests. */
  readonly allowLoopback?: boolean;
  /** Milliseconds before the second attempt; the pause doubles with each further one. */
  readonly retryPause?: number;
  /** Milliseconds without a byte after which an attempt is given up. */
  readonly stall?: number;
  /**
   * Bytes a second. An attempt that is slower on average is given up: a server may send a byte now
   * and then, without end.
   */
  readonly slowest?: number;
}

const ATTEMPTS = 4;
/** Milliseconds. */
const RETRY_PAUSE = 1000;
const MAX_REDIRECTIONS = 5;
const MILLISECONDS_PER_SECOND = 1000;
/** Milliseconds. */
const STALL = 60_000;
/** Bytes a second. */
const SLOWEST = 10_000;
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** Errors of a machine that is offline or behind a proxy: another attempt would fail too. */
const NO_CONNECTION = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH"];
const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

const PARTIAL_CONTENT = 206;
const MULTIPLE_CHOICES = 300;
const BAD_REQUEST = 400;
const RANGE_NOT_SATISFIABLE = 416;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

/** A failure that another attempt would not change. */
class FinalError extends Error {}

/** A download: what it downloads, and with which settings. */
interface Transfer {
  readonly file: RemoteWeights;
  /** Path of the unfinished file. */
  readonly path: string;
  readonly options: DownloadOptions;
  readonly dispatcher: Dispatcher;
}

/**
 * Downloads a file. If `path` exists, it is taken for the beginning of the file.
 * @param path where the content is written; it stays there if the download fails
 * @throws when the address is not allowed, the server refuses, or the content is not the expected
 * file
 */
export async function download(
  file: RemoteWeights,
  path: string,
  options: DownloadOptions,
): Promise<void> {
  const { Agent, EnvHttpProxyAgent } = await import("undici");
  const { stall = STALL } = options;
  const timeouts = { headersTimeout: stall, bodyTimeout: stall, connectTimeout: stall };
  const hasProxy = PROXY_VARIABLES.some((name) => process.env[name]);
  const dispatcher = hasProxy ? new EnvHttpProxyAgent(timeouts) : new Agent(timeouts);
  try {
    await downloadWithRetries({ file, path, options, dispatcher });
  } finally {
    // Not `close`, which would wait for the rest of a refused answer.
    await dispatcher.destroy();
  }
}

async function downloadWithRetries(transfer: Transfer): Promise<void> {
  const { file, path, options } = transfer;
  let wait = options.retryPause ?? RETRY_PAUSE;
  for (let attempt = 1; ; attempt++) {
    try {
      const isContinued = (await fileSize(path)) > 0;
      await downloadRest(transfer);
      if (await hasSha256(path, file.sha256)) return;
      await rm(path);
      const problem = `the content of ${file.url} is not the expected file, because its SHA-256 does not begin with ${file.sha256}`;
      // The beginning may be wrong because of an earlier download: then another attempt is made.
      throw isContinued ? new Error(problem) : new FinalError(problem);
    } catch (error) {
      if (error instanceof FinalError) throw error;
      if (NO_CONNECTION.includes(codeOf(error)))
        throw new Error(`${file.url}: ${reasonOf(error)}`, { cause: error });
      if (attempt === ATTEMPTS) {
        throw new Error(
          `${file.url} could not be downloaded in ${ATTEMPTS} attempts: ${reasonOf(error)}`,
          { cause: error },
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

/**
 * The message of an error; undici's messages `fetch failed` and `terminated` have it in the cause.
 */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error
    ? `${message} (${cause.message || (cause as NodeJS.ErrnoException).code})`
    : message;
}

/**
 * Requests the part of the file that is missing, and appends it. If the server only sends complete
 * files, it starts again.
 */
async function downloadRest(transfer: Transfer): Promise<void> {
  const { file, path } = transfer;
  const start = await fileSize(path);
  if (start === file.bytes) return;
  if (start > file.bytes) {
    await rm(path);
    throw new Error(`an earlier download left ${start} bytes of ${file.bytes}`);
  }
  const response = await request(transfer, start);
  if (response.status === RANGE_NOT_SATISFIABLE) {
    await rm(path, { force: true });
    throw new Error(`the server has less than the ${start} bytes that an earlier download left`);
  }
  if (!response.ok || !response.body) {
    const problem = `${file.url}: the server answered ${response.status} ${response.statusText}`;
    throw response.status >= SERVER_ERROR || response.status === TOO_MANY_REQUESTS
      ? new Error(problem)
      : new FinalError(problem);
  }
  await save(response, start, transfer);
}

/**
 * Writes the content of a response.
 * @param start the first byte that was requested
 */
async function save(
  response: Response,
  start: number,
  { file, path, options }: Transfer,
): Promise<void> {
  const isRest =
    response.status === PARTIAL_CONTENT &&
    response.headers.get("content-range")?.startsWith(`bytes ${start}-`);
  let done = isRest ? start : 0;
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
  const destination = createWriteStream(path, { flags: isRest ? "a" : "w" });
  await pipeline(Readable.fromWeb(response.body as never), counted, destination);
  if (done < file.bytes) throw new Error(`it broke off after ${done} of ${file.bytes} bytes`);
}

/**
 * Requests the file from byte `start` on. Redirections are followed here, so that each address is
 * checked before it is contacted.
 */
async function request({ file, options, dispatcher }: Transfer, start: number): Promise<Response> {
  const { fetch } = await import("undici");
  let url = new URL(file.url);
  const { stall = STALL, slowest = SLOWEST } = options;
  // The signal also ends the transfer of the body, which continues after this function.
  const signal = AbortSignal.timeout(
    Math.ceil(stall + (MILLISECONDS_PER_SECOND * (file.bytes - start)) / slowest),
  );
  for (let i = 0; i <= MAX_REDIRECTIONS; i++) {
    checkAddress(url, file, options);
    const headers = start > 0 ? { range: `bytes=${start}-` } : undefined;
    const response = await fetch(url, { dispatcher, headers, redirect: "manual", signal });
    const location = response.headers.get("location");
    const isRedirection = response.status >= MULTIPLE_CHOICES && response.status < BAD_REQUEST;
    if (!isRedirection || !location) return response;
    await response.body?.cancel();
    url = new URL(location, url);
  }
  throw new FinalError(`${file.url} was redirected more than ${MAX_REDIRECTIONS} times`);
}

/** @throws when the address is not HTTPS or its host is not allowed */
function checkAddress(url: URL, file: RemoteWeights, options: DownloadOptions): void {
  const isLoopback = options.allowLoopback && LOOPBACK.includes(url.hostname);
  if (url.protocol !== "https:" && !(isLoopback && url.protocol === "http:"))
    throw new FinalError(`${url.href}: only HTTPS is used`);
  if (!file.hosts.includes(url.hostname)) {
    throw new FinalError(
      `${url.href}: only ${file.hosts.join(", ")} may be contacted for ${file.fileName}`,
    );
  }
}
