import { assert, describe, it } from "@effect/vitest"
import * as Core from "@ftp-effect/core"
import * as Node from "@ftp-effect/node"

describe("@ftp-effect/node", () => {
  it("exports every module of core, the same one", () => {
    const own: Record<string, unknown> = { ...Node }
    for (const [name, module] of Object.entries(Core)) assert.strictEqual(own[name], module, name)
  })

  it("lets a promise user read a rejection without importing core", async () => {
    // Nothing listens on port 1.
    const list = async () => {
      await using ftp = await Node.FtpPromise.connect("ftp://ann:secret@127.0.0.1:1/")
      return await ftp.list("pub")
    }
    const error: unknown = await list().catch((error: unknown) => error)
    assert.isTrue(Node.FtpError.isFtpError(error))
  })
})
