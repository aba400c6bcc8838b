import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Assignment, parseDotenv, withValue } from "../src/cli/dotenv.ts";
import { isDamaged, isSealed } from "../src/cli/sealed-value.ts";

const assignments = (text: string) =>
  parseDotenv(text, "x").filter((piece): piece is Assignment => piece.kind === "assignment");
const values = (text: string) => Object.fromEntries(assignments(text).map(({ name, value }) => [name, value]));

describe("a .env file", () => {
  test("is read as people write it", () => {
    assert.deepEqual(
      values('A=1\nexport B = two words  # said\nC="a\\nb\\"c\\$\\q"\nD=\'x\\n#y\'\nE=`"\'`\nF=\nG=#no\nH=a#b\n'),
      {
        A: "1",
        B: "two words",
        C: 'a\nb"c$\\q',
        D: "x\\n#y",
        E: `"'`,
        F: "",
        G: "",
        H: "a#b",
      },
    );
    assert.deepEqual(values("A=1\r\nB=2\r\n\r\n# C=3\r\n"), { A: "1", B: "2" });
    assert.deepEqual(values('KEY="-----BEGIN\nabc\n-----END"\nNEXT=1'), {
      KEY: "-----BEGIN\nabc\n-----END",
      NEXT: "1",
    });
  });

  test("is refused by line, and its content is not repeated", () => {
    const refused = (text: string, message: RegExp) => {
      assert.throws(
        () => parseDotenv(text, "x.env"),
        (error: Error) => {
          assert.match(error.message, message);
          assert.ok(!error.message.includes("hunter2"));
          return true;
        },
      );
    };
    refused("A=1\nhunter2\n", /^Cannot read "x.env": line 2 is neither NAME=value nor a comment$/);
    refused('A=1\n\nB="hunter2\n', /the quote that opens on line 3 does not close/);
    refused('A="1" hunter2\n', /something follows the quote that opens on line 1/);
    refused('A="a\nb\n"\n1B=hunter2', /line 4 is neither/);
  });

  test("keeps everything but the replaced value", () => {
    const text = "# head\n\nexport A='one two' # why\nB=x  # y\nC=\n";
    const replaced = parseDotenv(text, "x").map((piece) =>
      piece.kind === "assignment" ? withValue(piece, "V") : piece.text,
    );
    assert.equal(replaced.join(""), "# head\n\nexport A=V # why\nB=V  # y\nC=V\n");
  });

  test("whatever stands in it, its pieces are the file, and replaced values are read back", () => {
    const line = fc.oneof(
      fc.constantFrom("", "# note", "export A=1", "B='x\ny'", 'C="a\\"b" # c', "D = e  # f", "E=`\n`", "F=\r"),
      fc.stringMatching(/^[A-Z_]{1,5}=[a-z0-9#'" \\$]{0,12}$/),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join("\n");
        const pieces = piecesOf(text);
        if (!pieces) return;
        assert.equal(pieces.map((piece) => piece.text).join(""), text);
        const replaced = pieces.map((piece) =>
          piece.kind === "assignment" ? withValue(piece, "kms:v1:a-b:Zm9v") : piece.text,
        );
        const again = assignments(replaced.join(""));
        assert.deepEqual(
          again.map(({ name }) => name),
          assignments(text).map(({ name }) => name),
        );
        assert.ok(again.every(({ value }) => value === "kms:v1:a-b:Zm9v"));
      }),
    );
  });
});

function piecesOf(text: string) {
  try {
    return parseDotenv(text, "x");
  } catch {
    return undefined;
  }
}

test("a value that is sealed, one that is damaged, and one that is neither", () => {
  assert.ok(isSealed("kms:v1:eu-west-1:AQIC/+8="));
  assert.ok(isSealed("kms-envelope:v1:eu-west-1:AQIC:AAAA"));
  for (const damaged of ["kms:v1:eu-west-1:AQ IC", "kms:v1:", "kms-envelope:v1:x:%"]) {
    assert.ok(!isSealed(damaged) && isDamaged(damaged), damaged);
  }
  for (const plain of ["", "kms", "kms:key", "xkms:v1:eu-west-1:AQIC"])
    assert.ok(!isSealed(plain) && !isDamaged(plain), plain);
});
