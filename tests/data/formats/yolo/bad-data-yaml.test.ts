/** Unusual, faulty and malicious `data.yaml` files: each fault is reported once. */
import assert from "node:assert/strict";
import { classDistribution } from "../../../../src/plots/dataset";
import { testBadInput } from "../../bad-input";
import { classes, fault, NAMES, SPLITS, yaml } from "./yaml-cases";

/** A billion words in a few lines. */
const LAUGHS = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"];
for (let i = 1; i < 9; i++)
  LAUGHS.push(
    `a${i}: &a${i} [${Array(10)
      .fill(`*a${i - 1}`)
      .join(", ")}]`,
  );

testBadInput([
  yaml(
    "no names",
    SPLITS,
    [
      /^warning data\.yaml: it has no 'names', so the classes are called class 0, class 1 and so on: add 'names: \[first, second\]'/,
    ],
    classes("class 0"),
  ),
  yaml(
    "only the number of names",
    `${SPLITS}nc: 2\n`,
    [/^warning data\.yaml: it has no 'names', so the classes are called class 0 to class 1/],
    classes("class 0", "class 1"),
  ),
  yaml("only names: the splits are found by their folders", NAMES, [], classes("ring", "solid")),
  yaml("no validation split", `train: images/train\n${NAMES}`, [], ({ splits }) =>
    assert.deepEqual(splits, ["train"]),
  ),
  yaml(
    "names as a map, in any order",
    `${SPLITS}names:\n  1: solid\n  0: ring\n`,
    [],
    classes("ring", "solid"),
  ),
  yaml(
    "keys in quotes",
    `${SPLITS}names:\n  "0": ring\n  "1": solid\n`,
    [],
    classes("ring", "solid"),
  ),
  yaml(
    "words that are booleans in YAML 1.1",
    `${SPLITS}names: [yes, no]\n`,
    [],
    classes("yes", "no"),
  ),
  yaml(
    "markup in a name",
    `${SPLITS}names: ["<img src=x onerror=alert(1)>", solid]\n`,
    [],
    (dataset) => {
      classes("<img src=x onerror=alert(1)>", "solid")(dataset);
      assert.doesNotMatch(JSON.stringify(classDistribution(dataset)), /<img/, "text in a figure");
    },
  ),
  yaml(
    "UTF-16 with a byte order mark",
    Buffer.from(`\uFEFF${SPLITS}${NAMES}`, "utf16le"),
    [],
    classes("ring", "solid"),
  ),
  yaml(
    "Windows line ends and tabs after values",
    `${SPLITS}${NAMES}`.replace(/\n/g, "\t\r\n"),
    [],
    classes("ring", "solid"),
  ),
  yaml(
    "a list of folders, and a split without a folder",
    `train: [images/train]\nval: images/val\ntest:\n${NAMES}`,
    [],
    classes("ring", "solid"),
  ),

  fault("empty", "", ": it is empty: add at least 'names', or remove the file"),
  fault("only a comment", "# to do\n", ": it is empty"),
  fault(
    "prose",
    "The images are in the folder.\n",
    ": it has 'The images are in th…' where 'names: \\[…\\]' is expected",
  ),
  fault("a list", "- images/train\n- images/val\n", ": it has a list where"),
  fault("not YAML", `${SPLITS}names: [ring\n`, ":4: it is not YAML \\(.+\\): correct the line"),
  fault(
    "tabs for indentation",
    `${SPLITS}names:\n\t- ring\n`,
    ":4: it is not YAML \\(Tabs are not allowed as indentation\\)",
  ),
  fault(
    "a key twice",
    `${SPLITS}${NAMES}${NAMES}`,
    ":4: it is not YAML \\(Map keys must be unique\\)",
  ),
  fault("two documents", `${SPLITS}${NAMES}---\n${NAMES}`, ":4: it is not YAML"),
  fault(
    "an alias without an anchor",
    `train: *where\n${NAMES}`,
    ": it is YAML that cannot be read \\(Unresolved alias",
  ),
  fault(
    "aliases of aliases that expand to a billion words",
    `${LAUGHS.join("\n")}\n${SPLITS}names: *a8\n`,
    ": it is YAML that cannot be read \\(Excessive alias count.+\\): write it without aliases",
  ),
  fault(
    "a list that contains itself",
    `train: &a [*a]\nval: images/val\n${NAMES}`,
    ": 'train' must be a folder's path, not a list",
  ),
  fault("30,000 nested lists", `a: ${"[".repeat(30_000)}`, ":1: it is not YAML"),
  fault("12,000 nested keys", "a: ? ".repeat(12_000), ":1: it is not YAML"),
  fault(
    "larger than the limit",
    `# ${"x".repeat(100_000)}\n${SPLITS}${NAMES}`,
    ": it cannot be read \\(it has 0.10 MB, more than the limit of 0.06 MB\\)",
  ),
  fault(
    "a NUL byte",
    `${SPLITS}${NAMES}\0`,
    ":4: it cannot be read \\(it contains a NUL byte, so it is not text\\)",
  ),
  yaml(
    "a tag that would run code in Python",
    `${SPLITS}names: !!python/object/apply:os.system ["rm -r /", "x"]\n`,
    [/^warning data\.yaml:3: Unresolved tag: .+: tags have no meaning here and are ignored/],
    classes("rm -r /", "x"),
  ),
  yaml(
    "a custom tag",
    `${SPLITS}names: !classes [ring, solid]\n`,
    [/^warning data\.yaml:3: Unresolved tag: !classes/],
    classes("ring", "solid"),
  ),
]);
