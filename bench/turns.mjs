/**
 * Clients in turns: each round has another order, so that a machine whose speed drifts is drifting for all of them. A client
 * that fails is left out from then on, and the report says how it failed.
 */
import { ClientFailed } from "./failure.mjs"
import { say } from "./stage.mjs"

/**
 * @template C, T
 * @typedef {object} Result
 * @property {C} client
 * @property {Array<T>} runs one for each round; none if the client has failed
 * @property {string | undefined} failure
 */

/**
 * @template {{ readonly name: string }} C
 * @template T
 * @param {string} title what they do, for the progress
 * @param {ReadonlyArray<C>} clients
 * @param {(client: C) => number} roundsOf
 * @param {(client: C) => Promise<T>} once
 * @param {{ readonly warmUp: boolean }} options whether there is a round before, which does not count
 * @returns {Promise<ReadonlyArray<Result<C, T>>>}
 */
export const inTurns = async (title, clients, roundsOf, once, { warmUp }) => {
  const results = clients.map((client) => /** @type {Result<C, T>} */ ({ client, runs: [], failure: undefined }))
  const most = Math.max(...clients.map(roundsOf))
  for (let round = warmUp ? 0 : 1; round <= most; round += 1) {
    for (let turn = 0; turn < results.length; turn += 1) {
      const result = /** @type {Result<C, T>} */ (results[(round + turn) % results.length])
      const { client } = result
      if (result.failure !== undefined || round > roundsOf(client)) continue
      const which = round === 0 ? "warm-up" : `round ${round} of ${roundsOf(client)}`
      say(`${title}: ${which}, ${client.name}`)
      try {
        const run = await once(client)
        if (round > 0) result.runs.push(run)
      } catch (error) {
        if (!(error instanceof ClientFailed)) throw error
        say(`${client.name} has failed: ${error.message}`)
        result.failure = `in ${round === 0 ? "the warm-up" : which}: ${error.reason}`
        result.runs.length = 0
      }
    }
  }
  return results
}

/**
 * How many rounds a client has: a slow one may have fewer.
 *
 * @param {number} rounds
 * @param {number} ofSlow
 * @returns {(client: { readonly isSlow?: boolean | undefined }) => number}
 */
export const roundsFor =
  (rounds, ofSlow) =>
  ({ isSlow }) =>
    isSlow === true ? Math.min(ofSlow, rounds) : rounds

/** The client's name, with its rounds if it has fewer than the others. @param {string} name @param {number} own @param {number} rounds */
export const titleWith = (name, own, rounds) =>
  own < rounds ? `${name}, ${own === 1 ? "one round" : `${own} rounds`}` : name

/**
 * A line for each client that has failed.
 *
 * @param {ReadonlyArray<Result<{ readonly name: string }, unknown>>} results
 * @param {string} [where] in which row of a table
 */
export const failuresOf = (results, where) =>
  results.flatMap(({ client, failure }) =>
    failure === undefined ? [] : [`- ${client.name}${where === undefined ? "" : `, ${where}`}: failed ${failure}`]
  )

/** A table, and below it who has failed. @param {string} table @param {ReadonlyArray<string>} failures */
export const withFailures = (table, failures) => (failures.length === 0 ? table : `${table}\n\n${failures.join("\n")}`)
