import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Netrc from "../src/connection/Netrc.ts"

const shown = (entries: ReadonlyArray<Netrc.Entry>): string =>
  entries
    .map(({ account, login, machine, password }) =>
      [machine ?? "*", login, password && Redacted.value(password), account && Redacted.value(account)].join(",")
    )
    .join(" ")

describe("Netrc", () => {
  it.each([
    ["machine h login u password p", "h,u,p,"],
    ["machine h\n\tlogin u\n\tpassword p\n\taccount a\n", "h,u,p,a"],
    ["machine h login u password p machine g login v password q", "h,u,p, g,v,q,"],
    ["default login anonymous password me@x", "*,anonymous,me@x,"],
    ['machine h login "two words" password "a \\"b\\" \\\\ c"', 'h,two words,a "b" \\ c,'],
    ["# a comment machine x\nmachine h login u # more\n password p#1", "h,u,p#1,"],
    ["macdef init\ncd /\nmachine evil\n\nmachine h login u password p", "h,u,p,"],
    ["machine h login u password p macdef x\nnever ends", "h,u,p,"],
    ["machine h protocol ftp login u passwd p", "h,u,p,"],
    ["login lost machine h", "h,,,"],
    ["machine", ",,,"],
    ["", ""]
  ])("%j", (text, expected) => {
    expect(shown(Netrc.parse(text))).toBe(expected)
  })

  it("parsing a netrc never throws", () => {
    FastCheck.assert(FastCheck.property(FastCheck.string(), (text) => void Netrc.parse(text)))
  })

  it("a netrc entry shows no secret when it is printed", () => {
    expect(JSON.stringify(Netrc.parse("machine h login u password hunter2"))).not.toContain("hunter2")
  })

  const entries = Netrc.parse(
    "machine h login ann password 1\nmachine h login bob password 2\nmachine g password 3\ndefault login eve password 4"
  )
  it.each([
    ["h", undefined, "h,ann,1,"],
    ["H", "bob", "h,bob,2,"],
    ["g", "anyone", "g,,3,"],
    ["h", "carl", ""],
    ["other", undefined, "*,eve,4,"],
    ["other", "eve", "*,eve,4,"],
    ["other", "ann", ""]
  ])("the netrc entry for host %s and user %s", (host, user, expected) => {
    const found = Netrc.find(entries, host, user)
    expect(found === undefined ? "" : shown([found])).toBe(expected)
  })
})
