/**
 * What a setting may be: small rules that are put together to one for the whole configuration, and
 * say what is wrong by its path.
 */
import { inspect } from "util";
import { isRecord } from "../util/record";

/** What is wrong with one setting. */
export interface Problem {
  /** As in `training.epochs`; empty for the configuration itself. */
  readonly path: string;
  /** A sentence about it that begins with the path. */
  readonly text: string;
}

export interface Rule<T> {
  /** What is wrong with a value that ought to be a T. */
  readonly check: (value: unknown, path: string) => Problem[];
  /**
   * The names of the settings below a path, as far as they are given in `value`, that there are
   * none of.
   */
  readonly unknown: (value: unknown, path: string) => UnknownName[];
  /** Never there: it lets TypeScript tell rules for different types apart. */
  readonly of?: T;
}

/** A name that no rule knows, and those that would be known in its place. */
export interface UnknownName {
  readonly path: string;
  readonly name: string;
  readonly known: readonly string[];
}

/**
 * One rule for each field of T; TypeScript refuses a field without a rule, and a rule without a
 * field.
 */
export type Fields<T> = { readonly [K in keyof T]-?: Rule<T[K]> };

/** A single value; `what` ends the sentence 'it must be …'. */
export function value<T>(what: string, accepts: (value: unknown) => boolean): Rule<T> {
  return {
    check: (found, path) =>
      accepts(found) ? [] : [{ path, text: `${path} is ${shown(found)}: it must be ${what}` }],
    unknown: () => [],
  };
}

/** One of a few words. */
export function oneOf<T extends string>(...words: readonly T[]): Rule<T> {
  return value(words.map((word) => `'${word}'`).join(" or "), (found) =>
    words.includes(found as T),
  );
}

/** A number for which `accepts` holds; NaN and the infinities never are. */
export function number(what: string, accepts: (value: number) => boolean): Rule<number> {
  return value(
    what,
    (found) => typeof found === "number" && Number.isFinite(found) && accepts(found),
  );
}

/** A whole number of at least `low`. */
export function whole(low: number): Rule<number> {
  return number(
    `a whole number from ${low} up`,
    (found) => Number.isSafeInteger(found) && found >= low,
  );
}

/** Null, or what the rule says. */
export function orNull<T>(rule: Rule<T>): Rule<T | null> {
  return {
    check: (found, path) => (found === null ? [] : rule.check(found, path)),
    unknown: (found, path) => rule.unknown(found, path),
  };
}

/** A list of what the rule says. */
export function listOf<T>(rule: Rule<T>, { atLeast = 0 } = {}): Rule<readonly T[]> {
  return items(
    rule,
    `a list${atLeast ? ` of at least ${atLeast}` : ""}`,
    (length) => length >= atLeast,
  );
}

/** A list of exactly four of what the rule says. */
export function fourOf<T>(rule: Rule<T>): Rule<readonly [T, T, T, T]> {
  return items(rule, "a list of 4", (length) => length === 4) as Rule<unknown> as Rule<
    readonly [T, T, T, T]
  >;
}

function items<T>(
  rule: Rule<T>,
  what: string,
  accepts: (length: number) => boolean,
): Rule<readonly T[]> {
  const list = value<readonly T[]>(what, (found) => Array.isArray(found) && accepts(found.length));
  const each = <R>(found: unknown, path: string, ask: (item: unknown, path: string) => R[]) =>
    Array.isArray(found) ? found.flatMap((item, i) => ask(item, `${path}[${i}]`)) : [];
  return {
    check: (found, path) => [...list.check(found, path), ...each(found, path, rule.check)],
    unknown: (found, path) => each(found, path, rule.unknown),
  };
}

/**
 * A group of settings, each with a rule of its own. Names that there are none of are left to
 * `unknown`.
 */
export function fields<T>(rules: Fields<T>): Rule<T> {
  const named = Object.entries<Rule<unknown>>(rules);
  return {
    check(found, path) {
      const what = `a group of settings with the names ${Object.keys(rules).join(", ")}`;
      if (!isRecord(found))
        return [{ path, text: `${path || "it"} is ${shown(found)}: it must be ${what}` }];
      return named.flatMap(([name, rule]) => {
        const own = below(path, name);
        return found[name] === undefined
          ? [{ path: own, text: `${own} is missing` }]
          : rule.check(found[name], own);
      });
    },
    unknown(found, path) {
      if (!isRecord(found)) return [];
      return Object.keys(found).flatMap((name) =>
        Object.hasOwn(rules, name)
          ? (rules as Record<string, Rule<unknown>>)[name].unknown(found[name], below(path, name))
          : [{ path, name, known: Object.keys(rules) }],
      );
    },
  };
}

/**
 * A group whose settings depend on its `kind`. Where that is not given, as in overrides, names of
 * any kind are known.
 */
export function byKind<T extends { readonly kind: string }>(forms: {
  readonly [K in T["kind"]]: Fields<Omit<Extract<T, { readonly kind: K }>, "kind">>;
}): Rule<T> {
  const kind = oneOf(...(Object.keys(forms) as T["kind"][]));
  const ofKind = (found: unknown): Rule<unknown> => {
    const name = isRecord(found) ? found.kind : undefined;
    const isKnown = typeof name === "string" && Object.hasOwn(forms, name);
    const all = Object.assign({}, ...Object.values(forms)) as Fields<unknown>;
    return fields({ kind, ...(isKnown ? (forms as Record<string, Fields<unknown>>)[name] : all) });
  };
  return {
    check(found, path) {
      const wrong =
        isRecord(found) && found.kind !== undefined
          ? kind.check(found.kind, below(path, "kind"))
          : [];
      return wrong.length ? wrong : ofKind(found).check(found, path);
    },
    unknown: (found, path) => ofKind(found).unknown(found, path),
  };
}

/** The path of a setting in a group. */
export function below(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

/** A value as a sentence can hold it. */
function shown(found: unknown): string {
  const LONGEST = 60;
  const text = inspect(found, {
    depth: 1,
    breakLength: Infinity,
    maxArrayLength: 5,
    maxStringLength: LONGEST,
  });
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
