/** `demo`: server and client on this machine, and the proof that they move files. */

import { createHash } from "node:crypto"
import { join } from "node:path"
import * as FileSystem from "@effect/platform/FileSystem"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Command from "../arguments/Command.ts"
import * as Flag from "../arguments/Flag.ts"
import * as StyleFlags from "../arguments/styleFlags.ts"
import * as TransferFlags from "../arguments/transferFlags.ts"
import * as Download from "../copying/Download.ts"
import * as Upload from "../copying/Upload.ts"
import { CliError, usage } from "../errors/CliError.ts"
import type * as ExitCode from "../errors/ExitCode.ts"
import type { JsonLine } from "../output/JsonLine.ts"
import * as Measure from "../output/Measure.ts"
import { Output } from "../output/Output.ts"
import * as Run from "../output/runCommand.ts"
import * as DemoTree from "./DemoTree.ts"

export const command = Command.make(
  {
    usage: "[OPTIONS]",
    details: [
      "Starts a small FTP server on this machine with some hundred files in memory; lists them, downloads them into a " +
        "temporary folder and uploads them again under another name, several at once; then compares the checksum of every " +
        "file in all three places. Nothing is left behind. The exit code is not 0 if anything differs."
    ],
    examples: [
      ["ftp-effect demo", "The whole tour, in a few seconds"],
      ["ftp-effect demo --verbose 2>dialogue.txt", "With every command and reply"]
    ]
  },
  { parallel: TransferFlags.parallel, style: StyleFlags.flags },
  ({ parallel, style }, words) =>
    Run.run(
      style,
      words.length > 0
        ? usage("demo takes no arguments", "more: ftp-effect demo --help")
        : tour(Flag.orElse(parallel, TransferFlags.DEFAULT_PARALLEL)).pipe(
            Effect.scoped,
            Effect.provide(NodeFtpTransport.layer)
          )
    )
)

/** A login of the demo's own, on a server of its own, for as long as it runs. */
const USER = "demo"
const PASSWORD = "demo"
const COPY = "copy"

const tour = (parallel: number) =>
  Effect.gen(function* () {
    const output = yield* Output
    const files = yield* FileSystem.FileSystem
    yield* output.remark("A small FTP server and a client, both on this machine:")
    yield* output.remark("")
    const serving = yield* timed(
      Effect.suspend(() =>
        Effect.mapError(
          FtpTestServer.make({ root: { ...DemoTree.make(), [`${COPY}/`]: {} }, users: { [USER]: PASSWORD } }),
          ({ detail }) => new CliError({ kind: "Failed", message: `the demo's server can't listen: ${detail}` })
        )
      )
    )
    const server = serving.value
    const before = yield* digests(server, "/", COPY)
    const all = { files: before.size, bytes: [...before.values()].reduce((sum, { size }) => sum + size, 0) }
    const url = `ftp://${USER}@${server.address.host}:${server.address.port}/`
    yield* step("Serve", all, serving.seconds, url)

    const folder = yield* Effect.mapError(
      files.makeTempDirectoryScoped({ prefix: "ftp-effect-demo-" }),
      ({ message }) => new CliError({ kind: "Failed", message: `no temporary folder can be created: ${message}` })
    )
    yield* Effect.provide(
      Effect.gen(function* () {
        const client = yield* FtpClient
        const listed = yield* timed(
          Stream.runFold(
            client.walk("", { enter: ({ name }) => name !== COPY }),
            { files: 0, bytes: 0 },
            (sum, entry) =>
              entry.type === "File"
                ? { files: sum.files + 1, bytes: sum.bytes + Option.getOrElse(entry.size, () => 0) }
                : sum
          )
        )
        yield* step("List", listed.value, listed.seconds, "")
        const names = yield* client.list("")
        const found = names
          .filter(({ name }) => name !== COPY)
          .map((entry) => ({ path: entry.path, name: entry.name, entry: Option.some(entry) }))
        const over = `over ${Measure.count(parallel, "connection")}`
        const options = { recursive: true, clobber: true }
        // All of it is thrown away: the disk need not have it.
        const down = yield* unheard(
          Download.run(
            found,
            { path: folder, placement: "Into" },
            { ...options, durability: "Written", onUnread: "Fail" }
          )
        )
        yield* step("Download", down, down.seconds, over)
        const sources = found.map(({ path }) => join(folder, path))
        const up = yield* unheard(Upload.run(sources, { path: COPY, placement: "Into" }, options))
        yield* step("Upload", up, up.seconds, over)
      }),
      NodeFtp.layer({ url, password: Redacted.make(PASSWORD), maxPerHost: parallel })
    )

    const verified = yield* timed(compare(before, server, folder))
    const differing = verified.value
    yield* step("Verify", all, verified.seconds, "SHA-256 of all three copies", differing.length === 0)
    if (differing.length > 0) {
      return yield* new CliError({
        kind: "Failed",
        message: `${Measure.count(differing.length, "file")} differ from what was sent: ${differing.slice(0, 5).join(", ")}`,
        hint: "this must not happen: please report it, with the output of ftp-effect demo --verbose"
      })
    }
    yield* output.remark("")
    yield* output.remark("Every file arrived as it was sent. More: ftp-effect --help")
  })

