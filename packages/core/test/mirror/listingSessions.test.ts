/** With how many sessions a server is listed: the numbers, and when more join. */
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as ListingPace from "#core/mirror/listingPace"
import * as ListingSessions from "#core/mirror/listingSessions"

describe("sessions that list at first", () => {
  it.each([
    ["a server on loopback", 1, 8, 2],
    ["a busy one in the same room", 3, 8, 2],
    ["a line of 5 ms", 5, 8, 8],
    ["a line of 50 ms", 50, 8, 8],
    ["one that has not answered yet", undefined, 8, 2],
    ["a server on loopback with one folder", 1, 1, 1],
    ["a line of 50 ms with three folders", 50, 3, 3]
  ])("are as many as the wait for it is worth: %s", (_, quickestAnswer, wanted, expected) => {
    expect(ListingSessions.atFirst(quickestAnswer, wanted)).toBe(expected)
  })

  it.each([
    ["both near", [1, 1], 16, 2],
    ["both far", [50, 50], 16, 16],
    ["one of them far", [1, 50], 16, 9],
    ["one of them far, the other one not dialled yet", [undefined, 50], 16, 9],
    ["three near ones, for two folders", [1, 1, 1], 2, 2],
    ["none dialled yet", [undefined], 8, 2]
  ])("are counted for each host as it is: %s", (_, hosts, wanted, expected) => {
    expect(ListingSessions.atFirstOver(hosts, wanted)).toBe(expected)
  })
})

describe("sessions that join in a listing", () => {
  it.each([
    ["none while the thread is busy", 2, { elapsed: 400, idle: 15 }, 2],
    ["none if it has idled seldom", 2, { elapsed: 400, idle: 40 }, 2],
    ["none before it has idled for as long as one takes to be opened", 2, { elapsed: 19, idle: 19 }, 2],
    ["all if it does nothing but wait", 2, { elapsed: 20, idle: 20 }, 8],
    ["one if it waits a third of the time", 2, { elapsed: 90, idle: 30 }, 3],
    ["as many as would keep it busy", 2, { elapsed: 60, idle: 40 }, 6],
    ["none beyond the most", 6, { elapsed: 60, idle: 40 }, 8],
    ["none if all have", 8, { elapsed: 60, idle: 60 }, 8]
  ])("are %s", (_, sessions, waited, expected) => {
    expect(ListingSessions.grown(sessions, waited, 8)).toBe(expected)
  })

  it.each([
    ["nothing was seen yet", 2, { elapsed: 0, idle: 0 }, 20],
    ["it was busy for long", 2, { elapsed: 200, idle: 0 }, 100],
    ["it has idled almost long enough", 2, { elapsed: 19, idle: 19 }, 10]
  ])("could be worth it no sooner than that, if %s", (_, sessions, waited, expected) => {
    const millis = ListingSessions.soonest(sessions, waited)
    expect(millis).toBe(expected)
    const then = { elapsed: waited.elapsed + millis, idle: waited.idle + millis }
    expect(ListingSessions.grown(sessions, then, 8)).toBeGreaterThan(sessions)
  })

  it("by what was seen lately: a server may become slow", () => {
    const quick = { elapsed: 1000, idle: 0 }
    const slow = { elapsed: 20, idle: 20 }
    let waited: ListingSessions.Waited = quick
    let looks = 0
    while (ListingSessions.grown(2, waited, 8) === 2) {
      waited = ListingSessions.and(waited, slow)
      looks++
    }
    expect(looks).toBeLessThan(10)
  })

  it("after some seconds, if the clock was set forward by an hour, or the machine slept", () => {
    let waited: ListingSessions.Waited = { elapsed: 3_600_000, idle: 0 }
    let millis = 0
    while (ListingSessions.grown(2, waited, 8) === 2) {
      const look = ListingSessions.soonest(2, waited)
      waited = ListingSessions.and(waited, { elapsed: look, idle: look })
      millis += look
    }
    expect(millis).toBeLessThan(5000)
  })
})

describe("the pace of a listing", () => {
  /** A near host, and a thread that idles for such a part of the time. */
  const paceOf = (share: () => number) => {
    let [at, idle] = [0, 0]
    return ListingPace.make(
      {
        status: Effect.succeed([{ quickestAnswer: 1 }]),
        idle: Effect.map(Clock.currentTimeMillis, (now) => {
          idle += (now - at) * share()
          at = now
          return idle
        })
      },
      8
    )
  }

  it.effect("lets more join in 20 ms if the thread only waits", () =>
    Effect.gen(function* () {
      const pace = paceOf(() => 1)
      expect(yield* pace.sessions).toBe(2)
      const more = yield* Effect.fork(pace.more)
      yield* TestClock.adjust(20)
      yield* Fiber.join(more)
      expect(yield* pace.sessions).toBe(8)
    })
  )

  it.effect("is not misled by a thread that is busy, however long that takes", () =>
    Effect.gen(function* () {
      const pace = paceOf(() => 0.05)
      yield* pace.sessions
      const more = yield* Effect.fork(pace.more)
      yield* TestClock.adjust("2 seconds")
      expect(yield* Fiber.poll(more)).toMatchObject({ _tag: "None" })
      expect(yield* pace.sessions).toBe(2)
      yield* Fiber.interrupt(more)
    })
  )

  it.effect("adds up waits that are short, and counts nothing between them", () =>
    Effect.gen(function* () {
      const pace = paceOf(() => 1)
      yield* pace.sessions
      for (let wait = 0; wait < 3; wait++) {
        const more = yield* Effect.fork(pace.more)
        yield* TestClock.adjust(8)
        expect(yield* Fiber.poll(more)).toMatchObject({ _tag: "None" })
        yield* Fiber.interrupt(more)
        expect(yield* pace.sessions).toBe(2)
        yield* TestClock.adjust(1000)
      }
      yield* pace.more
      expect(yield* pace.sessions).toBe(8)
    })
  )
})
