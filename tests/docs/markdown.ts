/** Reads the Markdown files of the project as far as their tests need it. */
import { readdirSync, readFileSync } from "fs";
import { join, relative } from "path";

export const ROOT = join(__dirname, "..", "..");

/** Folders without pages of the project: installed packages and results. */
const SKIPPED = new Set(["node_modules", ".venv", "runs", ".git", ".cache"]);

export type LineKind = "prose" | "code" | "table" | "heading" | "html" | "definition";

export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
  readonly kind: LineKind;
}

export interface Page {
  /** Path below the project's folder, with forward slashes. */
  readonly path: string;
  readonly lines: readonly Line[];
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** All Markdown files of the project. */
export function pages(): Page[] {
  return markdownBelow(ROOT).map((file) => ({
    path: relative(ROOT, file).replaceAll("\\", "/"),
    lines: linesOf(readFileSync(file, "utf8")),
  }));
}

/**
 * The page at that path.
 * @throws when there is none
 */
export function page(path: string): Page {
  return { path, lines: linesOf(readFileSync(join(ROOT, path), "utf8")) };
}

/** Splits a Markdown text into lines and says what each is. */
export function linesOf(text: string): Line[] {
  let fence: string | null = null;
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line, i) => {
      const mark = /^\s*(```|~~~)/.exec(line)?.[1] ?? null;
      const isFence = mark !== null && (fence === null || fence === mark);
      const kind: LineKind = fence !== null || isFence ? "code" : kindOf(line);
      if (isFence) fence = fence === null ? mark : null;
      return { number: i + 1, text: line, kind };
    });
}

function kindOf(line: string): LineKind {
  if (/^\s*\|/.test(line)) return "table";
  if (/^#{1,6} /.test(line)) return "heading";
  if (/^\s*</.test(line)) return "html";
  if (/^\[[^\]]+\]:/.test(line)) return "definition";
  return "prose";
}

/** The targets of all links and pictures: inline ones, definitions and HTML attributes. */
export function links({ lines }: Page): Link[] {
  return lines
    .filter(({ kind }) => kind !== "code")
    .flatMap(({ number, text }) => {
      const plain = text.replace(/`[^`]*`/g, "code");
      return [
        ...plain.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g),
        ...plain.matchAll(/^\[[^\]]+\]:\s*<?([^\s>]+)/g),
        ...plain.matchAll(/\b(?:href|src)="([^"]+)"/g),
      ].map((match) => ({ line: number, target: match[1] }));
    });
}

/** Reference links without a definition, such as `[text][name]`. */
export function undefinedReferences({ lines }: Page): Link[] {
  const prose = lines.filter(({ kind }) => kind !== "code");
  const names = new Set(
    prose.flatMap(({ text }) => /^\[([^\]]+)\]:/.exec(text)?.[1].toLowerCase() ?? []),
  );
  return prose.flatMap(({ number, text }) =>
    [...text.replace(/`[^`]*`/g, "code").matchAll(/\]\[([^\]]+)\]/g)]
      .filter((match) => !names.has(match[1].toLowerCase()))
      .map((match) => ({ line: number, target: match[1] })),
  );
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchors({ lines }: Page): Set<string> {
  const counts = new Map<string, number>();
  return new Set(
    lines
      .filter(({ kind }) => kind === "heading")
      .map(({ text }) => {
        const slug = text
          .replace(/^#+ /, "")
          .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
          .trim()
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
          .replaceAll(" ", "-");
        const count = counts.get(slug) ?? 0;
        counts.set(slug, count + 1);
        return count ? `${slug}-${count}` : slug;
      }),
  );
}

/** The texts in backticks outside code blocks. */
export function codeSpans({ lines }: Page): { readonly line: number; readonly text: string }[] {
  return lines
    .filter(({ kind }) => kind !== "code")
    .flatMap(({ number, text }) =>
      [...text.matchAll(/`([^`]+)`/g)].map((match) => ({ line: number, text: match[1] })),
    );
}

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : markdownBelow(path);
      return entry.isFile() && entry.name.endsWith(".md") ? [path] : [];
    })
    .sort();
}
