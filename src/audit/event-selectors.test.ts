import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type AdvancedFieldSelector,
  type EventSelector,
  operators,
  type SelectableRecord,
  takenByAdvanced,
  takenByBasic,
} from "./event-selectors.ts";

const object = (ARN: string) => ({ type: "AWS::S3::Object", ARN });
const put: SelectableRecord = {
  eventCategory: "Data",
  eventName: "PutObject",
  eventSource: "s3.amazonaws.com",
  readOnly: false,
  resources: [object("arn:aws:s3:::logs/a/b"), { type: "AWS::S3::Bucket", ARN: "arn:aws:s3:::logs" }],
  userIdentity: { arn: "arn:aws:iam::000000000000:user/ann" },
};
const encrypt: SelectableRecord = {
  eventCategory: "Management",
  eventName: "Encrypt",
  eventSource: "kms.amazonaws.com",
  readOnly: true,
};

test("basic selectors: read-only or not, sources left out, data resources by their beginning or in full", () => {
  const base: EventSelector = {
    ReadWriteType: "All",
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  };
  const takes = (record: SelectableRecord, more: Partial<EventSelector>) =>
    takenByBasic(record, [{ ...base, ...more }]);
  assert.equal(takes(encrypt, {}), true);
  assert.equal(takes(encrypt, { ReadWriteType: "WriteOnly" }), false);
  assert.equal(takes(encrypt, { ReadWriteType: "ReadOnly" }), true);
  assert.equal(takes(encrypt, { IncludeManagementEvents: false }), false);
  assert.equal(takes(encrypt, { ExcludeManagementEventSources: ["kms.amazonaws.com"] }), false);
  assert.equal(takes(put, {}), false);
  const resources = (Type: string, ...Values: string[]) => ({ DataResources: [{ Type, Values }] });
  for (const value of ["arn:aws:s3", "arn:aws:s3:::", "arn:aws:s3:::logs/", "arn:aws:s3:::logs/a"])
    assert.equal(takes(put, resources("AWS::S3::Object", value)), true, value);
  assert.equal(takes(put, resources("AWS::S3::Object", "arn:aws:s3:::other/")), false);
  assert.equal(takes(put, { ...resources("AWS::S3::Object", "arn:aws:s3"), ReadWriteType: "ReadOnly" }), false);
  const ARN = "arn:aws:lambda:eu-west-1:000000000000:function:f";
  const invoke = { ...put, resources: [{ type: "AWS::Lambda::Function", ARN: `${ARN}2` }] };
  assert.equal(takes(invoke, resources("AWS::Lambda::Function", ARN)), false);
  assert.equal(takes(invoke, resources("AWS::Lambda::Function", "arn:aws:lambda")), true);
  assert.equal(takes({ ...put, eventCategory: "Insight" }, resources("AWS::S3::Object", "arn:aws:s3")), false);
});

test("advanced selectors: every field has to hold, any selector is enough", () => {
  const takes = (record: SelectableRecord, ...fields: AdvancedFieldSelector[]) =>
    takenByAdvanced(record, [{ FieldSelectors: fields }]);
  const data = { Field: "eventCategory", Equals: ["Data"] };
  assert.equal(takes(put, data), true);
  assert.equal(takes(encrypt, data), false);
  assert.equal(takes(put, data, { Field: "readOnly", Equals: ["false"] }), true);
  assert.equal(takes(put, data, { Field: "resources.ARN", StartsWith: ["arn:aws:s3:::logs/a"] }), true);
  assert.equal(takes(put, data, { Field: "resources.ARN", NotStartsWith: ["arn:aws:s3:::logs/a"] }), false);
  assert.equal(takes(put, data, { Field: "resources.ARN", StartsWith: ["x"], EndsWith: ["/b"] }), true);
  assert.equal(takes(put, data, { Field: "resources.ARN", EndsWith: ["/b"], NotEquals: ["arn:aws:s3:::logs"] }), false);
  assert.equal(takes(put, { Field: "eventName", NotStartsWith: ["Get"], NotEndsWith: ["s"] }), true);
  assert.equal(takes(put, { Field: "userIdentity.arn", EndsWith: ["/ann"] }), true);
  assert.equal(takes(put, { Field: "errorCode", Equals: ["VpceAccessDenied"] }), false);
  assert.equal(takes(put, { Field: "errorCode", NotEquals: ["VpceAccessDenied"] }), true);
  const both = [{ FieldSelectors: [data] }, { FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }] }];
  assert.ok(takenByAdvanced(put, both) && takenByAdvanced(encrypt, both));
  assert.equal(takenByAdvanced(put, []), false);
});

test("an operator that selects and the same one that deselects never both hold", () => {
  const text = fc.string({ maxLength: 4 });
  const values = fc.array(text, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(text, values, fc.constantFrom(...operators.slice(0, 3)), (eventName, wanted, operator) => {
      const holds = (name: string) =>
        takenByAdvanced({ eventName }, [{ FieldSelectors: [{ Field: "eventName", [name]: wanted }] }]);
      return holds(operator) !== holds(`Not${operator}`);
    }),
  );
});
