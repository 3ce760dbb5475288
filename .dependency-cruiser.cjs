/**
 * The direction of imports: every room of `src` may import from the rooms below it, and no file takes part in a circle.
 * The order of the rooms is written here and nowhere else; `docs/architecture.md` draws it.
 */
"use strict";

/** From the top down. The rooms in one row stand side by side: they do not import each other. */
const FLOORS = [
  ["index.ts"],
  ["report"],
  ["display"],
  ["plots"],
  ["experiments"],
  ["training"],
  ["runs"],
  ["inference"],
  ["metrics"],
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

/** One rule for each room: whatever it imports of `src` is in itself or below. */
const directions = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => ({
    name: `${room.replace(".ts", "")} imports downwards only`,
    severity: "error",
    comment: `A file in ${room} may import only from ${room} and from the rooms below it.`,
    from: { path: pathOf(room) },
    to: {
      path: "^src/",
      pathNot: [room, ...FLOORS.slice(floor + 1).flat()].map(pathOf),
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
        "Two files that import each other, also through others, cannot be read one after the other.",
      from: {},
      to: { circular: true },
    },
    {
      name: "every file has a room",
      severity: "error",
      comment: "A file of src lies in one of the rooms above.",
      from: { path: "^src/", pathNot: FLOORS.flat().map(pathOf) },
      to: {},
    },
    {
      name: "src stands alone",
      severity: "error",
      comment: "The library never imports the commands, the tests or the benchmarks.",
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
