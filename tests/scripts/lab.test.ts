/** JupyterLab as `npm run lab` starts it: who can reach it, and whether it uses the network. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { labArguments, labEnvironment } from "../../scripts/lab-arguments";
import { temporaryFolder } from "../data/files";
import { type ServerInfo, started } from "./lab-server";

const ROOT = join(__dirname, "..", "..");
const folder = temporaryFolder();

let server: ServerInfo;
let stop: () => Promise<void>;

/** A configuration in the user's home, for a shared server: open to all, with news. */
const OPEN = {
  ServerApp: {
    ip: "0.0.0.0",
    token: "",
    password: "",
    allow_origin: "*",
    allow_origin_pat: ".*",
    allow_credentials: true,
    allow_remote_access: true,
    disable_check_xsrf: true,
    open_browser: true,
    allow_unauthenticated_access: true,
  },
  IdentityProvider: { token: "" },
  PasswordIdentityProvider: { token: "", hashed_password: "" },
  LabApp: { news_url: "https://example.org/feed", extension_manager: "pypi" },
};

/** The names of the files that JupyterLab would read it from. */
const CONFIGURATIONS = ["jupyter_config", "jupyter_server_config", "jupyter_lab_config"];

/** The same as a program, which comes after the JSON files. */
const OPEN_PROGRAM = Object.entries(OPEN)
  .flatMap(([section, values]) =>
    Object.entries(values).map(([name, value]) => {
      const literal = typeof value === "boolean" ? (value ? "True" : "False") : `"${value}"`;
      return `c.${section}.${name} = ${literal}\n`;
    }),
  )
  .join("");

