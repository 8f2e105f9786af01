/**
 * A manifest as JSON:
 *
 *     { "version": 1, "tree": "ftp://host/www",
 *       "files": { "a.txt": { "sha256": "3f…", "size": 5, "source": 1780000000000,
 *                             "target": { "at": 1780000000000, "precision": "Second" } } },
 *       "links": { "latest": "2026/11" } }
 *
 * It is read by hand, as it may have a hundred thousand files: a Schema takes twenty times as long for each of them.
 */
import * as Timestamp from "../protocol/Timestamp.ts"
import { MILLIS } from "./compare.ts"
import type { Files, ManifestFile, ManifestLink, ManifestTime } from "./MirrorManifest.ts"
import * as MirrorManifest from "./MirrorManifest.ts"

/** What is read of a manifest: its text, unless it is larger than `MirrorManifest.MAX_BYTES`. */
export type Text = string | typeof TOO_LARGE

export const TOO_LARGE = { _tag: "TooLarge" } as const

/** What the text says of that tree: nothing if it is no manifest, or another tree's. */
export const decode = (text: Text, tree: string): Files => {
  const json = parse(text)
  const { files, links = {}, tree: of, version } = isRecord(json) ? json : {}
  const found = new Map<string, ManifestFile | ManifestLink>()
  if (version !== MirrorManifest.VERSION || of !== tree || !isRecord(files) || !isRecord(links)) {
    return found
  }
  for (const path of Object.keys(files)) {
    const read = readFile(files[path])
    if (read === undefined) {
      return new Map()
    }
    found.set(path, read)
  }
  for (const [path, link] of Object.entries(links)) {
    if (typeof link !== "string") {
      return new Map()
    }
    found.set(path, { link })
  }
  return found
}

/** Why a text of which nothing is believed is no manifest of that tree; `undefined` if it is one, without files. */
export const problem = (text: Text, tree: string): string | undefined => {
  if (typeof text !== "string") {
    return `is larger than ${MirrorManifest.MAX_BYTES / (1024 * 1024)} MiB`
  }
  const json = parse(text)
  const { files, tree: of, version } = isRecord(json) ? json : {}
  if (version !== MirrorManifest.VERSION) {
    return typeof version === "number" ? `is of version ${version}` : "is none"
  }
  if (of !== tree) {
    return typeof of === "string" ? `is of another tree, ${of.slice(0, MAX_SHOWN)}` : "is of no tree"
  }
  return isRecord(files) && Object.keys(files).length === 0 ? undefined : "is damaged"
}

/** In characters: others can write a manifest. */
const MAX_SHOWN = 200

export const encode = (files: Files, tree: string): string => {
  const all = [...files].sort(([first], [second]) => (first < second ? -1 : 1))
  const links = all.flatMap(([path, file]) => (MirrorManifest.isLink(file) ? [[path, file.link] as const] : []))
  return JSON.stringify({
    version: MirrorManifest.VERSION,
    tree,
    files: Object.fromEntries(all.flatMap(([path, file]) => (MirrorManifest.isLink(file) ? [] : [[path, file]]))),
    ...(links.length > 0 && { links: Object.fromEntries(links) })
  })
}

/** `undefined` if it is no JSON: it is a file that others can write. */
const parse = (text: Text): unknown => {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

type Json = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const SHA256 = /^[0-9a-f]{64}$/

/** `undefined` if it is not as it has to be. */
const readFile = (json: unknown): ManifestFile | undefined => {
  if (!isRecord(json)) {
    return undefined
  }
  const { sha256, size, source } = json
  const target = json.target === undefined ? undefined : readTime(json.target)
  const isRead =
    typeof sha256 === "string" &&
    SHA256.test(sha256) &&
    isInteger(size) &&
    size >= 0 &&
    (source === undefined || isInteger(source)) &&
    (json.target === undefined || target !== undefined)
  return isRead ? { sha256, size, source, target } : undefined
}

const readTime = (json: unknown): ManifestTime | undefined => {
  if (!isRecord(json)) {
    return undefined
  }
  const { at, precision } = json
  return isInteger(at) && Timestamp.isInRange(at) && isPrecision(precision) ? { at, precision } : undefined
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)

const isPrecision = (value: unknown): value is ManifestTime["precision"] =>
  typeof value === "string" && Object.hasOwn(MILLIS, value)
