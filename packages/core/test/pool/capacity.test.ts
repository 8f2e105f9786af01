import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Capacity from "#core/pool/capacity"

const SECOND = 1000
const MINUTE = 60 * SECOND

type Event = Capacity.Event<string>

interface Pool {
  readonly hosts: number
  /** Of each host. */
  readonly places: number
}

/** The caller and host of the place that the event grants, if any, and when it happens, in millis; default 0. */
type Step = readonly [event: Event, grant?: string | undefined, now?: number]

const join = (caller: string, pin?: number): Event => ({ _tag: "Join", caller, pin })
const leave = (caller: string): Event => ({ _tag: "Leave", caller })
const giveBack = (caller: string): Event => ({ _tag: "Return", caller, host: 0 })
const lower = (limit: number): Event => ({ _tag: "Lower", host: 0, limit })
const fail = (host: number): Event => ({ _tag: "Fail", host, how: "ForNow" })
const failForGood = (host: number): Event => ({ _tag: "Fail", host, how: "ForGood" })
const recover = (host: number): Event => ({ _tag: "Recover", host })
const tick: Event = { _tag: "Tick" }

const annFirst: Step = [join("ann"), "ann on 0"]
const othersWait: ReadonlyArray<Step> = [[join("ben")], [join("cid")]]

const TABLE: ReadonlyArray<readonly [name: string, pool: Pool, steps: ReadonlyArray<Step>]> = [
  [
    "places are given in the order of the queue",
    { hosts: 1, places: 1 },
    [annFirst, ...othersWait, [giveBack("ann"), "ben on 0"], [giveBack("ben"), "cid on 0"]]
  ],
  [
    "a caller that waits no longer is passed over",
    { hosts: 1, places: 1 },
    [annFirst, ...othersWait, [leave("ben")], [giveBack("ann"), "cid on 0"]]
  ],
  [
    "the host with the smallest share of its places in use is next",
    { hosts: 2, places: 4 },
    [
      [lower(2)],
      annFirst,
      [join("ben"), "ben on 1"],
      [join("cid"), "cid on 1"],
      [join("dan"), "dan on 0"],
      [join("eve"), "eve on 1"]
    ]
  ],
  [
    "a caller that asks for one host passes those that wait for any, if that host is free for it",
    { hosts: 2, places: 1 },
    [
      [fail(1)],
      annFirst,
      [join("ben")],
      [join("cid", 0)],
      [join("dan", 1), "dan on 1"],
      [giveBack("ann"), "ben on 0"],
      [giveBack("ben"), "cid on 0"]
    ]
  ],
  [
    "a caller that asks for a full host holds up no caller that takes any",
    { hosts: 2, places: 1 },
    [[join("ann", 0), "ann on 0"], [join("ben", 0)], [join("cid"), "cid on 1"], [giveBack("ann"), "ben on 0"]]
  ],
  [
    "a lowered limit holds for those to come, and is not raised by a later, larger one",
    { hosts: 1, places: 3 },
    [
      annFirst,
      [join("ben"), "ben on 0"],
      [lower(1)],
      [lower(2)],
      [join("cid")],
      [giveBack("ann")],
      [giveBack("ben"), "cid on 0"]
    ]
  ],
  ["a limit is never below one", { hosts: 1, places: 2 }, [[lower(0)], annFirst, [join("ben")]]],
  [
    "a lowered limit is tried one higher each five minutes, up to the maximum",
    { hosts: 1, places: 3 },
    [
      [lower(1)],
      annFirst,
      [join("ben")],
      [tick, undefined, 5 * MINUTE - 1],
      [tick, "ben on 0", 5 * MINUTE],
      [join("cid"), undefined, 10 * MINUTE - 1],
      [tick, "cid on 0", 10 * MINUTE],
      [join("dan"), undefined, 15 * MINUTE]
    ]
  ],
  [
    "a host that failed is avoided while another serves, even if that one is full",
    { hosts: 2, places: 1 },
    [
      [fail(0)],
      [join("ann"), "ann on 1"],
      [join("ben")],
      [tick, undefined, 30 * SECOND - 1],
      [tick, "ben on 0", 30 * SECOND]
    ]
  ],
  [
    "a host that failed is tried by one caller at a time until it serves",
    { hosts: 1, places: 3 },
    [[fail(0)], annFirst, ...othersWait, [fail(0)], [giveBack("ann"), "ben on 0"], [recover(0), "cid on 0"]]
  ],
  [
    "a caller that asks for a host that failed is sent there at once, beside the one that tries it for the others",
    { hosts: 1, places: 3 },
    [[fail(0)], [join("ann", 0), "ann on 0"], [join("ben"), "ben on 0"], [join("cid")]]
  ],
  [
    "the host whose failure is over first is tried first",
    { hosts: 2, places: 1 },
    [
      [fail(0), undefined, 1 * SECOND],
      [fail(1), undefined, 0],
      [join("ann"), "ann on 1", 2 * SECOND]
    ]
  ],
  [
    "a host that failed for good gets no caller while another may serve again, even after a later failure",
    { hosts: 2, places: 1 },
    [[failForGood(0)], [fail(0)], [fail(1)], [join("ann"), "ann on 1"], [join("ben")], [tick, undefined, 60 * MINUTE]]
  ],
  [
    "if all hosts failed for good, each is tried by one caller at a time",
    { hosts: 2, places: 2 },
    [[failForGood(0)], [failForGood(1)], annFirst, [join("ben"), "ben on 1"], [join("cid")]]
  ]
]

