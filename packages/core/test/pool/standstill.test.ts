import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Capacity from "#core/pool/capacity"
import * as Standstill from "#core/pool/standstill"

/** A call for a place. */
interface Call {
  readonly caller: string
  host: number | undefined
  /** The calls of this caller that had places when this one was made: they are not returned before it ends. */
  readonly holds: ReadonlyArray<Call>
}

/** A pool of callers that each hold places and may wait for more. */
class Simulation {
  calls = new Set<Call>()
  state: Capacity.State<Call>
  now = 0

  constructor(hosts: number, places: number) {
    this.state = Capacity.make<Call>(hosts, places)
  }

  step(event: Capacity.Event<Call>): void {
    for (const { caller, host } of Capacity.step(this.state, event, this.now)) {
      caller.host = host
    }
  }

  ask(caller: string, pin?: number): void {
    const holds = [...this.calls].filter((call) => call.caller === caller && call.host !== undefined)
    // Who asks again has the session that it asked for before.
    for (const { host } of holds) {
      this.step({ _tag: "Recover", host: host ?? 0 })
    }
    const call: Call = { caller, host: undefined, holds }
    this.calls.add(call)
    this.step({ _tag: "Join", caller: call, pin })
  }

  /** Ends a call: its wait, or its use of the place. */
  end(call: Call): void {
    this.calls.delete(call)
    const { host } = call
    this.step(host === undefined ? { _tag: "Leave", caller: call } : { _tag: "Return", caller: call, host })
    call.host = undefined
  }

  endAll(caller: string): void {
    for (const call of [...this.calls].filter((call) => call.caller === caller).reverse()) {
      this.end(call)
    }
  }

  find(): Call | undefined {
    return Standstill.find(this.state, heldBy)
  }

  /** The calls that still wait when everything that can end has ended, in the order of the queue. */
  stuck(): ReadonlyArray<Call> {
    const copy = new Simulation(0, 0)
    const indexes = new Map([...this.calls].map((call, index) => [call, index]))
    Object.assign(copy, structuredClone({ calls: this.calls, now: this.now, state: this.state }))
    const originals = new Map([...copy.calls].map((call, index) => [call, [...indexes.keys()][index]]))
    // Hosts that have failed are tried again.
    copy.now += MINUTE
    copy.step({ _tag: "Tick" })
    for (let ends: Call | undefined; ; ) {
      const kept = new Set(copy.state.waiting.flatMap(({ caller }) => caller.holds))
      ends = [...copy.calls].find((call) => call.host !== undefined && !kept.has(call))
      if (ends === undefined) {
        break
      }
      copy.end(ends)
    }
    return copy.state.waiting.flatMap(({ caller }) => (heldBy(caller).length > 0 ? (originals.get(caller) ?? []) : []))
  }
}

const heldBy = ({ holds }: Call): ReadonlyArray<Call> => holds.filter(({ host }) => host !== undefined)

const MINUTE = 60_000

type Action = readonly [caller: string, pin?: number]

const TABLE: ReadonlyArray<
  readonly [name: string, hosts: number, places: number, asks: ReadonlyArray<Action>, found: string | undefined]
