/**
 * A program, or a worker thread of one: takes pipes and terminals as local files, lets them go, and reports the
 * descriptors that it had open before, and has open after.
 */
import * as Fs from "node:fs"
import * as Tty from "node:tty"
import { parentPort, workerData } from "node:worker_threads"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as Effect from "effect/Effect"

const paths: ReadonlyArray<string> = workerData ?? process.argv.slice(2)

const LIST = "/proc/self/fd"

/** Of named pipes and terminals. */
const openDescriptors = () => Fs.readdirSync(LIST).filter((name) => isNamedPipe(name) || Tty.isatty(Number(name)))

const isNamedPipe = (name: string) =>
  Fs.statSync(`${LIST}/${name}`, { throwIfNoEntry: false })?.isFIFO() === true &&
  Fs.readlinkSync(`${LIST}/${name}`).startsWith("/")

const files = NodeFtpFile.make()

const useOnce = (path: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      // A pipe that has a reader can be opened to be written to.
      yield* files.openReader(path, 0)
      const writer = yield* files.openWriter(path, "Existing")
      yield* writer.close
    })
  )

// The process opens its own streams, and libuv what it needs, when they are first used.
const own = [process.stdin, process.stdout, process.stderr]
const before = openDescriptors().length
await Effect.runPromise(Effect.forEach(paths, useOnce, { discard: true }))
const left = openDescriptors().length - before
parentPort?.postMessage(left)
// The worker ends when it is asked to.
parentPort?.once("message", () => process.exit())
if (parentPort === null) {
  own[1]?.write(`left open: ${left}\n`)
}
