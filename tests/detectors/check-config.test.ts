import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, presets } from "../../src/config/index";
import { checkConfig, configProblems } from "../../src/detectors/check-config";
import { configRules } from "../../src/detectors/config-rules";
import { detectorByArchitecture, detectorDefinitions } from "../../src/detectors/registry";

test("a usable configuration is returned unchanged", () => {
  for (const preset of Object.values(presets)) {
    assert.equal(checkConfig(preset, "preset"), preset);
    assert.deepEqual(configProblems(preset), []);
  }
});

test("an error starts with the source and lists all problems", () => {
  const config = configure(presets.default, { rpn: { samples: 0 }, neck: { groups: 7 } });
  const problems = configProblems(config);
  assert.equal(problems.length, 2);
  assert.throws(() => checkConfig(config, "run.json"), {
    message: ["run.json: the configuration cannot be used:", ...problems.map((p) => `- ${p}`)].join(
      "\n",
    ),
  });
});

test("the rules of a detector apply only to its architecture", () => {
  const withStages = { head: { stages: presets.default.head.stages } };
  const original = configure(presets.original, withStages);
  assert.match(configProblems(original).join(), /head\.stages has stages: the architecture 'orig/);
  const cascade = configure(presets.default, { head: { stages: [] } });
  assert.match(configProblems(cascade).join(), /head\.stages is empty: the architecture 'casc/);
});

test("the rules of some detectors accept only their architectures", () => {
  for (const definition of detectorDefinitions) {
    const rules = configRules([definition]);
    assert.deepEqual(rules.architectures, [definition.architecture]);
    assert.equal(detectorByArchitecture(definition.architecture), definition);
    for (const constraint of rules.constraints.slice(-definition.constraints.length))
      assert.equal(constraint.settings.at(-1), "architecture");
  }
  assert.deepEqual(configRules(detectorDefinitions).architectures, ["cascade-rcnn", "original"]);
});

test("an unknown architecture is refused with all names", () => {
  assert.throws(
    () => detectorByArchitecture("yolo"),
    /^Error: unknown architecture 'yolo': the names are cascade-rcnn, original$/,
  );
  assert.deepEqual(configProblems({ ...presets.default, architecture: "yolo" }), [
    "architecture is 'yolo': it must be 'cascade-rcnn' or 'original'",
  ]);
});