before(async () => {
  const runtime = join(folder, "runtime");
  const [home, system] = [join(folder, "config"), join(folder, "system")];
  for (const path of [home, system]) {
    mkdirSync(path);
    for (const name of CONFIGURATIONS) {
      writeFileSync(join(path, `${name}.json`), JSON.stringify(OPEN));
      writeFileSync(join(path, `${name}.py`), OPEN_PROGRAM);
    }
  }
  const environment = labEnvironment({
    ...process.env,
    JUPYTER_RUNTIME_DIR: runtime,
    JUPYTER_CONFIG_DIR: home,
    JUPYTER_CONFIG_PATH: system,
  });
  const parameters = labArguments({
    notebooks: folder,
    options: ["--no-browser", "--ServerApp.port=0"],
    isRoot: process.getuid?.() === 0,
  });
  const lab = spawn(join(ROOT, ".venv", "bin", "python"), parameters, {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  lab.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  stop = async () => {
    const ended = new Promise((done) => lab.on("close", done));
    lab.kill("SIGTERM");
    await ended;
  };
  server = await started(runtime, () => assert.equal(lab.exitCode, null, log));
});
after(() => stop());

test("the user's options come last", () => {
  const options = ["--ip=::1", "--port", "9000"];
  assert.deepEqual(labArguments({ notebooks: "notebooks", options, isRoot: true }).slice(-4), [
    "--allow-root",
    ...options,
  ]);
  const asUser = labArguments({ notebooks: "notebooks", options: [], isRoot: false });
  assert.ok(!asUser.includes("--allow-root"));
});

test(
  "it listens only on this machine's own address, whatever the user's configuration says",
  { skip: !existsSync("/proc/net/tcp") },
  () => {
    const addresses = listening(server.pid);
    assert.ok(addresses.length > 0);
    assert.deepEqual(
      addresses.filter((address) => address !== LOOPBACK),
      [],
    );
    assert.equal(new URL(server.url).hostname, "127.0.0.1");
  },
);

test("without its token it only answers with the login page", async () => {
  assert.match(server.token, /^[0-9a-f]{32,}$/);
  const kernels = `${server.url}api/kernels`;
  assert.equal((await fetch(kernels)).status, 403);
  assert.equal((await fetch(`${kernels}?token=${server.token.replace(/./g, "0")}`)).status, 403);
  assert.equal((await fetch(kernels, { method: "POST" })).status, 403);
  assert.equal((await fetch(`${kernels}?token=${server.token}`)).status, 200);
  // An empty password and an empty token open nothing.
  assert.equal((await fetch(`${kernels}?token=`)).status, 403);
  const login = await fetch(`${server.url}login`, {
    method: "POST",
    body: new URLSearchParams({ password: "" }),
  });
  assert.ok(login.status >= 400, `${login.status}`);
});

test("scripts of other pages get no answer, whatever the user's configuration says", async () => {
  const headers = { Origin: "https://example.org" };
  const answer = await fetch(`${server.url}api/kernels`, { headers });
  assert.ok(answer.status >= 400, `${answer.status}`);
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
  assert.equal(answer.headers.get("access-control-allow-credentials"), null);
});

test("terminals work, and the settings of the user interface stay in the user's folder", async () => {
  const get = (path: string) => fetch(`${server.url}${path}?token=${server.token}`);
  assert.equal((await get("api/terminals")).status, 200);
  assert.equal((await get("lsp/status")).status, 200);
  const { JUPYTERLAB_SETTINGS_DIR: settings } = labEnvironment({ JUPYTER_CONFIG_DIR: "/home/me" });
  assert.equal(settings, "/home/me/lab/user-settings");
});

test("it fetches no news and no updates, and cannot install extensions", async () => {
  const get = async (path: string) =>
    (
      await fetch(`${server.url}${path}${path.includes("?") ? "&" : "?"}token=${server.token}`)
    ).text();
  const page = /<script id="jupyter-config-data" type="application\/json">(.*?)<\/script>/s.exec(
    await get("lab"),
  )![1];
  const { news, extensionManager } = JSON.parse(page) as Record<string, Record<string, unknown>>;
  assert.deepEqual(news, { disabled: true });
  assert.equal(extensionManager.can_install, false);
  assert.deepEqual(JSON.parse(await get("lab/api/news")), { news: [] });
  assert.deepEqual(JSON.parse(await get("lab/api/update")), { notification: null });
});

test("a new notebook has the TypeScript kernel", async () => {
  const answer = await fetch(`${server.url}api/kernelspecs?token=${server.token}`);
  assert.equal(((await answer.json()) as { default: string }).default, "tslab");
});

test("its menu exports a notebook as a program", async () => {
  const cell = { cell_type: "code", id: "a", metadata: {}, execution_count: null, outputs: [] };
  writeFileSync(
    join(folder, "mine.ipynb"),
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: { language_info: { name: "typescript", file_extension: ".ts" } },
      cells: [{ ...cell, source: "await run();" }],
    }),
  );
  const url = `${server.url}nbconvert/script/mine.ipynb?token=${server.token}`;
  assert.match(
    await (await fetch(url)).text(),
    /^void \(async \(\) => \{\n\nawait showLast\(await run\(\)\);/m,
  );
});

test("set-up turns news and updates off also for a JupyterLab that is started in another way", () => {
  const file = join(ROOT, ".venv", "share", "jupyter", "lab", "settings", "overrides.json");
  const settings = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  assert.deepEqual(settings["@jupyterlab/apputils-extension:notification"], {
    fetchNews: "false",
    checkForUpdates: false,
  });
});

/** 127.0.0.1 as /proc/net/tcp writes it. */
const LOOPBACK = "0100007F";

/** The addresses that a process listens on, as Linux writes them. */
function listening(pid: number): string[] {
  const handles = readdirSync(`/proc/${pid}/fd`).map((handle) =>
    linkOf(`/proc/${pid}/fd/${handle}`),
  );
  const LISTENING = "0A";
  return ["tcp", "tcp6"].flatMap((protocol) =>
    readFileSync(`/proc/net/${protocol}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === LISTENING && handles.includes(`socket:[${columns[9]}]`))
      .map((columns) => columns[1].split(":")[0]),
  );
}

/** The target of a link; empty when the handle was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
