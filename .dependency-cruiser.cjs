/**
 * Rules for imports. A room is a folder of `src`. A file may import from its own room and from the
 * rooms below it, and imports must not form a circle. This file defines the order of the rooms;
 * `docs/architecture.md` shows it as a table.
 */
"use strict";

/** The rooms from the top to the bottom. Rooms of one line do not import each other. */
const LEVELS = [
  ["index.ts"],
  ["report"],
  ["display"],
  ["plots"],
  ["experiments"],
  ["training"],
  ["runs"],
  ["inference"],
  ["metrics"],
  ["planning"],
  ["detectors"],
  ["backbones"],
  ["data"],
  ["tensor"],
  ["boxes", "weights"],
  ["config"],
  ["util"],
  ["types.ts"],
];

const pathOf = (room) =>
  room.endsWith(".ts") ? `^src/${room.replace(".", "[.]")}$` : `^src/${room}/`;

/** One rule for each room: its imports from `src` are in the room itself or below it. */
const directions = LEVELS.flatMap((rooms, level) =>
  rooms.map((room) => ({
    name: `${room.replace(".ts", "")} imports downwards only`,
    severity: "error",
    comment: `A file in ${room} may import only from ${room} and from the rooms below it.`,
    from: { path: pathOf(room) },
    to: {
      path: "^src/",
      pathNot: [room, ...LEVELS.slice(level + 1).flat()].map(pathOf),
    },
  })),
);

module.exports = {
  forbidden: [
    ...directions,
    {
      name: "no circles",
      severity: "error",
      comment:
        "When two files import each other, directly or through other files, neither can be read first.",
      from: {},
      to: { circular: true },
    },
    {
      name: "every file has a room",
      severity: "error",
      comment: "Every file of src is in one of the rooms above.",
      from: { path: "^src/", pathNot: LEVELS.flat().map(pathOf) },
      to: {},
    },
    {
      name: "src stands alone",
      severity: "error",
      comment: "The library does not import the commands, the tests or the benchmarks.",
      from: { path: "^src/" },
      to: { path: "^(scripts|tests|bench)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
