/**
 * Connections in memory: two ends joined by one bounded pipe per direction.
 *
 *     Open ──endOutput, close, cut "End"──► Ended ──the reader has read all──► None
 *      ├──────reset, cut "Reset"──────────► Reset ──────────────────────────► fails
 *      └──────cut "Silence"───────────────► Silent ─────────────────────────► never
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Address, type Connection, FtpTransportError } from "../platform/FtpTransport.ts"

/** What all connections of one network share. */
export interface Wire {
  /** The ends that are not closed. */
  readonly ends: Set<End>
  /** Millis that bytes travel, one way. */
  latency: number
}

/**
 * Breaks a connection once `after` bytes went through it in one direction.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  readonly after: number
  readonly how: "Reset" | "End" | "Silence"
}

/** One direction. `due` and `endDue` are the Clock's millis; `buffered` and `carried` are bytes. */
interface Pipe {
  readonly chunks: Array<{ readonly bytes: Uint8Array; readonly due: number }>
  /** Taken off `chunks` for a reader that may still be interrupted; the next read returns it. */
  promised: Option.Option<Uint8Array> | undefined
  buffered: number
  carried: number
  state: "Open" | "Ended" | "Reset" | "Silent"
  endDue: number
  discards: boolean
  readerGone: boolean
  readonly cut: Limit | undefined
  readonly waiters: Set<() => void>
}

/** One end of a connection. */
export interface End {
  readonly input: Pipe
  readonly output: Pipe
  readonly local: Address
  readonly remote: Address
  closed: boolean
}

/** Bytes that one direction holds before its writer waits. It is small, so that tests see back-pressure. */
const PIPE_CAPACITY = 64 * 1024

/** The two ends of a new connection, the dialling one first. `now` is the Clock's millis. */
export const join = (dialler: Address, listener: Address, cut: Limit | undefined, now: number): readonly [End, End] => {
  const [there, back] = [pipe(cut), pipe(cut)]
  const near: End = { input: back, output: there, local: dialler, remote: listener, closed: false }
  const far: End = { input: there, output: back, local: listener, remote: dialler, closed: false }
  applyCut(near, now)
  applyCut(far, now)
  return [near, far]
}

const pipe = (cut: Limit | undefined): Pipe => ({
  chunks: [],
  promised: undefined,
  buffered: 0,
  carried: 0,
  state: "Open",
  endDue: 0,
  discards: false,
  readerGone: false,
  cut,
  waiters: new Set()
})

/** What the holder of an end sees of it. */
export const connection = (wire: Wire, end: End): Connection => ({
  local: end.local,
  remote: end.remote,
  read: Effect.map(promise(end), () => {
    const taken = end.input.promised ?? Option.none()
    end.input.promised = undefined
    return taken
  }),
  write: (bytes) => write(wire, end, bytes),
  endOutput: Effect.flatMap(Clock.currentTimeMillis, (now) => {
    if (end.closed) {
      return gone()
    }
    if (end.output.state === "Reset") {
      return wasReset()
    }
    finish(end.output, now + wire.latency)
    return Effect.void
  }),
  reset: Effect.suspend(() => {
    if (!end.closed) {
      breakOff(end)
    }
    return close(wire, end)
  }),
  tls: Effect.succeedNone,
  ticket: Effect.succeedNone,
  startTls: () => Effect.fail(new FtpTransportError({ reason: "Tls", detail: "the network in memory has no TLS" }))
})

/** Waits for the next bytes or the end, and keeps them for `read` to take: an interrupted read loses nothing. */
const promise = (end: End): Effect.Effect<void, FtpTransportError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const pipe = end.input
    if (end.closed) {
      return gone()
    }
    if (pipe.promised !== undefined) {
      return Effect.void
    }
    const due = pipe.chunks[0]?.due ?? (pipe.state === "Ended" ? pipe.endDue : undefined)
    if (due === undefined) {
      const seen = () => end.closed || pipe.chunks.length > 0 || pipe.state === "Ended" || pipe.state === "Reset"
      return pipe.state === "Reset" ? wasReset() : Effect.zipRight(waitUntil(pipe.waiters, seen), promise(end))
    }
    if (due > now) {
      const broken = () => end.closed || (pipe.state === "Reset" && pipe.chunks.length === 0)
      return Effect.zipRight(Effect.raceFirst(Effect.sleep(due - now), waitUntil(pipe.waiters, broken)), promise(end))
    }
    const bytes = pipe.chunks.shift()?.bytes
    pipe.promised = Option.fromNullable(bytes)
    pipe.buffered -= bytes?.byteLength ?? 0
    wake(pipe.waiters)
    return Effect.void
  })

