import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { MIN_SEGMENT, type Range, Ranges } from "#core/transfer/download/ranges"
import * as Schedule from "#core/transfer/download/schedule"

const UNKNOWN = { size: Option.none<number>(), modified: Option.none() }
const IDLE: Schedule.Sessions = { limit: 8, inUse: 0, live: 0 }

/** A download of `size` bytes, and what the scheduler asked for since the last look. */
class Download {
  readonly ranges = new Ranges()
  state: Schedule.State
  sessions: Schedule.Sessions = IDLE
  now = 0
  landedAt = 0
  constructor(segments: number | "auto", poolSize = 8) {
    this.state = Schedule.make({ segments, poolSize, ranges: this.ranges, identity: UNKNOWN, now: 0 })
  }

  send(event: Schedule.Event): ReadonlyArray<Schedule.Action> {
    const [state, actions] = Schedule.step(this.state, event, this)
    this.state = state
    return actions
  }

  report(size: number): void {
    this.state = Schedule.report(this.state, { ...UNKNOWN, size: Option.some(size) })
  }

  /** Begun, of a known size, with all its workers. */
  static segmented(segments: number | "auto", size = 8 * MIN_SEGMENT): Download {
    const download = new Download(segments)
    download.send({ _tag: "Begun", expectedSize: size })
    download.report(size)
    download.send({ _tag: "Segmented" })
    while (download.state.warming > 0) {
      download.send({ _tag: "Warmed" })
    }
    return download
  }

  end(range: Range, ending: Schedule.Ending): ReadonlyArray<Schedule.Action> {
    return this.send({ _tag: "Ended", range, ending })
  }

  /** The nth of the ranges that are taken, in the order of the file. */
  taken(index: number): Range {
    const range = this.ranges.taken[index]
    if (range === undefined) {
      throw new RangeError(`there are ${this.ranges.taken.length} taken ranges`)
    }
    return range
  }
}

const tags = (actions: ReadonlyArray<Schedule.Action>) => actions.map(({ _tag }) => _tag)

