/** A plan as JSON: what is written is read again, and what is no plan is refused. */
import { describe, expect, it } from "@effect/vitest"
import * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as Schema from "effect/Schema"
import { check, everythingGoes, planned } from "./planned.ts"

describe("a plan as JSON", () => {
  const options: MirrorPlan.PlanOptions = {
    delete: "Extra",
    deleteWhen: "After",
    last: ["index.html"],
    manifest: { _tag: "InTarget", path: "sub/m.json" },
    times: "IfPossible",
    atomic: false,
    verify: "Size"
  }

  it("is the same when it is read again", () => {
    check().holds((source, target) => {
      const made: MirrorPlan.MirrorPlan = {
        version: MirrorPlan.VERSION,
        source: "dist",
        target: "ftp://example.com/www",
        options,
        ...planned(source, target, everythingGoes)
      }
      const text = Schema.encodeSync(MirrorPlan.Json)(made)
      expect(Schema.encodeSync(MirrorPlan.Json)(Schema.decodeUnknownSync(MirrorPlan.Json)(text))).toBe(text)
    })
  })

  const remove = (path: string) => ({
    _tag: "Remove",
    path,
    reason: { _tag: "NotInSource" },
    precondition: { _tag: "Directory" }
  })
  const plain = { version: 1, source: "", target: "", options, steps: [remove("a")], skipped: [], unchanged: 0 }

  it("has no path that leads out of a root, and none deeper than a tree is read", () => {
    expect(MirrorPlan.fromJson(plain)._tag).toBe("Right")
    for (const path of ["", "..", "a/../../b", "/etc", "a//b", "./a", `${"a/".repeat(257)}a`]) {
      expect(MirrorPlan.fromJson({ ...plain, steps: [remove(path)] })).toMatchObject({
        left: { _tag: "FtpUsageError", argument: "plan", why: expect.stringContaining("at steps.0") }
      })
    }
    const manifest = { _tag: "InTarget", path: "../m" }
    expect(MirrorPlan.fromJson({ ...plain, options: { ...options, manifest } })._tag).toBe("Left")
  })

  it("is refused if it is of a newer version, too large, or none", () => {
    for (const [text, why] of [
      [JSON.stringify({ ...plain, version: 2 }), /^is of version 2, and only version 1 is known here$/],
      [" ".repeat(MirrorPlan.MAX_LENGTH + 1), /^has more than \d+ characters$/],
      ["{", /^is not JSON$/],
      ["[]", /^is not well-formed: /],
      [JSON.stringify({ ...plain, steps: 3 }), /^is not well-formed at steps: /]
    ] as const) {
      expect(MirrorPlan.decode(text)).toMatchObject({ left: { argument: "plan", why: expect.stringMatching(why) } })
    }
  })
})
