/** How far the zones of the earth are from UTC, in minutes: from west of the date line to Kiribati. */
export const LEAST = -12 * 60
export const MOST = 14 * 60

const MINUTE = 60_000
const QUARTER = 15 * MINUTE

/** In millis: servers cut off fractions of a second. */
const TOLERANCE = 1000

/** Whether a time may be that far, in millis, from the same one read in another zone: all are whole quarters of an hour apart. */
export const mayBeOff = (millis: number): boolean => {
  const off = Math.abs(millis)
  const past = off % QUARTER
  return Math.min(past, QUARTER - past) <= TOLERANCE && off <= MOST * MINUTE + TOLERANCE
}
