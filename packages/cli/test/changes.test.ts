/** What changes the server without a transfer: rm, mv, mkdir. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { run, serve } from "./support/cli.ts"
import { tree } from "./support/tree.ts"

describe("rm, mv and mkdir", () => {
  it.scopedLive("rm, mv and mkdir change the tree on the server, and report what they can't", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: tree })
      const paths = Effect.map(server.tree, (nodes) => nodes.map(({ path }) => path))
      expect((yield* run(["rm", `${url}pub/?.txt`, "--json"])).out).toContain('"action":"Removed","path":"pub/a.txt"')
      expect((yield* run(["rm", `${url}pub/deep`])).code).toBe(11)
      expect((yield* run(["rm", "-r", `${url}pub/deep`])).code).toBe(0)
      expect((yield* run(["rm", `${url}nope`])).code).toBe(5)
      expect((yield* run(["rm", "-f", `${url}nope`])).code).toBe(0)
      expect((yield* run(["mkdir", `${url}x/y`])).code).not.toBe(0)
      expect((yield* run(["mkdir", "-p", `${url}x/y/`])).code).toBe(0)
      expect((yield* run(["mv", `${url}pub/[c].txt`, `${url}x`])).code).toBe(0)
      expect((yield* run(["mv", `${url}evil/ok.txt`, `${url}x/fine.txt`])).code).toBe(0)
      expect((yield* run(["mv", "-n", `${url}x/fine.txt`, `${url}x/%5Bc%5D.txt`])).code).toBe(1)
      expect(yield* paths).toEqual(
        expect.arrayContaining(["/x", "/x/y", "/x/[c].txt", "/x/fine.txt", "/pub", "/pub/link"])
      )
      expect(yield* paths).not.toContain("/pub/deep")
    })
  )

  it.scopedLive("rm never removes the root or the login directory", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root: tree })
      for (const path of ["", "/", ".", "pub/..", "%2F"]) {
        expect((yield* run(["rm", "-rf", `${url}${path}`])).code).toBe(2)
      }
      expect((yield* server.tree).length).toBeGreaterThan(5)
    })
  )
})