describe("the capacity of a pool", () => {
  it.each(TABLE)("%s", (_, { hosts, places }, steps) => {
    const state = Capacity.make<string>(hosts, places)
    const granted = steps.map(([event, , now = 0]) =>
      Capacity.step(state, event, now).map(({ caller, host }) => `${caller} on ${host}`)
    )
    expect(granted).toEqual(steps.map(([, grant]) => (grant === undefined ? [] : [grant])))
  })

  it.each([
    ["every host serves", [], "Available"],
    ["one of two serves", [failForGood(0)], "Available"],
    ["one failed and one failed for good", [fail(0), failForGood(1)], "Recovering"],
    ["all failed for good", [failForGood(0), failForGood(1)], "None"],
    ["one recovered", [fail(0), fail(1), recover(1)], "Available"]
  ] as const)("if %s, the availability after %j is %s", (_, events, availability) => {
    const state = Capacity.make<string>(2, 1)
    for (const event of events) {
      Capacity.step(state, event, 0)
    }
    expect(Capacity.availability(state)).toBe(availability)
  })

  const action = FastCheck.record({
    kind: FastCheck.constantFrom("Join", "Join", "End", "End", "Lower", "Fail", "Recover", "Tick"),
    host: FastCheck.nat(2),
    pinned: FastCheck.boolean(),
    forGood: FastCheck.boolean(),
    pick: FastCheck.nat(20),
    elapsed: FastCheck.nat(2 * MINUTE)
  })

  it.prop(
    "each place has one caller, no host exceeds its maximum, and no caller waits for a free place of a host that serves",
    [FastCheck.array(action, { maxLength: 60 })],
    ([actions]) => {
      const state = Capacity.make<number>(3, 2)
      /** Who is waiting (`undefined`) or holds a place on a host. */
      const callers = new Map<number, number | undefined>()
      let now = 0
      for (const [id, { elapsed, forGood, host, kind, pick, pinned }] of actions.entries()) {
        now += elapsed
        const [caller, place] = [...callers][pick % Math.max(1, callers.size)] ?? []
        const event = ((): Capacity.Event<number> => {
          switch (kind) {
            case "Join":
              callers.set(id, undefined)
              return { _tag: "Join", caller: id, pin: pinned ? host : undefined }
            case "Lower":
              return { _tag: "Lower", host, limit: pick % 3 }
            case "Fail":
              return { _tag: "Fail", host, how: forGood ? "ForGood" : "ForNow" }
            case "Recover":
              return { _tag: "Recover", host }
            default:
              if (kind === "Tick" || caller === undefined) {
                return { _tag: "Tick" }
              }
              callers.delete(caller)
              return place === undefined ? { _tag: "Leave", caller } : { _tag: "Return", caller, host: place }
          }
        })()
        for (const grant of Capacity.step(state, event, now)) {
          expect(callers.has(grant.caller)).toBe(true)
          expect(callers.get(grant.caller)).toBeUndefined()
          callers.set(grant.caller, grant.host)
        }
        for (const [index, { failedUntil, inUse, limit, max }] of state.hosts.entries()) {
          expect(inUse).toBe([...callers.values()].filter((place) => place === index).length)
          expect(inUse).toBeLessThanOrEqual(max)
          const isFree = inUse < limit && failedUntil === Capacity.SERVING
          expect(isFree && state.waiting.some(({ pin }) => pin === undefined || pin === index)).toBe(false)
        }
      }
    }
  )
})