/** The steps report what the copies would. */
const unheard = <A, E, R>(copy: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Output> =>
  Effect.flatMap(Output, (output) =>
    Effect.provideService(copy, Output, Output.of({ ...output, result: () => Effect.void, notice: () => Effect.void }))
  )

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const value = yield* effect
    return { value, seconds: ((yield* Clock.currentTimeMillis) - began) / 1000 }
  })

type StepName = Extract<JsonLine, { readonly kind: "step" }>["step"]

const step = (
  name: StepName,
  { bytes, files }: { readonly files: number; readonly bytes: number },
  seconds: number,
  more: string,
  ok = true
) =>
  Effect.flatMap(Output, (output) => {
    const amount = `${Measure.count(files, "file")}, ${Measure.bytes(bytes)}`
    const moves = name === "Download" || name === "Upload"
    const columns = [
      ok ? "ok " : "BAD",
      name.padEnd(8),
      amount.padEnd(19),
      Measure.duration(seconds).padStart(6),
      ` ${moves ? `${Measure.rate(bytes, seconds)} ` : ""}${more}`
    ]
    return output.result({ kind: "step", step: name, files, bytes, seconds, ok }, columns.join("  ").trimEnd())
  })

interface Digest {
  readonly size: number
  readonly hash: string
}

const digest = (bytes: Uint8Array): Digest => ({
  size: bytes.byteLength,
  hash: createHash("sha256").update(bytes).digest("hex")
})

/** Size and hash of every file below a directory of the server, by its path there. */
const digests = (server: FtpTestServer.FtpTestServer, below: string, without?: string) =>
  Effect.gen(function* () {
    const found = new Map<string, Digest>()
    for (const { path, type } of yield* server.tree) {
      const relative = path.startsWith(below) ? path.slice(below.length) : undefined
      if (type === "File" && relative !== undefined && (without === undefined || !relative.startsWith(`${without}/`))) {
        found.set(relative, digest(yield* server.read(path)))
      }
    }
    return found
  }).pipe(Effect.mapError(storeBroken))

const compare = (
  before: ReadonlyMap<string, Digest>,
  server: FtpTestServer.FtpTestServer,
  folder: string
): Effect.Effect<ReadonlyArray<string>, ExitCode.Failure, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const after = yield* digests(server, `/${COPY}/`)
    const differing: Array<string> = []
    for (const [path, { hash }] of before) {
      const here = yield* Effect.option(files.readFile(join(folder, path)))
      if (Option.isNone(here) || digest(here.value).hash !== hash || after.get(path)?.hash !== hash) {
        differing.push(path)
      }
    }
    return [...differing, ...[...after.keys()].filter((path) => !before.has(path))]
  })

const storeBroken = (error: FtpTestServer.StoreError): CliError =>
  new CliError({ kind: "Failed", message: `the demo's own server can't read its files: ${error.message}` })
