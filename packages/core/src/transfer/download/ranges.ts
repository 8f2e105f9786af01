/**
 * Which bytes of a file are here and which are on their way: arithmetic, and nothing else.
 *
 *     from        at       claimed         end = from of the next           size
 *      ├── here ──┼─ writing ──┼── missing ──┼── here ──┼── missing ── … ────┤
 *
 *     untaken ──take──► taken ──give──► untaken
 *
 *     take      an untaken range, else the far half of the taken one with most to go
 *     absorb    a range at its end continues over the next one, which has too few bytes yet
 *     merge     a range at its end has read on, and found what the next one begins with: the two become one
 *
 * Nothing shows yet that the bytes of two neighbours belong to one file. The file is whole when one range is left, with
 * nothing missing.
 */

export interface Range {
  readonly from: number
  /** The bytes up to here are in the partial file. */
  readonly at: number
  /** The bytes up to here are in the partial file, or being written. */
  readonly claimed: number
  readonly end: number
  readonly isTaken: boolean
  /** When and where it was taken, and when it moved first and last since. Times are millis of the clock. */
  readonly takenAt: number
  readonly takenFrom: number
  readonly movingSince: number | undefined
  readonly movedAt: number
}

type Mutable = { -readonly [K in keyof Range]: Range[K] }

/**
 * A connection that is opened for less costs more than it gains: four round trips and a slow start are a quarter of a
 * second at 50 ms, in which a 100 Mbit/s line moves 3 MiB.
 */
export const MIN_SEGMENT = 4 * 1024 * 1024

/** A rest that takes its owner longer than this, in millis, is worth another connection whatever its size … */
const LONG_REST = 2000
/** … one that takes it less than this is not, however large … */
const SHORT_REST = 1000
/** … nor are crumbs, which are in the socket's buffers already. */
const CRUMBS = 256 * 1024

/**
 * New ranges begin at multiples of this, a whole number of pages on every system: what is no whole page is copied
 * slowly.
 */
const PAGES = 64 * 1024

const toPage = (offset: number): number => offset - (offset % PAGES)

export class Ranges {
  private list: Array<Mutable>
  private givenUp = 0

  /** Where an earlier run stood: what it had, in order, as `[from, at]`. */
  constructor(here: ReadonlyArray<readonly [from: number, at: number]> = [], size = Number.POSITIVE_INFINITY) {
    this.list = here.map(([from, at], index) => range(from, at, here[index + 1]?.[0] ?? size))
    if (this.list[0]?.from !== 0) {
      this.list.unshift(range(0, 0, this.list[0]?.from ?? size))
    }
  }

  /** What is here, in order, as the constructor takes it. */
  here(): ReadonlyArray<readonly [from: number, at: number]> {
    return this.list.map(({ at, from }) => [from, at])
  }

  /** Another one after each time that bytes which were here were given up. */
  get epoch(): number {
    return this.givenUp
  }

  get count(): number {
    return this.list.length
  }

  /** The range that begins with the file. */
  get first(): Range {
    return this.list[0] ?? range(0, 0, 0)
  }

  /** How many bytes are here. */
  get done(): number {
    let bytes = 0
    for (const { at, from } of this.list) {
      bytes += at - from
    }
    return bytes
  }

  /** How many bytes are neither here nor being written; infinite while the size is unknown. */
  get missing(): number {
    let bytes = 0
    for (const { claimed, end } of this.list) {
      bytes += end - claimed
    }
    return bytes
  }

  /** The end of the last byte that is here. */
  get extent(): number {
    return this.list.reduce((last, { at, from }) => (at > from ? at : last), 0)
  }

  get isWhole(): boolean {
    return this.list.length === 1 && this.first.at === this.first.end
  }

  get taken(): ReadonlyArray<Range> {
    return this.list.filter(({ isTaken }) => isTaken)
  }

  has(range: Range): boolean {
    return this.list.includes(range)
  }

  after(range: Range): Range | undefined {
    return this.list[this.list.indexOf(range) + 1]
  }

  /** Nothing is here, and the size is unknown. The first range stays the same object, and taken if it was. */
  reset(): void {
    this.givenUp++
    this.list = this.list.slice(0, 1)
    edit(this.first, { at: 0, claimed: 0, end: Number.POSITIVE_INFINITY, takenFrom: 0 })
  }

