/** Values and combinations of flags that are refused. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { run } from "./support/cli.ts"
import { files } from "./support/secured.ts"

// Real time: sockets don't run by the TestClock.
describe("flag mistakes", () => {
  it.scopedLive("a wrong or contradictory flag is a usage error that names it, before any question", () =>
    Effect.gen(function* () {
      const { ca, cert, garbage, key, otherKey } = yield* files
      const url = "ftpes://ann@127.0.0.1:1/"
      const pin = `sha256:${"00".repeat(32)}`
      for (const [words, expected] of [
        [
          ["ftp://ann@127.0.0.1:1/", "--insecure"],
          "--insecure is about encryption, and ftp://ann@127.0.0.1:1/ is unencrypted"
        ],
        [["ftp://ann@127.0.0.1:1/", "--ca", ca], "unencrypted"],
        [[url, "--insecure", "--pin", pin], "--insecure trusts any certificate, and --pin does not"],
        [[url, "--pin", "sha256:12"], '--pin: "sha256:12" is not a pin'],
        [[url, "--pin", pin, "--pin", "x"], '--pin: "x" is not a pin'],
        [[url, "--ca", "/no/such/file"], "--ca: can't read /no/such/file"],
        [[url, "--ca", garbage], "holds no certificate"],
        [[url, "--ca", key], "holds no certificate"],
        [[url, "--key", key], "--key needs its certificate"],
        [[url, "--cert", cert], "holds no private key"],
        [[url, "--cert", cert, "--key", garbage], "holds no private key"],
        [[url, "--cert", cert, "--key", otherKey], "does not belong to the certificate"],
        [[url, "--tls-min", "1.1"], '--tls-min: "1.1" is not 1.2 or 1.3'],
        [[url, "-4", "-6"], "--ipv4 and --ipv6"],
        [[url, "--active-ports", "9-1"], '--active-ports: "9-1" is not a port or a range'],
        [[url, "--active-address", "host.example"], '--active-address: "host.example" is not a numeric address'],
        [[url, "--active-address", "192.0.2.7", "--proxy", "socks5://p"], "--active and a proxy can't go together"],
        [[url, "--active", "--proxy", "socks5://p"], "--active and a proxy can't go together"],
        [[url, "--proxy", "ftp://p"], "not the URL of a proxy"]
      ] as const) {
        const ran = yield* run(["ls", ...words], { terminal: { answer: "secret" } })
        expect(ran).toMatchObject({ code: 2, out: "", asked: [] })
        expect(ran.error).toContain(expected)
      }
    })
  )
})
