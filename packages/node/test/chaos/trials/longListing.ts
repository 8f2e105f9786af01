/**
 * A directory of a million entries, or of twenty thousand in a short campaign.
 *
 * The law: all entries are there, or a limit ends the listing, with its typed error. What is kept of an entry is some
 * hundred bytes; and the time, and how long the event loop is held, grow with the entries, and no faster.
 */
import { performance } from "node:perf_hooks"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Dice } from "../dice.ts"
import * as Loop from "../loop.ts"
import * as PlainServer from "./plainServer.ts"
import type { Length } from "./trials.ts"

const ENTRIES = { Long: 1_000_000, Short: 20_000 } as const satisfies { readonly [length in Length]: number }

/** What an entry may take of the memory: objects, its name and its line. A few MiB are any client's own. */
const BYTES_PER_ENTRY = 1500
const OWN_BYTES = 96 * 1024 * 1024

/** Some thirty times what a quiet machine needs, as many tests run at once. Millis. */
const MILLIS_PER_ENTRY = 0.06
const OWN_MILLIS = 5000

/** Millis in which no other timer of the process has its turn; the collector of garbage has its part in them. */
const HELD_PER_ENTRY = 0.003
const OWN_HELD = 3000

const LINES_AT_ONCE = 1000

const line = (isFacts: boolean, index: number): string =>
  isFacts
    ? `type=file;size=${index};modify=20200202020202; file number ${index}.txt\r\n`
    : `-rw-r--r--   1 ann      ann      ${index} Feb 02  2020 file number ${index}.txt\r\n`

const lines = function* (isFacts: boolean, entries: number): Iterable<Uint8Array> {
  for (let at = 0; at < entries; at += LINES_AT_ONCE) {
    const count = Math.min(LINES_AT_ONCE, entries - at)
    yield Buffer.from(Array.from({ length: count }, (_, index) => line(isFacts, at + index)).join(""))
  }
}

export const play = (dice: Dice, length: Length): Effect.Effect<ReadonlyArray<string>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const hasMlsd = dice.chance(0.5)
      const isTooLong = dice.chance(0.25)
      const entries = ENTRIES[length]
      const port = yield* PlainServer.serve({
        answer: (verb) => (!hasMlsd && (verb === "MLSD" || verb === "FEAT") ? { bytes: "500 No.\r\n" } : undefined),
        data: (verb) => lines(verb === "MLSD", isTooLong ? entries + 1 : entries)
      })
      const watch = Loop.hold()
      const began = performance.now()
      const before = process.memoryUsage().heapUsed
      const outcome = yield* Effect.flatMap(FtpClient.FtpClient, ({ list }) =>
        Effect.either(
          Effect.map(list("", { maxEntries: entries }), (found) => ({ found, memory: process.memoryUsage() }))
        )
      ).pipe(Effect.provide(clientOf(port)))
      const millis = performance.now() - began
      const held = watch()
      const slow = [
        ...(millis > OWN_MILLIS + entries * MILLIS_PER_ENTRY
          ? [`${entries} entries take ${Math.round(millis)} ms`]
          : []),
        ...(held > OWN_HELD + entries * HELD_PER_ENTRY ? [`the event loop is held for ${Math.round(held)} ms`] : [])
      ]
      if (outcome._tag === "Left") {
        const { left } = outcome
        const isLimit = left._tag === "FtpListingError" && left.reason === "TooManyEntries"
        return isTooLong && isLimit ? slow : [...slow, left.message]
      }
      const { found, memory } = outcome.right
      const bytes = memory.heapUsed - before
      return [
        ...slow,
        ...(found.length === entries && !isTooLong ? [] : [`it has ${found.length} entries of ${entries}`]),
        ...(bytes > OWN_BYTES + entries * BYTES_PER_ENTRY ? [`${entries} entries take ${bytes} bytes`] : [])
      ]
    })
  )

const clientOf = (port: number) =>
  FtpClient.layerPooled({ endpoints: [FtpEndpoint.make({ host: "127.0.0.1", port })] }).pipe(
    Layer.provide([FtpSecurity.layerPlain, FtpDataChannel.layerPassive]),
    Layer.provide(NodeFtpTransport.layer)
  )
