/**
 * The directory that a target is in: the names beside the target, and what is under them.
 *
 *     C: LIST .                    what looks like a part of a swap; a hint, and no proof
 *     C: RETR www.…-swap-ID.json   the marker says what the names of ID are
 *     C: CWD www.…-next-ID         where a directory is by its own word, before it is written to or removed
 *     C: PWD
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { FtpListingError, FtpUsageError, isNotFound } from "../base/FtpError.ts"
import * as FtpSource from "../base/FtpSource.ts"
import { FtpClient } from "../client/FtpClient.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import * as NativePath from "../protocol/NativePath.ts"
import * as RemotePath from "../protocol/RemotePath.ts"
import * as WireText from "../protocol/WireText.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import * as Remote from "./remoteTree.ts"
import * as Marker from "./swapMarker.ts"
import { IS_HOME, type MirrorError, type RemoteTree } from "./trees.ts"

/** A marker under the name that it has while it is written. */
export interface TemporaryMarker {
  readonly id: string
  readonly name: string
}

export interface Found {
  /** Of all markers. */
  readonly ids: ReadonlyArray<string>
  readonly temporaries: ReadonlyArray<TemporaryMarker>
}

export interface Place {
  readonly client: FtpClient
  /** The target's own name. */
  readonly base: string
  /** The path of a name beside the target. */
  readonly pathOf: (name: string) => string
  readonly makeParent: Effect.Effect<void, MirrorError>
  /** What the directory lists of swaps. */
  readonly found: Effect.Effect<Found, MirrorError>
  readonly exists: (name: string) => Effect.Effect<boolean, MirrorError>
  /** Fails if the directory of that name is elsewhere: if the name is that of a link. */
  readonly prove: (name: string) => Effect.Effect<void, MirrorError>
  readonly readMarker: (id: string) => Effect.Effect<Option.Option<Marker.Marker>, MirrorError>
  /** Writes it in one step, with the time of now; or that its run has ended. */
  readonly writeMarker: (marker: Marker.Marker, run?: "Alive" | "Ended") => Effect.Effect<void, MirrorError>
  /** One that is not there is success. */
  readonly removeFile: (name: string) => Effect.Effect<void, MirrorError>
  /** The directory of that name, as a tree. */
  readonly treeOf: (name: string) => Effect.Effect<RemoteTree>
  /** Puts the token of that swap into a directory. */
  readonly writeToken: (name: string, id: string) => Effect.Effect<void, MirrorError>
}

const refuse = (why: string) => new FtpUsageError({ argument: "swap", why })

/** Fails if the target can't be renamed, or a rename would not be one of the target itself. */
export const make = (target: RemoteTree): Effect.Effect<Place, MirrorError> =>
  Effect.gen(function* () {
    const { client, pool } = target
    if (pool.endpoints.length > 1) {
      return yield* refuse("needs a single server: on several hosts it would be done to one of them")
    }
    const path = RemotePath.normalise(target.pathOf(""))
    const base = RemotePath.baseName(path)
    if (base === "" || base === "." || base === "..") {
      return yield* refuse(A_HOME)
    }
    const home = yield* client.workingDirectory
    const syntax = yield* client.withSession((session) => session.treeSyntaxOf(path))
    if (NativePath.syntaxOf(home) !== "Slashes" || syntax !== "Slashes") {
      return yield* refuse("needs a server whose paths have slashes")
    }
    const parent = RemotePath.parent(path)
    const expected = RemotePath.normalise(RemotePath.isAbsolute(parent) ? parent : RemotePath.join(home, parent))
    const resolved = yield* Effect.catchIf(resolve(client, parent, expected), isNotFound, () =>
      Effect.succeed(expected)
    )
    const place = fromParent(target, { base, parent, resolved })
    if (yield* place.exists(base)) {
      yield* demandDirectory(place, { parent, path: target.pathOf("") })
      if (yield* target.isHome) {
        return yield* refuse(A_HOME)
      }
    }
    return place
  })

