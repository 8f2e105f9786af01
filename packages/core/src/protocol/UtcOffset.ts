/** How far the zones of the earth are from UTC, in minutes: from west of the date line to Kiribati. */
export const LEAST = -12 * 60
export const MOST = 14 * 60