> = [
  ["the only place is held by the caller that waits", 1, 1, [["ann"], ["ann"]], "ann"],
  ["a caller without a place waits for one that is in use", 1, 1, [["ann"], ["ben"]], undefined],
  ["a place is left", 1, 2, [["ann"], ["ann"]], undefined],
  ["one of the places is held by a caller that does not wait", 1, 2, [["ann"], ["ben"], ["ann"]], undefined],
  ["two callers wait for each other", 1, 2, [["ann"], ["ben"], ["ann"], ["ben"]], "ben"],
  ["a caller that holds nothing waits with them", 1, 2, [["ann"], ["ben"], ["ann"], ["cid"], ["ben"], ["dan"]], "ben"],
  ["a caller holds all places and waits", 1, 2, [["ann"], ["ann"], ["ann"]], "ann"],
  ["a caller waits twice for the place that it holds", 1, 1, [["ann"], ["ann"], ["ann"]], "ann"],
  [
    "the caller asks for its own host only",
    2,
    1,
    [
      ["ann", 0],
      ["ann", 0]
    ],
    "ann"
  ],
  ["the caller can have the place of another host", 2, 1, [["ann", 0], ["ben", 1], ["ann"]], undefined],
  [
    "two callers wait for each other's host",
    2,
    1,
    [
      ["ann", 0],
      ["ben", 1],
      ["ann", 1],
      ["ben", 0]
    ],
    "ben"
  ],
  ["who waits for any host waits for all of them", 2, 1, [["ann", 0], ["ben", 1], ["ben", 0], ["ann"]], "ann"],
  [
    "one of two in a ring can go on",
    2,
    2,
    [
      ["ann", 0],
      ["ben", 1],
      ["cid", 1],
      ["ann", 1],
      ["ben", 0]
    ],
    undefined
  ]
]

describe("a standstill of the callers of a pool", () => {
  it.each(TABLE)("if %s, on %i hosts of %i places, %j: ends the wait of %s", (_, hosts, places, asks, found) => {
    const pool = new Simulation(hosts, places)
    for (const [caller, pin] of asks) {
      expect(pool.find()).toBeUndefined()
      pool.ask(caller, pin)
      if (pool.find() !== undefined) {
        break
      }
    }
    expect(pool.find()?.caller).toBe(found)
  })

  it("is complete when the limit of a host falls to the places that are held by callers that wait", () => {
    const pool = new Simulation(1, 2)
    for (const caller of ["ann", "ben", "ann"]) {
      pool.ask(caller)
    }
    expect(pool.find()).toBeUndefined()
    pool.step({ _tag: "Lower", host: 0, limit: 1 })
    expect(pool.find()?.caller).toBe("ann")
  })

  it("is complete when the only other host has failed for good, not when it has failed for now", () => {
    for (const [how, found] of [
      ["ForNow", undefined],
      ["ForGood", "ann"]
    ] as const) {
      const pool = new Simulation(2, 1)
      pool.ask("ann", 0)
      pool.ask("ben", 1)
      pool.ask("ann")
      pool.step({ _tag: "Fail", host: 1, how })
      expect(pool.find()?.caller).toBe(found)
    }
  })

  const action = FastCheck.record({
    kind: FastCheck.constantFrom("Ask", "Ask", "Ask", "Ask", "End", "Lower", "Fail", "Recover"),
    caller: FastCheck.constantFrom("ann", "ben", "cid", "dan"),
    host: FastCheck.nat(1),
    isPinned: FastCheck.boolean(),
    forGood: FastCheck.boolean()
  })

  it.prop(
    "is found if and only if there is one, and the last caller in the queue that is part of it is the one found",
    [FastCheck.array(action, { maxLength: 40 }), FastCheck.integer({ min: 1, max: 3 })],
    ([actions, places]) => {
      const pool = new Simulation(2, places)
      for (const { caller, forGood, host, isPinned, kind } of actions) {
        pool.now += 1000
        switch (kind) {
          case "Ask":
            pool.ask(caller, isPinned ? host : undefined)
            break
          case "End":
            pool.endAll(caller)
            break
          case "Lower":
            pool.step({ _tag: "Lower", host, limit: 1 })
            break
          case "Fail":
            pool.step({ _tag: "Fail", host, how: forGood ? "ForGood" : "ForNow" })
            break
          case "Recover":
            pool.step({ _tag: "Recover", host })
        }
        for (let last = pool.stuck().at(-1); last !== undefined; last = pool.stuck().at(-1)) {
          expect(pool.find()).toBe(last)
          pool.endAll(last.caller)
        }
        expect(pool.find()).toBeUndefined()
      }
    }
  )
})
