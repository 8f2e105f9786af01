/** Facts and contents of single files. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { run, serve } from "./support/cli.ts"
import { tree } from "./support/tree.ts"

describe("stat and cat", () => {
  it.scopedLive("stat prints the known facts, and cat the bytes, of each file that exists", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: tree })
      const stat = yield* run(["stat", `${url}pub/deep/er/d.bin`])
      expect(stat).toMatchObject({ code: 0, error: "" })
      expect(stat.out).toMatch(/^path {6}pub\/deep\/er\/d\.bin\ntype {6}file\nsize {6}100000 bytes \(97\.7 KiB\)\n/)
      const cat = yield* run(["cat", `${url}pub/a.txt`, `${url}pub/b.txt`])
      expect(cat).toMatchObject({ code: 0, out: "a\nbb\n", error: "" })
      const some = yield* run(["cat", `${url}pub/a.txt`, `${url}nope`, `${url}pub/b.txt`])
      expect(some).toMatchObject({ code: 1, out: "a\nbb\n", error: expect.stringContaining("nope") })
    })
  )
})