describe("the schedule of a download", () => {
  it.each([
    ["one segment warms up none", 1, undefined, 8, IDLE, 0],
    ["4 segments warm up 3", 4, undefined, 8, IDLE, 3],
    ["a pool of 2 bounds the warm-up", 4, undefined, 2, { ...IDLE, limit: 2 }, 1],
    ["sessions that others use are left alone", 4, undefined, 8, { limit: 8, inUse: 6, live: 6 }, 2],
    ["a file that is known to be small warms up none", 4, MIN_SEGMENT, 8, IDLE, 0],
    ["auto warms up none", "auto", undefined, 8, IDLE, 0]
  ] as const)("begins with the first range alone: %s", (_, segments, expectedSize, poolSize, sessions, warming) => {
    const download = new Download(segments, poolSize)
    download.sessions = sessions
    const actions = download.send({ _tag: "Begun", expectedSize })
    expect(actions[0]).toEqual({ _tag: "Start", range: download.ranges.first })
    expect(actions.slice(1)).toEqual(warming === 0 ? [] : [{ _tag: "WarmUp", sessions: warming }])
  })

  it.each([
    ["a small file", 4, 2 * MIN_SEGMENT - 1, false],
    ["a large file", 4, 2 * MIN_SEGMENT, true],
    ["a large file over one session", 1, 8 * MIN_SEGMENT, false]
  ] as const)("%s over %s segments of %s bytes is segmented: %s", (_, segments, size, isSegmented) => {
    const download = new Download(segments)
    download.send({ _tag: "Begun", expectedSize: undefined })
    download.report(size)
    expect(download.state.isSegmented).toBe(isSegmented)
  })

  it("keeps the first facts of a file", () => {
    const download = new Download(1)
    download.report(10)
    download.report(20)
    expect(download.state.identity.size).toEqual(Option.some(10))
  })

  it("starts as many workers as segments are wanted once the size is known", () => {
    const download = Download.segmented(4)
    expect(download.state.working.size).toBe(4)
    expect(download.ranges.taken).toHaveLength(4)
  })

  it("writes the first journal and starts ticking when it becomes segmented", () => {
    const download = new Download(2)
    download.send({ _tag: "Begun", expectedSize: MIN_SEGMENT })
    download.report(4 * MIN_SEGMENT)
    expect(tags(download.send({ _tag: "Segmented" }))).toEqual(["StartTicking", "WriteFirstJournal", "Start"])
  })

  it("starts no worker beside sessions that are still logging in", () => {
    const download = new Download(4)
    download.send({ _tag: "Begun", expectedSize: undefined })
    download.report(8 * MIN_SEGMENT)
    download.sessions = { limit: 8, inUse: 4, live: 1 }
    expect(tags(download.send({ _tag: "Segmented" }))).not.toContain("Start")
    download.sessions = { limit: 8, inUse: 3, live: 4 }
    expect(tags(download.send({ _tag: "Warmed" }))).toEqual(["Start"])
  })

  describe("when a worker ends", () => {
    it.each([
      ["Done", "another takes over half of a range"],
      ["Stopped", "its range is taken again"]
    ] as const)("%s: %s", (ending, _) => {
      const download = Download.segmented(4)
      const range = download.taken(1)
      expect(tags(download.end(range, ending))).toEqual(["Start"])
      expect(download.state.working.size).toBe(4)
    })

    it("Lost: fewer are wanted, and its range is left to the others", () => {
      const download = Download.segmented(4)
      expect(download.end(download.taken(1), "Lost")).toEqual([])
      expect(download.state.wanted).toBe(3)
    })

    it("Lost, as the last one: the download fails", () => {
      const download = Download.segmented(1)
      expect(tags(download.end(download.taken(0), "Lost"))).toContain("Fail")
    })

    it.each(["OffsetRefused", "WrongBytes"] as const)(
      "%s beyond the first range: falls back to a single worker",
      (ending) => {
        const download = Download.segmented(4)
        expect(tags(download.end(download.taken(1), ending))).toEqual(["KeepFirst"])
        expect(download.state.wanted).toBe(1)
      }
    )

    it.each(["WrongBytes", "OtherFile"] as const)("%s in the first range: the download fails", (ending) => {
      const download = Download.segmented(4)
      expect(tags(download.end(download.taken(0), ending))).toContain("Fail")
    })

    it("OtherFile in any range: the download fails", () => {
      const download = Download.segmented(4)
      expect(tags(download.end(download.taken(2), "OtherFile"))).toContain("Fail")
    })

    it("Local in any range: the download fails", () => {
      const download = Download.segmented(4)
      expect(tags(download.end(download.taken(2), "Local"))).toContain("Fail")
    })

    it("Lost, of a range that was given up meanwhile: nothing changes", () => {
      const download = Download.segmented(4)
      const range = download.taken(3)
      download.send({ _tag: "FellBack" })
      download.ranges.keepFirst()
      expect(tags(download.end(range, "Lost"))).not.toContain("Fail")
    })
  })

  describe("at each tick", () => {
    it("writes the journal every three seconds, and never two at once", () => {
      const download = Download.segmented(2)
      download.now = 2999
      expect(tags(download.send({ _tag: "Tick" }))).not.toContain("WriteJournal")
      download.now = 3000
      expect(tags(download.send({ _tag: "Tick" }))).toContain("WriteJournal")
      download.now = 7000
      expect(tags(download.send({ _tag: "Tick" }))).not.toContain("WriteJournal")
      download.send({ _tag: "JournalWritten" })
      expect(tags(download.send({ _tag: "Tick" }))).toContain("WriteJournal")
    })

    it("begins a range again that stands still while others move, if a worker is missing", () => {
      const download = Download.segmented(2)
      download.end(download.taken(1), "Lost")
      download.state = { ...download.state, wanted: 2 }
      download.sessions = { limit: 1, inUse: 1, live: 1 }
      download.now = 5000
      download.landedAt = 0
      expect(tags(download.send({ _tag: "Tick" }))).not.toContain("Stop")
      download.landedAt = 1
      expect(download.send({ _tag: "Tick" })).toContainEqual({ _tag: "Stop", range: download.ranges.first })
    })

    it("gives a session back after a minute if other callers have none left, but never the first one", () => {
      const download = Download.segmented(2)
      download.now = 60_000
      download.sessions = { limit: 3, inUse: 2, live: 3 }
      expect(tags(download.send({ _tag: "Tick" }))).not.toContain("Stop")
      download.sessions = { limit: 2, inUse: 2, live: 2 }
      expect(download.send({ _tag: "Tick" })).toContainEqual({ _tag: "Stop", range: download.taken(1) })
    })

    it("gives back one session, not two, if a range stands still when it is other callers' turn", () => {
      const download = Download.segmented(3)
      download.end(download.taken(2), "Lost")
      download.state = { ...download.state, wanted: 3 }
      download.sessions = { limit: 2, inUse: 2, live: 2 }
      download.now = 60_000
      download.landedAt = 60_000
      expect(tags(download.send({ _tag: "Tick" })).filter((tag) => tag === "Stop")).toHaveLength(1)
    })

    it("auto takes a second session when the first has been measured", () => {
      const download = Download.segmented("auto", 64 * MIN_SEGMENT)
      const first = download.ranges.first
      for (download.now = 0; download.now <= 4000 && download.state.wanted === 1; download.now += 250) {
        download.ranges.claim(first, 1024 * 1024)
        download.ranges.landed(first, download.now)
        download.send({ _tag: "Tick" })
      }
      expect(download.state.wanted).toBe(2)
    })
  })

  it("asks once whether several sessions saw one file when all bytes are here, and one session never", () => {
    const several = Download.segmented(2)
    expect(tags(several.send({ _tag: "AllHere" }))).toEqual(["Confirm"])
    expect(several.send({ _tag: "AllHere" })).toEqual([])
    const single = Download.segmented(1)
    expect(tags(single.send({ _tag: "AllHere" }))).not.toContain("Confirm")
  })

  it("asks again if the download fell back meanwhile", () => {
    const download = Download.segmented(2)
    download.send({ _tag: "AllHere" })
    download.send({ _tag: "FellBack" })
    download.ranges.keepFirst()
    download.send({ _tag: "KeptFirst" })
    expect(tags(download.send({ _tag: "AllHere" }))).toEqual(["Confirm"])
  })

  it("lets the only worker left wait for a session, and starts no second one beside it", () => {
    const download = Download.segmented(2)
    const [first, second] = [download.taken(0), download.taken(1)]
    download.sessions = { limit: 1, inUse: 1, live: 1 }
    download.end(second, "Stopped")
    expect(tags(download.end(first, "Stopped"))).toEqual(["Start"])
    expect(download.state.working.size).toBe(1)
  })

  it("gives out no range while those that are given up are being stopped", () => {
    const download = Download.segmented(4)
    expect(download.send({ _tag: "FellBack" })).toEqual([{ _tag: "KeepFirst" }])
    download.ranges.keepFirst()
    expect(download.send({ _tag: "KeptFirst" })).toEqual([])
  })
})
