import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeLesson } from "../../explorer/web/lesson/decode.js";
import { describeToken } from "../../explorer/web/lesson/steps.js";
import { inParts, tr } from "../../explorer/web/page/language.js";
import { endsOf, fixed, numeral } from "../../explorer/web/page/number.js";
import { RECORD } from "./lesson_fixture.mjs";

test("thousands have a comma", () => {
  assert.deepEqual([999, 1500, 15000, 1234567, 0.12345].map(numeral), [
    "999",
    "1,500",
    "15,000",
    "1,234,567",
    "0.12345",
  ]);
  assert.equal(fixed(1234.5, 1), "1,234.5");
});

test("a minus sign is no hyphen, and what rounds to zero has none", () => {
  assert.equal(numeral(-12), "−12");
  assert.equal(fixed(-0.2513, 4), "−0.2513");
  assert.equal(fixed(-0.00001, 2), "0.00");
  assert.deepEqual(endsOf({ low: -0.5, high: 0.25 }), ["−0.50", "0.25"]);
});

test("a sentence shows its numbers so", () => {
  assert.equal(tr("{tokens} of {all} tokens", { tokens: 700, all: 1500 }), "700 of 1,500 tokens");
  assert.deepEqual(inParts("{count} of them", { count: 1500 }), ["", "1,500", " of them"]);
});

test("a negative similarity of the lesson has a minus sign", () => {
  const lesson = decodeLesson({ ...RECORD, order: [2, 0, 1, 3], similarity: RECORD.similarity });
  lesson.edgeFrom.get(8).similarity = -0.4;
  assert.match(describeToken(lesson, 8, 2).join(" "), /most similar: B 7, −0\.4000/);
});