const write = (wire: Wire, end: End, bytes: Uint8Array): Effect.Effect<void, FtpTransportError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const pipe = end.output
    if (end.closed) {
      return gone()
    }
    if (pipe.state === "Reset" || pipe.readerGone) {
      return wasReset()
    }
    if (pipe.state === "Ended" && !pipe.discards) {
      return failure("Closed", "the output of the connection was ended")
    }
    const length = pipe.discards ? bytes.byteLength : Math.min(bytes.byteLength, roomIn(pipe))
    if (length > 0 && !pipe.discards) {
      pipe.chunks.push({ bytes: bytes.slice(0, length), due: now + wire.latency })
      pipe.buffered += length
      pipe.carried += length
      applyCut(end, now)
      wake(pipe.waiters)
    }
    if (length === bytes.byteLength) {
      return Effect.void
    }
    const seen = () =>
      end.closed || pipe.readerGone || pipe.state === "Ended" || pipe.state === "Reset" || roomIn(pipe) > 0
    return Effect.zipRight(waitUntil(pipe.waiters, seen), write(wire, end, bytes.subarray(length)))
  })

const roomIn = (pipe: Pipe): number =>
  pipe.state === "Open" ? Math.min(PIPE_CAPACITY - pipe.buffered, (pipe.cut?.after ?? Infinity) - pipe.carried) : 0

const applyCut = (end: End, now: number): void => {
  const { input, output } = end
  if (output.cut === undefined || output.carried < output.cut.after) {
    return
  }
  switch (output.cut.how) {
    case "Reset": {
      input.state = "Reset"
      output.state = "Reset"
      break
    }
    case "End": {
      finish(output, now)
      output.discards = true
      break
    }
    case "Silence": {
      output.state = "Silent"
      break
    }
  }
  wake(input.waiters)
  wake(output.waiters)
}

const finish = (pipe: Pipe, due: number): void => {
  if (pipe.state === "Open") {
    pipe.state = "Ended"
    pipe.endDue = due
    wake(pipe.waiters)
  }
}

/** Resets both directions at once; what is in them is lost. */
export const breakOff = (end: End): void => {
  for (const pipe of [end.input, end.output]) {
    pipe.chunks.length = 0
    pipe.buffered = 0
    pipe.state = "Reset"
    wake(pipe.waiters)
  }
}

/** Ends the output and abandons the input, once; later writes of the other end are reset. */
export const close = (wire: Wire, end: End): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    if (end.closed) {
      return
    }
    end.closed = true
    wire.ends.delete(end)
    finish(end.output, now + wire.latency)
    end.input.chunks.length = 0
    end.input.readerGone = true
    wake(end.input.waiters)
    wake(end.output.waiters)
  })

/** Waits until `ready` is true. It is checked now and whenever `waiters` are woken. */
export const waitUntil = (waiters: Set<() => void>, ready: () => boolean): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const check = () => {
      if (ready()) {
        waiters.delete(check)
        resume(Effect.void)
      }
    }
    waiters.add(check)
    check()
    return Effect.sync(() => void waiters.delete(check))
  })

/** Makes all waiters check again. */
export const wake = (waiters: Set<() => void>): void => {
  for (const check of [...waiters]) {
    check()
  }
}

/** A failure with a detail for its message. */
export const failure = (reason: FtpTransportError["reason"], detail: string): FtpTransportError =>
  new FtpTransportError({ reason, detail })

const gone = () => failure("Closed", "the connection is closed")

const wasReset = () => failure("Reset", "the connection was reset by the peer")
