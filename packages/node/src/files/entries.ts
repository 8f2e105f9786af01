/**
 * What a local directory has, each entry asked for its size and time by `lstat`: in place on a quick disk, else many at
 * once.
 */
import * as Fs from "node:fs"
import { sep } from "node:path"
import { type FtpLocalFileError, type LocalEntry, modifiedAt } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { errorOf, isNotFound } from "./calls.ts"
import * as Privacy from "./privacy.ts"
import { type Done, isQuick, now, timed } from "./quick.ts"

/** In the order of their names on a quick disk. What vanishes meanwhile is left out. */
export const read = (directory: string): Effect.Effect<ReadonlyArray<LocalEntry>, FtpLocalFileError> =>
  Effect.uninterruptible(
    Effect.async((resume) =>
      readWith(directory, byThread, (error, entries = []) =>
        resume(error ? Effect.fail(error) : Effect.succeed(entries))
      )
    )
  )

type Read = (error: FtpLocalFileError | undefined, entries?: ReadonlyArray<LocalEntry>) => void

/** How the names in a directory are read. */
export type ReadNames = (directory: string, done: Done<Array<string>>) => void

/** For a directory that may have any number of them. */
export const byThread: ReadNames = (directory, done) => Fs.readdir(directory, done)

/** For a small directory on a quick disk. */
export const here: ReadNames = (directory, done) => now(() => Fs.readdirSync(directory), done)

/** Calls back once, when no call is under way any more. */
export const readWith = (directory: string, readNames: ReadNames, done: Read): void =>
  readNames(directory, (error, names = []) =>
    // Sorted now, as names alone are sorted by the runtime itself: entries would be by calls of a function.
    error ? done(errorOf("ReadDirectory", directory, error)) : statAll(directory, names.sort(), done)
  )

/** Calls at once by threads: libuv has four, and each should find the next one waiting. */
const AT_ONCE = 16

/** Calls in place until others get a turn: less than a millisecond. */
const IN_PLACE = 64

/** What Node has in place of bytes that are not UTF-8: nothing is found by such a name, and it has not vanished. */
const REPLACEMENT = "\ufffd"

const statAll = (directory: string, names: ReadonlyArray<string>, done: Read): void => {
  const entries: Array<LocalEntry> = []
  let next = 0
  let running = 0
  let failure: FtpLocalFileError | undefined
  const isOver = () => failure !== undefined || next === names.length
  const end = (): void => (failure === undefined ? done(undefined, entries) : done(failure))
  const take = (name: string, stats: Fs.Stats | undefined): void => {
    if (stats !== undefined) {
      entries.push(entryOf(name, stats))
    } else if (name.includes(REPLACEMENT)) {
      entries.push({ name, type: "Other", size: 0, modified: Option.none() })
    }
  }
  const missed = (name: string, error: NodeJS.ErrnoException): void => {
    if (isNotFound(error)) {
      take(name, undefined)
    } else {
      failure ??= errorOf("Stat", directory + sep + name, error)
    }
  }
  const takeNow = (until: number): void => {
    while (next < until && failure === undefined) {
      const name = names[next++] as string
      let stats: Fs.Stats | undefined
      try {
        stats = Fs.lstatSync(directory + sep + name, IF_THERE)
      } catch (error) {
        missed(name, error as NodeJS.ErrnoException)
        continue
      }
      take(name, stats)
    }
  }
  const inPlace = (): void => {
    timed(() => takeNow(Math.min(next + IN_PLACE, names.length)))
    if (isOver()) {
      end()
    } else {
      setImmediate(begin)
    }
  }
  const byThreads = (): void => {
    while (!isOver() && running < AT_ONCE) {
      const name = names[next++] as string
      running++
      Fs.lstat(directory + sep + name, (error, stats) => {
        running--
        if (error) {
          missed(name, error)
        } else {
          take(name, stats)
        }
        byThreads()
      })
    }
    if (running === 0) {
      end()
    }
  }
  const begin = (): void => (isQuick() ? inPlace() : byThreads())
  begin()
}

const IF_THERE = { throwIfNoEntry: false } as const

const entryOf = (name: string, stats: Fs.Stats): LocalEntry => {
  const isFile = stats.isFile()
  return {
    name,
    type: isFile ? "File" : stats.isDirectory() ? "Directory" : stats.isSymbolicLink() ? "SymbolicLink" : "Other",
    size: isFile ? stats.size : 0,
    modified: modifiedAt(Math.trunc(stats.mtimeMs)),
    id: Privacy.idOf(stats),
    isDoubtfulLink: isFile && stats.nlink > 1 && Privacy.isDoubtfulLink(stats)
  }
}
