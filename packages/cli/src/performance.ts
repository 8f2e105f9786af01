/**
 * What the bundle has in place of the global `performance` (`scripts/lazyModules.mjs`): of it only `now` is used, and for
 * the whole Node loads its observers, marks and histograms.
 */
const start = process.hrtime.bigint()

const NANOS_IN_MILLI = 1e6

export const performance = {
  /** Millis since the bundle was loaded, with a fraction. */
  now: (): number => Number(process.hrtime.bigint() - start) / NANOS_IN_MILLI
}
