/** A server that finds each file under other names too, and keeps the name that it was made with. */
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NameFolding from "#core/protocol/NameFolding"
import { withHasher } from "./stage.ts"

/** What is one name to a server. */
export const FOLDS = {
  /** Some servers of their own. */
  ascii: (name: string) => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  /** NTFS: letter by letter. */
  windows: (name: string) => [...name].map((letter) => letter.toUpperCase()).join(""),
  /** ext4 with casefold. */
  casefold: NameFolding.foldWidely,
  /** ZFS with normalization. */
  forms: (name: string) => name.normalize("NFD")
}

interface Options extends FtpTestServer.Options {
  /** Default what is one name on Windows. */
  readonly fold?: ((name: string) => string) | undefined
  /** Whether it does so for a path. Default for all. */
  readonly folds?: ((path: string) => boolean) | undefined
  /** Names that it does not find, though they are there, if it is asked for one path. Default none. */
  readonly hides?: ((path: string) => boolean) | undefined
}

export const folding = (
  root: Record<string, string>,
  { fold = FOLDS.windows, folds = () => true, hides = () => false, ...options }: Options = {}
) =>
  Layer.unwrapEffect(
    Effect.map(FtpTestServer.memory(root), (store) => {
      const actual = (path: string): Effect.Effect<string> =>
        path === "/" || path === ""
          ? Effect.succeed(path)
          : Effect.gen(function* () {
              const at = path.lastIndexOf("/")
              const [above, name] = [yield* actual(path.slice(0, at) || "/"), path.slice(at + 1)]
              const found = yield* Effect.orElseSucceed(store.list(above), () => [])
              const same =
                found.find((one) => one.name === name) ??
                (folds(path) ? found.find((one) => fold(one.name) === fold(name)) : undefined)
              return `${above === "/" ? "" : above}/${same?.name ?? name}`
            })
      const on =
        <A extends ReadonlyArray<unknown>, B, E, R>(use: (path: string, ...more: A) => Effect.Effect<B, E, R>) =>
        (path: string, ...more: A) =>
          Effect.flatMap(actual(path), (path) => use(path, ...more))
      const shown =
        <B>(use: (path: string) => Effect.Effect<B, FtpTestServer.StoreError>) =>
        (path: string) =>
          hides(path) ? Effect.fail(new FtpTestServer.StoreError({ reason: "NotFound", path })) : on(use)(path)
      return withHasher({
        ...options,
        root: {
          ...store,
          stat: shown(store.stat),
          lstat: shown(store.lstat),
          list: on(store.list),
          openReader: on(store.openReader),
          openWriter: on(store.openWriter),
          makeDirectory: on(store.makeDirectory),
          removeFile: on(store.removeFile),
          removeDirectory: on(store.removeDirectory),
          setModified: on(store.setModified),
          rename: (from, to) =>
            Effect.flatMap(Effect.all([actual(from), actual(to)]), ([from, to]) => store.rename(from, to))
        }
      })
    })
  )
