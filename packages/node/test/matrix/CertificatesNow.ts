import * as Fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

export const authority = Effect.sync(() => ({
  certificate: Fs.readFileSync("/tmp/c.pem", "utf8"),
  issue: () =>
    Effect.sync(() => ({
      certificate: Fs.readFileSync("/tmp/c.pem", "utf8"),
      key: Redacted.make(Fs.readFileSync("/tmp/k.pem", "utf8"))
    }))
}))