  /** To be called with the size of the file once it is known. */
  endAt(size: number): void {
    edit(this.list[this.list.length - 1] ?? this.first, { end: size })
  }

  /** Cuts what one range misses into so many equal ones, or fewer if they would be small. */
  spread(count: number): void {
    const [first] = this.list
    if (first === undefined || this.list.length > 1) {
      return
    }
    const { claimed, end } = first
    const pieces = Math.max(1, Math.min(count, Math.floor((end - claimed) / MIN_SEGMENT)))
    const border = (piece: number) => (piece === pieces ? end : toPage(claimed + ((end - claimed) * piece) / pieces))
    first.end = border(1)
    for (let piece = 1; piece < pieces; piece++) {
      this.list.push(range(border(piece), border(piece), border(piece + 1)))
    }
  }

  /**
   * Something to do for one more connection, of a taken range at most `share` bytes; `undefined` if it would not pay.
   */
  take(now: number, share = Number.POSITIVE_INFINITY): Range | undefined {
    const last = this.list[this.list.length - 1]
    // The last one, if nothing of it is missing, only waits for the merge.
    const found = this.list.find((range) => !range.isTaken && (range.claimed < range.end || range !== last))
    const mine = found ?? this.halve(now, share)
    return mine === undefined ? undefined : owned(mine, now)
  }

  /** Also when nothing is missing of it: two owners would write over each other, once there is something after all. */
  takeFirst(now: number): void {
    const [first] = this.list
    if (first !== undefined) {
      owned(first, now)
    }
  }

  give(range: Range): void {
    edit(range, { isTaken: false, claimed: range.at })
  }

  /** So many of `bytes` belong to the range, from `at` on, and are written next. */
  claim(range: Range, bytes: number): number {
    const length = Math.min(bytes, range.end - range.at)
    edit(range, { claimed: range.at + length })
    return length
  }

  landed(range: Range, now: number): void {
    edit(range, { at: range.claimed, movingSince: range.movingSince ?? now, movedAt: now })
  }

  absorb(range: Range): void {
    const next = this.after(range)
    if (next !== undefined) {
      this.list.splice(this.list.indexOf(next), 1)
      edit(range, { end: next.end })
    }
  }

  /** The next one stays, and begins where `range` began. */
  merge(range: Range): void {
    const next = this.after(range)
    if (next !== undefined) {
      edit(next, { from: range.from })
      this.list.splice(this.list.indexOf(range), 1)
    }
  }

  /** Only the bytes of the first range are kept. */
  keepFirst(): void {
    this.givenUp++
    const { end } = this.list[this.list.length - 1] ?? this.first
    this.list = this.list.slice(0, 1)
    edit(this.first, { end })
  }

  private halve(now: number, share: number): Mutable | undefined {
    let most: Mutable | undefined
    for (const range of this.list) {
      if (range.isTaken && pays(range, now) && (most === undefined || rest(range) > rest(most))) {
        most = range
      }
    }
    if (most === undefined) {
      return undefined
    }
    const middle = toPage(most.end - Math.min(rest(most) / 2, share))
    const half = range(middle, middle, most.end)
    most.end = middle
    this.list.splice(this.list.indexOf(most) + 1, 0, half)
    return half
  }
}

const range = (from: number, at: number, end: number): Mutable => ({
  from,
  at,
  claimed: at,
  end,
  isTaken: false,
  takenAt: 0,
  takenFrom: at,
  movingSince: undefined,
  movedAt: 0
})

/** An absorbed range is updated too: its worker runs on for a moment, and must know where it is. */
const edit = (range: Mutable, change: Partial<Mutable>): Range => Object.assign(range, change)

const owned = (range: Mutable, now: number): Range =>
  edit(range, { isTaken: true, takenAt: now, takenFrom: range.at, movingSince: undefined, movedAt: now })

const rest = ({ claimed, end }: Range): number => end - claimed

const pays = (range: Range, now: number): boolean => {
  const held = now - range.takenAt
  const moved = range.at - range.takenFrom
  const isSlow = held >= LONG_REST && rest(range) * held > LONG_REST * moved
  const isNearlyDone = moved > 0 && rest(range) * held < SHORT_REST * moved
  return (
    Number.isFinite(range.end) &&
    ((rest(range) >= 2 * MIN_SEGMENT && !isNearlyDone) || (isSlow && rest(range) >= 2 * CRUMBS))
  )
}
