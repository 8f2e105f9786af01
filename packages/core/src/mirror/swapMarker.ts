/**
 * The names that a swap uses beside the target, and the marker that says what they are of. Pure.
 *
 *     www                                             the tree that is live
 *     www.ftp-effect-swap-ID.json                     the marker of one swap
 *     .www.ftp-effect-swap-ID.json.1a2b3c4d.ftp-effect      the same while it is written
 *     www.ftp-effect-next-ID                          its stage: the new tree, until it is live
 *     www.ftp-effect-previous-ID                      the old tree, once it is not
 *     www.ftp-effect-next-ID/.ftp-effect-swap-ID      the token of the stage, which goes with it: it shows which tree is
 *                                                     the new one, whatever that is called by then
 *
 * `ID` is the time of the run and eight random digits: no two runs have the same names. Visitors who may write into `www`
 * can't write beside it, so a marker is not theirs. One that can't be read, or is of other names, counts for nothing.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Timestamp from "../protocol/Timestamp.ts"
import * as TemporaryName from "../transfer/upload/temporaryName.ts"

const KIND = "ftp-effect swap"

/** The version of the JSON: another one counts as no marker. */
const VERSION = 1

/** A path of this machine is never longer. */
const MAX_SOURCE = 10_000

/** In bytes: more than any marker has. */
export const MAX_BYTES = 64 * 1024

const ID = /^\d{14}-[0-9a-f]{8}$/

const Id = Schema.String.pipe(Schema.pattern(ID))

/**
 * - `target`: the name of the live tree; its directory is where the marker is
 * - `source`: where the new tree comes from, as it is shown to people
 * - `claimed`: the swap whose stage this one has taken over
 * - `phase`: `"Ready"` once all of the new tree is there
 * - `previous`: what is to become of the old tree
 * - `seen`: what the old tree was like when its run looked at it last, ahead of the renames; none once that run has looked
 *   after them, and found nothing new
 * - `beat`: when the run was seen last, in milliseconds since 1970, by its own clock; 0 if it says that it has ended
 */
export const Marker = Schema.Struct({
  kind: Schema.Literal(KIND),
  version: Schema.Literal(VERSION),
  id: Id,
  target: Schema.String,
  source: Schema.String.pipe(Schema.maxLength(MAX_SOURCE)),
  claimed: Schema.optional(Id),
  phase: Schema.Literal("Staging", "Ready"),
  previous: Schema.Literal("Remove", "Keep"),
  seen: Schema.optional(Schema.String.pipe(Schema.pattern(/^\d+-[0-9a-f]{16}$/))),
  beat: Schema.Int
})

export type Marker = typeof Marker.Type

const Json = Schema.parseJson(Marker)

export const make = (facts: Omit<Marker, "kind" | "version">): Marker => ({ kind: KIND, version: VERSION, ...facts })

export const encode = (marker: Marker): string => `${Schema.encodeSync(Json)(marker)}\n`

/** The marker of that name; `None` if the text is anything else. */
export const decode = (text: string, { base, id }: { readonly base: string; readonly id: string }) =>
  Option.filter(
    Schema.decodeUnknownOption(Json)(text),
    (marker) => marker.id === id && marker.target.normalize("NFC") === base.normalize("NFC")
  )

/** The beat of a run that has ended. */
export const ENDED = 0

export const saysEnded = ({ beat }: Marker): boolean => beat === ENDED

const DIGITS = 8

/** A new one; they sort by time. */
export const makeId: Effect.Effect<string> = Effect.gen(function* () {
  const at = Timestamp.format(yield* DateTime.now)
  const number = yield* Random.nextIntBetween(0, 16 ** DIGITS)
  return `${at}-${number.toString(16).padStart(DIGITS, "0")}`
})

/** When the run of that id has begun, in milliseconds since 1970, by its own clock. */
export const begun = (id: string): Option.Option<number> =>
  Option.map(Timestamp.parse(id.slice(0, id.indexOf("-"))), ({ at }) => DateTime.toEpochMillis(at))

export interface Names {
  readonly marker: string
  readonly next: string
  readonly previous: string
  /** What the empty stage is called before its first rename. */
  readonly probe: string
}

/** The names beside a target of that name. */
export const namesOf = (base: string, id: string): Names => ({
  marker: `${base}.ftp-effect-swap-${id}.json`,
  next: `${base}.ftp-effect-next-${id}`,
  previous: `${base}.ftp-effect-previous-${id}`,
  probe: `${base}.ftp-effect-probe-${id}`
})

/** The id of a marker's name, `undefined` for all other names. */
export const idOfMarker = (base: string, name: string): string | undefined => {
  const [prefix, suffix] = [`${base}.ftp-effect-swap-`, ".json"].map((text) => text.normalize("NFC"))
  const listed = name.normalize("NFC")
  if (prefix === undefined || suffix === undefined || !listed.startsWith(prefix) || !listed.endsWith(suffix)) {
    return undefined
  }
  const id = listed.slice(prefix.length, -suffix.length)
  return ID.test(id) ? id : undefined
}

/** The id of a marker that was being written under that name, `undefined` for all other names. */
export const idOfTemporary = (base: string, name: string): string | undefined =>
  TemporaryName.stemsOf(name).flatMap((stem) => idOfMarker(base, stem) ?? [])[0]

export const tokenOf = (id: string): string => `${TOKEN}${id}`

const TOKEN = ".ftp-effect-swap-"

/** Whether a path of a tree is a token, which is no part of what is published. */
export const isToken = (path: string): boolean => path.startsWith(TOKEN) && ID.test(path.slice(TOKEN.length))
