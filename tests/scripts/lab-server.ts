/** Waits for JupyterLab to start, as its runtime folder shows it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The file that a server writes into its runtime folder. */
export interface ServerInfo {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
}

/**
 * Waits until the server has written its address and answers there.
 * @param check throws when the server has ended
 */
export async function started(runtime: string, check: () => void): Promise<ServerInfo> {
  for (;;) {
    check();
    const file =
      existsSync(runtime) && readdirSync(runtime).find((name) => /^jpserver-\d+\.json$/.test(name));
    const text = file ? readFileSync(join(runtime, file), "utf8") : "";
    const info = text.trimEnd().endsWith("}") ? (JSON.parse(text) as ServerInfo) : null;
    // It listens a moment after it has written its address.
    if (info && (await fetch(info.url).catch(() => null))) return info;
    await sleep(100);
  }
}
