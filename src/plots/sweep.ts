/** Figures of a sweep: how trials with different settings develop, and what each setting does. */
import type { Sweep, TrialResult } from "../experiments/sweep";
import { trialScore } from "../experiments/sweep-rounds";
import { epochsText, settingsText, valueText } from "../experiments/sweep-text";
import { axis, COLORS, escapeText, type Figure, figure, roundOrNull, TEXT_COLOR } from "./figure";

/** What trials are compared by. */
const SCORE = "class-agnostic AP, mean of the folds";
/** From this ratio of the largest to the smallest value on, an axis is logarithmic. */
const LOG_RATIO = 50;

/**
 * The AP of every trial after each round. The best trial is blue.
 * @example
 * await show(figures.sweepRounds(sweep));
 */
export function sweepRounds({ epochs, results }: Pick<Sweep, "epochs" | "results">): Figure {
  const traces = results.map((result, i) => ({
    type: "scatter",
    mode: "lines+markers",
    name: `trial ${result.number}`,
    x: result.rounds.map((_, round) => epochs[round]),
    y: result.rounds.map((metrics) => roundOrNull(trialScore(metrics))),
    text: result.rounds.map(() => hoverText(result)),
    hovertemplate: "%{text}<br>%{y} after %{x} epochs<extra></extra>",
    showlegend: false,
    line: i === 0 ? { width: 3, color: COLORS.blue } : { width: 1, color: TEXT_COLOR },
  }));
  // The best trial is drawn over the others.
  return figure(traces.reverse(), "Trials by epochs: the best ones of each round go on", {
    xaxis: axis("epochs", { tickvals: [...epochs] }),
    yaxis: axis(SCORE),
  });
}

/**
 * The AP of every trial after the first round, in which all of them took part, by one of the
 * settings. The best trial of the last round is blue.
 * @param path of the setting, for example `training.weightDecay`
 * @example
 * await show(figures.sweepSetting(sweep, "training.weightDecay"));
 */
export function sweepSetting(
  { epochs, results }: Pick<Sweep, "epochs" | "results">,
  path: string,
): Figure {
  const judged = results.filter(({ rounds }) => rounds.length);
  const values = judged.map(({ settings }) => settings[path]);
  const numbers = values.filter((value): value is number => typeof value === "number");
  const areNumbers = numbers.length === values.length;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const type = !areNumbers ? "category" : low > 0 && high / low >= LOG_RATIO ? "log" : "linear";
  const points = {
    type: "scatter",
    mode: "markers",
    x: areNumbers ? numbers : values.map((value) => escapeText(valueText(value))),
    y: judged.map(({ rounds }) => roundOrNull(trialScore(rounds[0]))),
    text: judged.map(hoverText),
    hovertemplate: "%{text}<br>%{y}<extra></extra>",
    marker: { size: 9, color: judged.map((_, i) => (i === 0 ? COLORS.blue : TEXT_COLOR)) },
  };
  return figure([points], `${path}, after the first round`, {
    xaxis: axis(escapeText(path), { type }),
    yaxis: axis(`${SCORE}, after ${epochsText(epochs[0])}`),
  });
}

function hoverText({ number, settings }: TrialResult): string {
  return escapeText(`trial ${number}: ${settingsText(settings)}`);
}
