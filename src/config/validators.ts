/**
 * Rules for single settings, and the functions that combine them into one rule for the whole
 * configuration. A rule reports every problem with the path of the setting.
 */
import { inspect } from "util";
import { isRecord } from "../util/record";

/** One setting that is wrong. */
export interface Problem {
  /** For example `training.epochs`; empty for the configuration itself. */
  readonly path: string;
  /** A sentence that starts with the path. */
  readonly text: string;
}

/** Checks one setting, or a group of settings, of type T. */
export interface Rule<T> {
  /** Returns what is wrong with a value that should be a T; empty when the value is valid. */
  readonly check: (value: unknown, path: string) => Problem[];
  /**
   * Returns the names in `value` that are not names of settings. `value` may be a part of a T, as
   * in overrides.
   */
  readonly unknown: (value: unknown, path: string) => UnknownName[];
  /** Never set. With it, TypeScript distinguishes rules for different types. */
  readonly of?: T;
}

/** A name that is not the name of a setting, and the names that exist in its place. */
export interface UnknownName {
  /** Path of the group that contains the name; empty at the top. */
  readonly path: string;
  readonly name: string;
  readonly known: readonly string[];
}

/**
 * One rule for each field of T. TypeScript refuses a field without a rule, and a rule without a
 * field.
 */
export type Fields<T> = { readonly [K in keyof T]-?: Rule<T[K]> };

/**
 * A rule for a single value.
 * @param expected what the value must be, as the end of the sentence 'it must be …'
 */
export function value<T>(expected: string, accepts: (value: unknown) => boolean): Rule<T> {
  return {
    check: (found, path) =>
      accepts(found)
        ? []
        : [{ path, text: `${path} is ${formatValue(found)}: it must be ${expected}` }],
    unknown: () => [],
  };
}

/** One of the given words. */
export function oneOf<T extends string>(...words: readonly T[]): Rule<T> {
  return value(words.map((word) => `'${word}'`).join(" or "), (found) =>
    words.includes(found as T),
  );
}

/**
 * A number for which `accepts` returns true. NaN and infinity are never accepted.
 * @param expected as in `value`
 */
export function number(expected: string, accepts: (value: number) => boolean): Rule<number> {
  return value(
    expected,
    (found) => typeof found === "number" && Number.isFinite(found) && accepts(found),
  );
}

/** A whole number from `low` to `high`, both included. */
export function integer(low: number, high = Number.MAX_SAFE_INTEGER): Rule<number> {
  const range = high === Number.MAX_SAFE_INTEGER ? `from ${low} up` : `from ${low} to ${high}`;
  return number(
    `a whole number ${range}`,
    (found) => Number.isSafeInteger(found) && found >= low && found <= high,
  );
}

/** Null, or a value that the rule accepts. */
export function orNull<T>(rule: Rule<T>): Rule<T | null> {
  return {
    check: (found, path) => (found === null ? [] : rule.check(found, path)),
    unknown: (found, path) => rule.unknown(found, path),
  };
}

/** A list of `atLeast` to `atMost` items that the rule accepts. */
export function listOf<T>(
  rule: Rule<T>,
  { atLeast = 0, atMost }: { readonly atLeast?: number; readonly atMost: number },
): Rule<readonly T[]> {
  const range = atLeast ? `${atLeast} to ${atMost}` : `at most ${atMost}`;
  return items(rule, `a list of ${range}`, (length) => length >= atLeast && length <= atMost);
}

/** A list of exactly four items that the rule accepts. */
export function fourOf<T>(rule: Rule<T>): Rule<readonly [T, T, T, T]> {
  return items(rule, "a list of 4", (length) => length === 4) as Rule<unknown> as Rule<
    readonly [T, T, T, T]
  >;
}

function items<T>(
  rule: Rule<T>,
  expected: string,
  accepts: (length: number) => boolean,
): Rule<readonly T[]> {
  const list = value<readonly T[]>(
    expected,
    (found) => Array.isArray(found) && accepts(found.length),
  );
  const forEach = <R>(found: unknown, path: string, run: (item: unknown, path: string) => R[]) =>
    Array.isArray(found) ? found.flatMap((item, i) => run(item, `${path}[${i}]`)) : [];
  return {
    check(found, path) {
      const problems = list.check(found, path);
      return problems.length ? problems : forEach(found, path, rule.check);
    },
    unknown: (found, path) => forEach(found, path, rule.unknown),
  };
}

/**
 * A group of settings, each with its own rule. `check` ignores names without a rule; `unknown`
 * reports them.
 */
export function fields<T>(rules: Fields<T>): Rule<T> {
  const rulesByName = Object.entries<Rule<unknown>>(rules);
  return {
    check(found, path) {
      const expected = `a group of settings with the names ${Object.keys(rules).join(", ")}`;
      if (!isRecord(found))
        return [{ path, text: `${path || "it"} is ${formatValue(found)}: it must be ${expected}` }];
      return rulesByName.flatMap(([name, rule]) => {
        const setting = settingPath(path, name);
        return found[name] === undefined
          ? [{ path: setting, text: `${setting} is missing` }]
          : rule.check(found[name], setting);
      });
    },
    unknown(found, path) {
      if (!isRecord(found)) return [];
      return Object.keys(found).flatMap((name) =>
        Object.hasOwn(rules, name)
          ? (rules as Record<string, Rule<unknown>>)[name].unknown(
              found[name],
              settingPath(path, name),
            )
          : [{ path, name, known: Object.keys(rules) }],
      );
    },
  };
}

/**
 * A group whose settings depend on its setting `kind`. When `kind` is missing, as it may be in
 * overrides, the names of all kinds are accepted.
 */
export function byKind<T extends { readonly kind: string }>(forms: {
  readonly [K in T["kind"]]: Fields<Omit<Extract<T, { readonly kind: K }>, "kind">>;
}): Rule<T> {
  const kind = oneOf(...(Object.keys(forms) as T["kind"][]));
  const ruleFor = (found: unknown): Rule<unknown> => {
    const name = isRecord(found) ? found.kind : undefined;
    const isKnown = typeof name === "string" && Object.hasOwn(forms, name);
    const all = Object.assign({}, ...Object.values(forms)) as Fields<unknown>;
    return fields({ kind, ...(isKnown ? (forms as Record<string, Fields<unknown>>)[name] : all) });
  };
  return {
    check(found, path) {
      const problems =
        isRecord(found) && found.kind !== undefined
          ? kind.check(found.kind, settingPath(path, "kind"))
          : [];
      return problems.length ? problems : ruleFor(found).check(found, path);
    },
    unknown: (found, path) => ruleFor(found).unknown(found, path),
  };
}

/**
 * The path of a setting.
 * @param group path of the group that contains the setting; empty at the top
 */
export function settingPath(group: string, name: string): string {
  return group ? `${group}.${name}` : name;
}

/** Longer texts are cut off in sentences, in characters. */
const MAX_VALUE_LENGTH = 60;

/** A value as one line that fits into a sentence. */
function formatValue(found: unknown): string {
  const text = inspect(found, {
    depth: 1,
    breakLength: Infinity,
    maxArrayLength: 5,
    maxStringLength: MAX_VALUE_LENGTH,
  });
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}
