/**
 * Runs ahead of every file of the projects whose files share their workers: a file begins with nothing of the ones before
 * it, and fails if it leaves the process other than it found it, or if it would have to run alone.
 */
import { closeSync, openSync, readFileSync } from "node:fs"
import {
  afterAll,
  beforeAll,
  effect,
  expect,
  flakyTest,
  it,
  layer,
  live,
  prop,
  scoped,
  scopedLive,
  vi
} from "@effect/vitest"

/** What can't be done in a thread fails there; only a time zone that is set has no effect without notice. */
const TIME_ZONE = /\bprocess\.env\.TZ\b/

// `layer` of @effect/vitest 0.30 puts its own `effect` and `scoped`, which may have no TestClock, into the `it` of all.
Object.assign(it, { effect, flakyTest, layer, live, prop, scoped, scopedLive })

const processState = () => ({
  folder: process.cwd(),
  exitCode: process.exitCode,
  listeners: process.eventNames().map((name) => [name, process.listenerCount(name)]),
  hasFakeTimers: vi.isFakeTimers()
})

const before = processState()
const environment = { ...process.env }

/** Names alone: values may be secrets, and a test's failure is printed. */
const changedVariables = () =>
  [...new Set([...Object.keys(environment), ...Object.keys(process.env)])].filter(
    (name) => environment[name] !== process.env[name]
  )

/**
 * Of descriptors that are closed by no one, or by another than opened them. The thread closes their numbers when it ends,
 * as if they were its own: a file or a connection of the other thread, which then waits for ever.
 */
const STRAY_DESCRIPTOR = /unmanaged mode/
const strays: Array<string> = []
const onWarning = ({ message }: Error) => {
  if (STRAY_DESCRIPTOR.test(message)) {
    strays.push(message)
  }
}

/** More than there are free numbers between others. */
const PROBES = 32

/** Node warns of a number that is given out again while it is thought to be open. */
const probeDescriptors = async () => {
  for (const descriptor of Array.from({ length: PROBES }, () => openSync(import.meta.filename, "r"))) {
    closeSync(descriptor)
  }
  await new Promise((resolve) => setImmediate(resolve))
}

beforeAll(({ file }) => {
  process.on("warning", onWarning)
  expect(readFileSync(file.filepath, "utf8"), "such a file belongs into vitest.alone.config.ts").not.toMatch(TIME_ZONE)
})

afterAll(async () => {
  await probeDescriptors()
  process.off("warning", onWarning)
  expect(strays, "a file closes the descriptors that it opens, and no others").toEqual([])
  expect(processState(), "a file leaves the process as it found it").toEqual(before)
  expect(changedVariables(), "a file leaves the environment as it found it").toEqual([])
})
