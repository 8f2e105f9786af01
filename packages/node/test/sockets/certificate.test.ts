import { assert, describe, it } from "@effect/vitest"
import { holderOf, namesOf } from "../../src/sockets/certificate.ts"

describe("the names of a certificate", () => {
  it.each<readonly [text: string | undefined, names: ReadonlyArray<string>]>([
    [undefined, []],
    ["DNS:a.example", ["a.example"]],
    ["DNS:a.example, IP Address:10.0.0.1", ["a.example", "10.0.0.1"]],
    ["email:ann@a.example, DNS:a.example, URI:https://b.example", ["a.example"]],
    ['DNS:"a, DNS:b.example", DNS:c.example', ['"a, DNS:b.example"', "c.example"]],
    ['DNS:"a\\", DNS:b.example", DNS:c.example', ['"a\\", DNS:b.example"', "c.example"]],
    ['DNS:"a, DNS:b.example', ['"a, DNS:b.example']]
  ])("%j are %j: a comma within quotes separates nothing", (subjectAltName, names) => {
    assert.deepStrictEqual(namesOf({ subjectAltName }), names)
  })

  // A reader that begins again at each quote takes minutes for these.
  it.each([
    ["quotes that never close", '"\\'],
    ["commas", ","],
    ["names", "DNS:a,"]
  ])("are read in one pass, however long the text of the peer is: %s", (_, part) => {
    const length = 1_000_000
    const begun = performance.now()
    namesOf({ subjectAltName: `DNS:"${part.repeat(length / part.length)}` })
    assert.isBelow(performance.now() - begun, 3000)
  })
})

describe("the holder of a certificate, in words,", () => {
  it.each([
    ["its names", { subject: "CN=x", subjectAltName: "DNS:a.example, DNS:b.example" }, "a.example, b.example"],
    ["its subject if it has no names", { subject: "CN=x\nO=y", subjectAltName: undefined }, "CN=x, O=y"],
    ["an empty name if it has neither", { subject: "", subjectAltName: undefined }, "an empty name"]
  ])("is %s", (_, certificate, holder) => {
    assert.strictEqual(holderOf(certificate), holder)
  })

  it("is cut if it has thousands of names", () => {
    const subjectAltName = "DNS:a.example, ".repeat(5000)
    assert.isAtMost(holderOf({ subject: "", subjectAltName }).length, 310)
  })
})