const A_HOME = `${IS_HOME}: they can't be renamed`

const resolve = (client: FtpClient, path: string, expected: string) =>
  client.withSession((session) => session.resolveDirectory(path, expected))

/** To rename a link would leave its directory where it is, and put another one beside it. */
const demandDirectory = ({ base, client, prove }: Place, { parent, path }: { parent: string; path: string }) =>
  Effect.gen(function* () {
    if (!(yield* client.withSession((session) => session.isDirectory(path)))) {
      return yield* refuse("the target is no directory")
    }
    const { entries } = yield* client.listing(parent, { long: true, times: false })
    const isLink = entries.some(({ name, type }) => type === "SymbolicLink" && isSame(name, base))
    yield* isLink ? refuse(A_LINK) : Effect.catchTag(prove(base), "FtpListingError", () => refuse(A_LINK))
  })

const A_LINK = "the target is a link: give the path of the directory that it leads to"

const isSame = (listed: string, name: string): boolean => listed.normalize("NFC") === name.normalize("NFC")

interface Parent {
  readonly base: string
  readonly parent: string
  /** As PWD names it from inside. */
  readonly resolved: string
}

/** A directory of the target's server. */
export const treeOf = (path: string, { client, pool }: RemoteTree): Effect.Effect<RemoteTree> =>
  Remote.make(path).pipe(Effect.provideService(FtpClient, client), Effect.provideService(FtpPool, pool))

const fromParent = (target: RemoteTree, { base, parent, resolved }: Parent): Place => {
  const { client, label, pool } = target
  const pathOf = (name: string) => RemotePath.join(parent, name)
  const withPool = Effect.provideService(FtpPool, pool)
  const write = (path: string, text: string) =>
    Effect.asVoid(withPool(FtpTransfer.upload(path, FtpSource.fromString(text), { atomic: true, verify: "Reply" })))
  return {
    client,
    base,
    pathOf,
    makeParent: parent === "." ? Effect.void : Effect.asVoid(client.makeDirectory(parent, { recursive: true })),
    found: client.listing(parent, { times: false }).pipe(
      Effect.map(({ entries }) => ({
        ids: entries.flatMap(({ name }) => Marker.idOfMarker(base, name) ?? []),
        temporaries: entries.flatMap(({ name }) => {
          const id = Marker.idOfTemporary(base, name)
          return id === undefined ? [] : [{ id, name }]
        })
      })),
      Effect.catchIf(isNotFound, () => Effect.succeed({ ids: [], temporaries: [] }))
    ),
    exists: (name) => client.exists(pathOf(name)),
    treeOf: (name) => treeOf(pathOf(name), target),
    prove: (name) => {
      const expected = RemotePath.join(resolved, name)
      return Effect.filterOrFail(
        resolve(client, pathOf(name), expected),
        (found) => found === expected,
        () =>
          new FtpListingError({
            path: parent,
            reason: "LeadsOutOfTree",
            line: WireText.toDisplay(name),
            detail: "shows a directory that is elsewhere",
            endpoint: label
          })
      ).pipe(Effect.asVoid)
    },
    readMarker: (id) =>
      withPool(
        FtpTransfer.readFileString(pathOf(Marker.namesOf(base, id).marker), { maxBytes: Marker.MAX_BYTES })
      ).pipe(
        Effect.map((text) => Marker.decode(text, { base, id })),
        Effect.catchIf(
          (error) => isNotFound(error) || (error._tag === "FtpIntegrityError" && error.reason === "TooLarge"),
          () => Effect.succeedNone
        )
      ),
    writeMarker: (marker, run = "Alive") =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        write(
          pathOf(Marker.namesOf(base, marker.id).marker),
          Marker.encode({ ...marker, beat: run === "Alive" ? now : Marker.ENDED })
        )
      ),
    removeFile: (name) => client.remove(pathOf(name), { force: true }),
    writeToken: (name, id) => write(RemotePath.join(pathOf(name), Marker.tokenOf(id)), "")
  }
}
