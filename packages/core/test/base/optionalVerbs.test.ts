/** What is learned from commands that a server left unanswered, as tables. */
import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as OptionalVerbs from "#core/base/optionalVerbs"

const connect = (verbs: OptionalVerbs.OptionalVerbs) => verbs.connection("IPv4")

describe("an optional command", () => {
  it("that was never answered is avoided after one silence, and after two hang-ups", () => {
    const verbs = OptionalVerbs.make()
    expect(connect(verbs).unanswered(["SIZE"], "Silent")).toBe("SIZE")
    expect(connect(verbs).isAvoided("SIZE")).toBe(true)
    expect(connect(verbs).unanswered(["EPSV"], "HungUp")).toBe("EPSV")
    expect(connect(verbs).isAvoided("EPSV")).toBe(false)
    expect(connect(verbs).unanswered(["EPSV"], "HungUp")).toBe("EPSV")
    expect(connect(verbs).isAvoided("EPSV")).toBe(true)
  })

  it("is not condemned by a restart that ends several connections at once", () => {
    const verbs = OptionalVerbs.make()
    const open = [connect(verbs), connect(verbs), connect(verbs)]
    for (const connection of open) {
      connection.answered("USER")
    }
    expect(open.map((connection) => connection.unanswered(["SIZE"], "HungUp"))).toEqual(["SIZE", "SIZE", "SIZE"])
    expect(verbs.isAvoided("SIZE")).toBe(false)
  })

  it("that was answered once is not condemned by hang-ups, and by silence only twice in a row", () => {
    const verbs = OptionalVerbs.make()
    const ends = ["HungUp", "HungUp", "HungUp", "Silent"] as const
    connect(verbs).answered("SIZE")
    expect(ends.map((end) => connect(verbs).unanswered(["SIZE"], end))).toEqual(ends.map(() => undefined))
    connect(verbs).answered("SIZE")
    connect(verbs).unanswered(["SIZE"], "Silent")
    expect(verbs.isAvoided("SIZE")).toBe(false)
    connect(verbs).unanswered(["SIZE"], "Silent")
    expect(verbs.isAvoided("SIZE")).toBe(true)
  })

  it("among several that were open is not blamed: they are sent one by one from then on", () => {
    let doubts = 0
    const verbs = OptionalVerbs.make(() => doubts++)
    const older = connect(verbs)
    const newer = connect(verbs)
    older.answered("USER")
    expect(newer.unanswered(["FEAT", "TYPE", "OPTS"], "Silent")).toBe("FEAT")
    expect(older.unanswered(["SIZE", "EPSV"], "HungUp")).toBe("SIZE")
    expect(connect(verbs).unanswered(["SIZE", "EPSV"], "HungUp")).toBe(undefined)
    expect([verbs.isAvoided("FEAT"), verbs.isAvoided("SIZE"), doubts]).toEqual([false, false, 1])
  })

  it("is not blamed for a hang-up if a newer connection was begun since the last answer", () => {
    let doubts = 0
    const verbs = OptionalVerbs.make(() => doubts++)
    const begun = [() => verbs.begin(), () => connect(verbs)]
    for (const begin of begun) {
      const older = connect(verbs)
      begin()
      expect(older.unanswered(["FEAT", "TYPE", "OPTS"], "HungUp")).toBe(undefined)
      expect([older.unanswered(["FEAT"], "HungUp"), older.unanswered(["FEAT"], "HungUp")]).toEqual([
        undefined,
        undefined
      ])
      expect([verbs.isAvoided("FEAT"), doubts]).toEqual([false, 0])
      older.answered("NOOP")
      expect(older.unanswered(["MDTM"], "HungUp")).toBe("MDTM")
    }
    const older = connect(verbs)
    verbs.begin()
    expect(older.unanswered(["FEAT"], "Silent")).toBe("FEAT")
  })

  it("is EPSV over IPv4 only, and no command that every server has", () => {
    const verbs = OptionalVerbs.make()
    expect(verbs.connection("IPv6").unanswered(["EPSV"], "Silent")).toBe(undefined)
    expect(connect(verbs).unanswered(["RETR"], "Silent")).toBe(undefined)
    expect(connect(verbs).unanswered(["EPSV"], "Silent")).toBe("EPSV")
    expect([connect(verbs), verbs.connection("IPv6")].map(({ isAvoided }) => isAvoided("EPSV"))).toEqual([true, false])
  })

  it("has a short limit until it is answered for the first time", () => {
    const connection = connect(OptionalVerbs.make())
    const limit = (verb: string) =>
      Duration.toSeconds(connection.limit(verb, Duration.seconds(30), Duration.seconds(10)))
    expect(["SIZE", "HASH", "NOOP", "CWD"].map(limit)).toEqual([10, 30, 2, 30])
    connection.answered("SIZE")
    expect(limit("SIZE")).toBe(30)
  })
})
