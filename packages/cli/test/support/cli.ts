/** The command in this process: words in, exit code and both streams out. */

import { mkdtempSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { afterAll } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Main from "../../src/Main.ts"
import { JsonLine } from "../../src/output/JsonLine.ts"
import { problems } from "./jsonSchema.ts"
import * as FakeScreen from "./screen.ts"

export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
  /** Questions that were asked. */
  readonly asked: ReadonlyArray<string>
}

export interface World {
  readonly environment?: Record<string, string>
  /**
   * Both streams are one; `answer` is what its person types when asked for a secret, `typed` when asked anything else.
   */
  readonly terminal?: { readonly answer: string; readonly typed?: string }
}

const state = mkdtempSync(join(tmpdir(), "ftp-effect-state-"))

afterAll(() => rm(state, { recursive: true, force: true }))

/** No netrc, no configuration, no cache and no state of the machine that tests run on. */
export const NOWHERE = {
  NETRC: "/nonexistent/netrc",
  XDG_CACHE_HOME: "/dev/null/cache",
  XDG_CONFIG_HOME: "/nonexistent/config",
  XDG_STATE_HOME: state
}

/** Runs the command. Without a netrc or a configuration in the environment there is none; the state is that of
 * the test file. */
export const run = (words: ReadonlyArray<string>, world: World = {}): Effect.Effect<Ran> =>
  Effect.suspend(() => {
    const out: Array<Uint8Array> = []
    const asked: Array<string> = []
    let error = ""
    const { environment = {}, terminal } = world
    const screen = FakeScreen.layer({
      outIsTerminal: terminal !== undefined,
      errorIsTerminal: terminal !== undefined,
      canAsk: terminal !== undefined,
      write: (bytes) =>
        Effect.sync(() => {
          out.push(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes.slice())
        }),
      line: (line) =>
        Effect.sync(() => {
          error += `${line}\n`
        }),
      ask: (question) =>
        Effect.sync(() => {
          asked.push(question)
          return terminal?.typed ?? ""
        }),
      askSecret: (question) =>
        Effect.sync(() => {
          asked.push(question)
          return Redacted.make(terminal?.answer ?? "")
        })
    })
    return Main.run(words).pipe(
      Effect.map((code) => ({ code, out: Buffer.concat(out).toString("utf8"), error, asked })),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries({ ...NOWHERE, ...environment })))),
      Effect.provide(Layer.merge(NodeFileSystem.layer, screen))
    )
  })

/** A server on loopback, and its URL with a slash at the end. */
export const serve = (options: FtpTestServer.Options) =>
  Effect.map(FtpTestServer.make(options), (server) => ({
    server,
    url: `ftp://127.0.0.1:${server.address.port}/`,
    urlOf: (user: string) => `ftp://${user}@127.0.0.1:${server.address.port}/`
  })).pipe(Effect.provide(NodeFtpTransport.layer), Effect.orDie)

/** A folder that is gone with the scope. */
export const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "ftp-effect-cli-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

const PUBLISHED = JSON.parse(readFileSync(new URL("../../schema/lines.schema.json", import.meta.url), "utf8"))

/** The lines of a stream, each as the published JSON Schema and the schema of the code have it. */
export const jsonLines = (text: string): ReadonlyArray<JsonLine> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const value: unknown = JSON.parse(line)
      const wrong = problems(PUBLISHED, value)
      if (wrong.length > 0) {
        throw new Error(`${line} is not as lines.schema.json says: ${wrong.join("; ")}`)
      }
      return Schema.decodeUnknownSync(JsonLine, { onExcessProperty: "error" })(value)
    })
