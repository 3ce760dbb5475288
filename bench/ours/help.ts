/** This project's side of the start of a command: `npm run detect -- --help` without npm. */
import { spawnSync } from "child_process";
import { join } from "path";
import { presets } from "../../src/config/index";
import { ROOT } from "../../scripts/command";
import { writeSetup } from "../exchange";
import type { OursCase } from "./ours-case";

const COMMAND = [join(ROOT, "scripts", "run.mjs"), "detect", "--help"];

/** The start of a command, its help, and its end. */
export const help: OursCase = {
  async write(folder, { preset, kind, batch, warmUps }) {
    await writeSetup(folder, { kind, batch, warmUps, config: presets[preset], classNames: [] });
  },
  prepare() {
    return Promise.resolve(() => {
      const { status, stderr, error } = spawnSync(process.execPath, COMMAND, { encoding: "utf8" });
      if (status !== 0) throw new Error(error?.message ?? stderr);
    });
  },
};
