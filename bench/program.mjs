/**
 * What every benchmark is as a program: options that are numbers, a report on standard output, failures told in a line.
 */
import { say } from "./stage.mjs"

/**
 * @param {string} name
 * @param {string} text
 */
export const wholeNumber = (name, text) => {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}`)
  return Number(text)
}

/** @param {string} text */
export const print = (text) => process.stdout.write(`${text}\n`)

/** @param {() => Promise<void>} main */
export const run = async (main) => {
  try {
    await main()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
