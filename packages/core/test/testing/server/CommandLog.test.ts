import { assert, describe, it } from "@effect/vitest"
import * as CommandLog from "#core/testing/server/CommandLog"

describe("the command log of the embedded server", () => {
  it("keeps the last 100,000 commands of usual length, in order", () => {
    const log = CommandLog.make()
    const sent = Array.from({ length: 100_000 }, (_, index) => `RETR directory/file-${index}`)
    sent.forEach(log.add)
    assert.deepStrictEqual(log.lines(), sent)
  })

  it.each([
    ["of 4 KiB", "x".repeat(4096), 8192],
    ["that are empty", "", 1_000_000]
  ])("drops the oldest lines, so that lines %s take no more than 16 MiB", (_, line, count) => {
    const log = CommandLog.make()
    for (let added = 0; added < count; added += 1) {
      log.add(line)
    }
    log.add("QUIT")
    const lines = log.lines()
    assert.isAtMost(lines.length * (line.length + 1), 16 * 1024 * 1024)
    assert.isBelow(lines.length, count / 2)
    assert.strictEqual(lines.at(-1), "QUIT")
  })
})
