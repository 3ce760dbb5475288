import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { interruptible } from "../../src/display/interrupt";
import { progressLine } from "../../src/display/progress";
import { show } from "../../src/display/show";
import type { StepEvent, TrainingEvent } from "../../src/runs/events";
import { inNotebook, printed } from "./notebook";

const PLOTLY_TYPE = "application/vnd.plotly.v1+json";

const STEP: StepEvent = {
  kind: "step",
  epoch: 2,
  epochs: 4,
  step: 5,
  steps: 10,
  losses: { boxes: 0.25, total: 1.25 },
  learningRate: 0.01,
  gradientNorm: 1,
  imagesPerSecond: 9.44,
  secondsLeft: 125,
};

/** `count` steps, one every `wait` milliseconds, until the signal. */
async function* steps(
  count: number,
  wait: number,
  signal: AbortSignal,
  seen: number[] = [],
): AsyncGenerator<TrainingEvent> {
  for (let i = 0; i < count && !signal.aborted; i++) {
    if (wait) await sleep(wait);
    seen.push(i);
    yield STEP;
  }
  yield { kind: signal.aborted ? "stopped" : "done", epoch: 1, reason: "for a test" };
}

test("an interrupt aborts the signal, and all listeners are restored afterwards", async () => {
  const calls: string[] = [];
  const other = () => void calls.push("other");
  process.on("SIGINT", other);
  const before = process.listeners("SIGINT");
  try {
    const aborted = await interruptible(async (signal) => {
      process.kill(process.pid, "SIGINT");
      // A pending signal does not keep the process alive; a timer does.
      while (!signal.aborted) await sleep(1);
      return true;
    });
    assert.equal(aborted, true);
    assert.deepEqual(calls, [], "other listeners got the interrupt too");
    assert.deepEqual(process.listeners("SIGINT"), before);
    await assert.rejects(
      interruptible(() => Promise.reject(new Error("broken"))),
      /broken/,
    );
    assert.deepEqual(process.listeners("SIGINT"), before);
  } finally {
    process.removeListener("SIGINT", other);
  }
});

test("a live display is a line and the figures; both are redrawn in place, not at every step", async () => {
  const seen: number[] = [];
  const figure = () => ({ data: [{ type: "scatter", y: [...seen] }], layout: {} });
  const messages = await inNotebook(() =>
    show.live(
      (signal) => steps(300, 4, signal, seen),
      () => [figure()],
    ),
  );
  assert.equal(seen.length, 300);
  assert.equal(new Set(messages.map(({ id }) => id)).size, 2);
  for (const id of new Set(messages.map((message) => message.id))) {
    const [first, ...others] = messages.filter((message) => message.id === id);
    assert.equal(first.update, false);
    assert.ok(
      others.every(({ update }) => update),
      "a display was added instead of redrawn",
    );
  }

  const drawings = messages.filter(({ data }) => data[PLOTLY_TYPE]);
  assert.ok(drawings.length >= 3, "it was not redrawn");
  assert.ok(messages.length < 40, `${messages.length} messages for 300 steps`);
  const last = drawings[drawings.length - 1].data;
  assert.equal((last[PLOTLY_TYPE] as { data: { y: number[] }[] }).data[0].y.length, 300);
  assert.ok(last["image/svg+xml"], "the last drawing has no picture");
  assert.ok(
    drawings.slice(0, -1).every(({ data }) => !data["image/svg+xml"]),
    "every redrawing has a picture",
  );
});

test("the last line of preparing has all images, however quick the last ones were", async () => {
  async function* events(): AsyncGenerator<TrainingEvent> {
    for (const done of [8, 16, 21]) {
      await sleep(1);
      yield { kind: "preparing", what: "features", done, total: 21 };
    }
  }
  const messages = await inNotebook(() => show.live(events));
  assert.match(String(messages.at(-1)!.data["text/plain"]), /21 of 21$/);
});

test("a notice has its own display, which later lines do not replace", async () => {
  async function* events(): AsyncGenerator<TrainingEvent> {
    await sleep(1);
    yield { kind: "notice", text: "The validation images have no boxes." };
    yield STEP;
    yield { kind: "done", epoch: 1, reason: "for a test" };
  }
  const messages = await inNotebook(() => show.live(events));
  const [notice] = messages;
  assert.equal(notice.data["text/plain"], "The validation images have no boxes.");
  assert.ok(messages.slice(1).every(({ id }) => id !== notice.id));
  assert.equal(messages.at(-1)!.data["text/plain"], "done after 1 epoch");
});

test("the stop button stops between two steps, even where the work never waits", async () => {
  const seen: number[] = [];
  setTimeout(() => process.kill(process.pid, "SIGINT"), 50);
  const messages = await inNotebook(() => show.live((signal) => steps(Infinity, 0, signal, seen)));
  assert.ok(seen.length > 0);
  assert.equal(
    messages[messages.length - 1].data["text/plain"],
    "stopped after 1 complete epochs: for a test",
  );
});

test("outside a notebook the line is printed", async () => {
  const lines = await printed(() => show.live((signal) => steps(2, 0, signal)));
  assert.deepEqual(lines, [progressLine(STEP), "done after 1 epoch"]);
});

test("the line shows the progress of training", () => {
  assert.equal(
    progressLine(STEP),
    "epoch 2 of 4 █████████░░░░░░░░░░░░░░░ 37 % · step 5 of 10 · loss 1.250 · 9.4 images/s · 2:05 left",
  );
  assert.equal(
    progressLine({ kind: "preparing", what: "features", done: 1, total: 4 }),
    "features ██████░░░░░░░░░░░░░░░░░░ 1 of 4",
  );
});
